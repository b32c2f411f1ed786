//! The router's log is searched to its end, however long it is.

use crate::ground::Log;

#[test]
fn a_panic_is_found_wherever_in_the_log_it_stands() {
    let mut text = String::from("listening\n");
    for number in 0..20_000 {
        text += &match number {
            9_000 => "thread 'worker-0' panicked at src/x.rs:1:1:\n".to_owned(),
            12_000 => "2026-11-22T14:00:00Z ERROR centralino: a worker had died\n".to_owned(),
            _ => format!("line {number}\n"),
        };
    }
    let mut bytes = text.into_bytes();
    bytes.extend(b"not \xff text\nlast\n");
    let log = Log::default();
    log.read(bytes.as_slice());
    let faults = log.faults();
    assert_eq!(faults.len(), 2, "{faults:?}");
    assert!(faults[0].contains("panicked") && faults[1].contains("had died"), "{faults:?}");
    let kept = log.text();
    assert!(kept.starts_with("listening\n") && kept.ends_with("\nlast"));
    assert!(kept.lines().count() < 6_000 && kept.contains("lines left out"));
}
