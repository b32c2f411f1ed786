//! Media as the phones hear it: digits by each way, latching, early RTP.

use super::set::*;
use crate::stage::*;
use centralino::sim::{Action, Answer, Behaviour, Codecs, Datagram, Faults};

/// MED-02: a press that comes by RTP and by INFO is one digit: the second try of the menu would
/// otherwise take the twin.
#[test]
fn med_02_a_press_by_both_ways_is_one_digit() {
    let caller = Behaviour::default()
        .then(s(2), Action::Digits("2".into()))
        .then(ms(2010), Action::Info('2'))
        .then(s(4), Action::Digits("1".into()))
        .then(ms(4010), Action::Info('1'))
        .then(ms(4300), Action::Info('2'))
        .then(ms(4310), Action::Digits("2".into()))
        .then(ms(4600), Action::Digits("34#".into()))
        .talking(s(9));
    let set = one_whole_call("100", caller, Behaviour::default(), idle());
    let digits: Vec<&str> = set.cdr().digits.iter().map(|d| d.digits.as_str()).collect();
    assert_eq!(digits, ["2", "****"], "1234 and no more: {}", set.world.ladder);
}

/// MED-02: the same digit pressed twice is two, also when it comes by both ways.
#[test]
fn med_02_two_presses_are_two_digits() {
    let caller = Behaviour::default()
        .then(s(2), Action::Digits("2".into()))
        .then(s(4), Action::Digits("55".into()))
        .then(s(5), Action::Digits("55".into()))
        .then(ms(6500), Action::Info('5'))
        .then(ms(6800), Action::Digits("#".into()))
        .talking(s(9));
    let set = one_whole_call("100", caller, Behaviour::default(), idle());
    let digits: Vec<&str> = set.cdr().digits.iter().map(|d| d.digits.as_str()).collect();
    assert_eq!(digits, ["2", "*****"], "{}", set.world.ladder);
}

/// MED-06: digits are translated between legs that know different ways.
#[test]
fn med_06_digit_methods_are_translated() {
    let deaf = || Behaviour {
        codecs: Codecs { event: None, ..Codecs::default() },
        ..Behaviour::default()
    };
    // Events to INFO.
    let caller = Behaviour::default().then(s(1), Action::Digits("42".into()));
    let set = one_whole_call("200", caller.talking(s(4)), deaf(), idle());
    assert_eq!((set.saw("anna").digits.as_str(), set.saw("anna").info_digits.as_str()), ("", "42"));
    // INFO to events.
    let caller = deaf().then(s(1), Action::Info('4')).then(s(2), Action::Info('2'));
    let set = one_whole_call("200", caller.talking(s(4)), Behaviour::default(), idle());
    assert_eq!((set.saw("anna").digits.as_str(), set.saw("anna").info_digits.as_str()), ("42", ""));
    // INFO to INFO, and from the agent.
    let anna = deaf().then(s(1), Action::Info('7'));
    let set = one_whole_call("200", deaf().talking(s(4)), anna, idle());
    assert_eq!(set.saw("caller").info_digits, "7");
    // By both ways to a leg that knows events: once.
    let caller = Behaviour::default()
        .then(s(1), Action::Digits("9".into()))
        .then(ms(1010), Action::Info('9'));
    let set = one_whole_call("200", caller.talking(s(4)), Behaviour::default(), idle());
    assert_eq!((set.saw("anna").digits.as_str(), set.saw("anna").info_digits.as_str()), ("9", ""));
}

/// MED-06: digits while the other side is on hold reach nobody, and the call goes on.
#[test]
fn med_06_digits_on_hold() {
    let caller = Behaviour::default()
        .then(s(1), Action::Hold)
        .then(s(2), Action::Digits("5".into()))
        .then(s(3), Action::Resume)
        .then(s(4), Action::Digits("6".into()))
        .talking(s(7));
    let set = one_whole_call("200", caller, Behaviour::default(), idle());
    assert!(set.saw("anna").digits.ends_with('6'), "{}", set.saw("anna").digits);
}

/// MED-07: who has been heard keeps the stream: another source steals neither ear nor mouth.
#[test]
fn med_07_another_source_cannot_steal_the_stream() {
    let mut set = set(Behaviour::default(), idle());
    set.call("200", Behaviour::default());
    set.run(s(3));
    let port = |m: &str| {
        let line =
            m.lines().find_map(|l| l.strip_prefix("m=audio ")).unwrap_or_default().to_owned();
        line.split(' ').next().and_then(|p| p.parse::<u16>().ok()).unwrap_or(0)
    };
    let to_caller = port(&set.message("us", "caller", "200 INVITE"));
    let before = set.saw("caller").rtp.received;
    let mut bytes = vec![0x80, 8];
    bytes.extend_from_slice(&[0; 10]);
    bytes.extend_from_slice(&[0x55; 160]);
    for n in 0..50u8 {
        bytes[3] = n;
        bytes[7] = n;
        bytes[11] = 99;
        let datagram = Datagram {
            local: (PROBE, 50_000).into(),
            remote: (US, to_caller).into(),
            bytes: bytes.clone().into(),
        };
        let now = set.world.now().mono;
        set.world.net.send(now, datagram);
        set.run(ms(20));
    }
    let after = set.saw("caller").rtp.received;
    assert!(after >= before + 48, "the caller still gets its media: {before} {after}");
    set.world.act("caller", Action::HangUp);
    set.finish();
    let dropped: u64 =
        set.cdr().legs.iter().filter_map(|l| l.media).map(|m| m.packets_dropped).sum();
    assert_eq!(dropped, 50);
    assert_eq!(set.saw("anna").tones.len(), 1, "{:?}", set.saw("anna").tones);
}

/// MED-12: RTP before the answer is taken and harms nothing.
#[test]
fn med_12_rtp_before_the_answer() {
    let faults = Faults { rtp_before_answer: true, ..Faults::default() };
    let anna = Behaviour { faults, ..Behaviour::answering(Answer::After(s(3))) };
    for number in ["200", "300", "400"] {
        let set = one_whole_call(number, Behaviour::default().talking(s(6)), anna.clone(), idle());
        assert!(set.saw("caller").heard_for(ANNA_HZ) > s(2), "{:?}", set.saw("caller").tones);
        assert!(set.saw("anna").heard(CALLER_HZ));
    }
}

/// REAL-02, MED-07: a phone behind NAT names a private Contact; where the trunk is `symmetric` our
/// requests go to where its packets come from.
#[test]
fn real_02_a_private_contact() {
    let plan = PLAN.replace("trusted: true", "trusted: true\n    symmetric: true");
    let config = centralino::sim::HouseConfig { plan, ..config() };
    let private = Some(([192, 168, 1, 7], 5060).into());
    let faults = Faults { private_contact: private, ..Faults::default() };
    let caller = Behaviour { faults, ..Behaviour::default() };
    let mut set = set_with(&config, Behaviour::default().talking(s(2)), idle());
    set.call("200", caller);
    set.finish();
    assert_eq!(set.world.ladder.count("us", "caller", "BYE"), 1, "{}", set.world.ladder);
}

/// The record has what each stream carried.
#[test]
fn med_13_the_record_has_the_figures_of_both_streams() {
    let set =
        one_whole_call("200", Behaviour::default().talking(s(10)), Behaviour::default(), idle());
    for leg in &set.cdr().legs {
        let media = leg.media.unwrap_or_default();
        assert!(media.packets_received > 490 && media.packets_sent > 490, "{leg:?}");
        assert_eq!(media.packets_lost, 0);
    }
}
