//! "Durable" on a real process: a child writes records under load, is killed with SIGKILL, and
//! what it had posted is looked for in its database.
//!
//! The test starts its own binary again as the child. Nothing sleeps: the child writes as fast as
//! the store takes it, the parent kills after a number of lines.
#![expect(clippy::unwrap_used, reason = "a test may fail")]
#![expect(clippy::expect_used, reason = "a test may fail")]

use centralino::io::store::{Filter, Found, Reader, Store, StoreConfig, Write};
use centralino::record::{Cdr, Opened};
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Where the child is to write; set for the child only.
const CHILD: &str = "CENTRALINO_STORE_CHILD";
/// Published: 5 ms. Here other tests compete for the cores and the child may be the one that
/// waits, so the test is hard only on a loss that no scheduler explains.
const LIMIT_US: u64 = 250_000;
/// How much may wait unwritten; the child posts no faster than that.
const IN_FLIGHT: u64 = 64;

fn opened(number: u64) -> Opened {
    Opened {
        call: format!("{number:016x}"),
        plan: "plan".to_owned(),
        trunk: "carrier".to_owned(),
        caller: "+390000000".to_owned(),
        caller_withheld: false,
        called: "+391111111".to_owned(),
        sip_call_id: format!("{number}@child"),
        began_ms: i64::try_from(number).unwrap(),
    }
}

/// Records are numbered from 1: odd ones begin a call, even ones end it.
fn record(number: u64) -> Write {
    let opened = opened(number.div_ceil(2));
    if number % 2 == 1 { Write::Begin(opened) } else { Write::End(Box::new(Cdr::lost(opened, 0))) }
}

/// Not a test by itself: the child's side. Without the variable it does nothing.
#[test]
fn child_that_writes_until_it_is_killed() {
    let Some(path) = std::env::var_os(CHILD) else { return };
    let (store, _) = Store::open(&StoreConfig::new(PathBuf::from(path))).unwrap();
    let began = Instant::now();
    let mut out = std::io::stdout();
    let mut tell = |number: u64, safe: u64| {
        let line = format!("#posted {number} {} {safe}\n", began.elapsed().as_micros());
        out.write_all(line.as_bytes()).unwrap();
        out.flush().unwrap();
    };
    let mut number = 0;
    loop {
        let figures = store.figures();
        if figures.posted - figures.written < IN_FLIGHT {
            number += 1;
            assert!(store.post(record(number)));
        }
        // Told again while it waits, so that the last line says when the child was still alive.
        tell(number, figures.written);
    }
}

/// One line of the child: the last record's number, the time, how many were written by then. The
/// first line with a number tells when that record was posted.
struct Line {
    number: u64,
    at_us: u64,
    safe: u64,
}

fn parse(line: &str) -> Option<Line> {
    let mut words = line.split("#posted ").nth(1)?.split(' ').map(str::parse);
    let (number, at_us, safe) = (words.next()?, words.next()?, words.next()?);
    Some(Line { number: number.ok()?, at_us: at_us.ok()?, safe: safe.ok()? })
}

fn start_child(db: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child_that_writes_until_it_is_killed", "--nocapture"])
        .env(CHILD, db)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Lets the child post `many` records, kills it, and returns what it told.
fn run_and_kill(db: &Path, many: u64) -> Vec<Line> {
    let mut child = start_child(db);
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut told: Vec<Line> = Vec::new();
    while told.last().is_none_or(|line| line.number < many) {
        let line = lines.next().expect("the child writes on").unwrap();
        told.extend(parse(&line));
    }
    child.kill().unwrap(); // SIGKILL
    child.wait().unwrap();
    // What was still in the pipe was posted too; a line cut off by the kill was not told.
    told.extend(lines.map_while(Result::ok).filter_map(|line| parse(&line)));
    told
}

/// The records that the database holds, by the number under which they were posted.
fn found(db: &Path, posted: u64) -> BTreeSet<u64> {
    let reader = Reader::open(db).unwrap();
    let has = |number: &u64| match reader.get(&opened(number.div_ceil(2)).call).unwrap() {
        None => false,
        Some(Found::Open(_)) => number % 2 == 1,
        Some(Found::Ended(_)) => true,
    };
    // One more than was told: the last post may have been cut off before its line.
    (1..=posted + 1).filter(has).collect()
}

#[test]
fn kill_9_loses_nothing_older_than_the_window() {
    for (round, many) in [300, 2_000, 5_000].into_iter().enumerate() {
        let name = format!("centralino-kill-{}-{round}", std::process::id());
        let scratch = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&scratch).unwrap();
        let db = scratch.join("calls.db");
        let told = run_and_kill(&db, many);
        let last = told.last().unwrap();
        let found = found(&db, last.number);
        let kept = found.len() as u64;
        assert!(kept >= last.safe, "{} were told written, {kept} are there", last.safe);
        assert_eq!(found.last().copied().unwrap_or(0), kept, "no holes");
        let first_missing = told.iter().find(|line| line.number > kept);
        let lost_us = first_missing.map_or(0, |line| last.at_us - line.at_us);
        let lost = last.number.saturating_sub(kept);
        println!("{} posted, {lost} lost, the oldest {lost_us} us before the kill", last.number);
        assert!(lost_us <= LIMIT_US, "{lost_us} us");

        // The next start closes what was open, once.
        let (store, recovered) = Store::open(&StoreConfig::new(&db)).unwrap();
        assert_eq!(recovered.lost as u64, kept % 2, "a begin without its end");
        assert!(store.flush(Duration::from_secs(30)));
        drop(store);
        let calls = Reader::open(&db).unwrap().each(&Filter::default(), |_| Ok(())).unwrap();
        assert_eq!(calls, kept.div_ceil(2), "one record a call");
        std::fs::remove_dir_all(&scratch).unwrap();
    }
}
