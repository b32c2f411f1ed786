//! Digits as networks and phones bring them: events with packets lost, long and quick presses, INFO in
//! every shape. What the flow heard stands in the record.

use super::probe::*;
use super::set::*;
use super::voice::*;
use crate::stage::*;
use centralino::sim::net::{Link, Weather};
use centralino::sim::{Action, Behaviour};

/// The entry behind key 2 is kept as it was typed, and there is time for it.
const OPEN: (&str, &str) = ("masked: true", "wait: 30s, between: 20s");

/// A call of the probe's that was answered and asks for an entry of four to six digits, `#` ends it.
fn asked() -> (Set, Request, String, Voice) {
    let mut set = set_with(&config_with(&[OPEN]), Behaviour::default(), idle());
    let request = Request::invite("100");
    set.probe(&request);
    let answer = set.message("us", "probe", "200 INVITE");
    let ack = set.inside(&request, &answer, "ACK");
    set.probe(&ack);
    let mut voice = Voice::new((PROBE, 40_000), &answer);
    voice.speak(&mut set, 80);
    voice.press(&mut set, '2', &[]);
    voice.speak(&mut set, 5);
    (set, request, answer, voice)
}

/// The entry has led to Anna; the probe hangs up. What was heard, menu first.
#[track_caller]
fn ended(mut set: Set, request: &Request, answer: &str, voice: &mut Voice) -> Vec<String> {
    voice.speak(&mut set, 80);
    let bye = Request { cseq: 50, ..set.inside(request, answer, "BYE") };
    assert_eq!(statuses(&set.probe(&bye)), [200]);
    set.finish();
    let infos: String = set.messages("probe", "us", "INFO").iter().map(|m| info_rungs(m)).collect();
    set.assert_ladder(&format!(
        "probe -> us INVITE (sdp)
         us -> probe 200 INVITE (sdp)
         probe -> us ACK
         {infos}
         us -> anna INVITE (sdp)
         anna -> us 180 INVITE
         anna -> us 200 INVITE (sdp)
         us -> anna ACK
         probe -> us BYE
         us -> probe 200 BYE
         us -> anna BYE
         anna -> us 200 BYE"
    ));
    set.cdr().digits.iter().map(|entry| entry.digits.clone()).collect()
}

/// An INFO and its answer as they stand in the ladder; each says in X-Wanted what it is to get.
fn info_rungs(info: &str) -> String {
    let wanted = header(info, "X-Wanted").unwrap_or_default();
    let kind = header(info, "Content-Type").and_then(|kind| kind.rsplit('/').next());
    let note = kind.map(|kind| format!(" ({kind})")).unwrap_or_default();
    format!("probe -> us INFO{note}\nus -> probe {wanted} INFO\n")
}

/// MED-01: whichever packets of a press are lost, short of all, it is one digit.
#[test]
fn med_01_a_press_of_which_packets_are_lost_is_one_digit() {
    let masks: Vec<u8> = (0..127).collect();
    for masks in masks.chunks(4) {
        let (mut set, request, answer, mut voice) = asked();
        for (key, mask) in "1734".chars().zip(masks) {
            let lost: Vec<usize> = (0..PRESS).filter(|place| mask & 1 << place != 0).collect();
            voice.press(&mut set, key, &lost);
        }
        voice.press(&mut set, '#', &[]);
        let wanted: String = "1734".chars().take(masks.len()).collect();
        if masks.len() < 4 {
            // The last few are too few for an entry; the rest is pressed cleanly.
            continue;
        }
        let heard = ended(set, &request, &answer, &mut voice);
        assert_eq!(heard, ["2", &wanted], "lost {masks:?}");
    }
}

/// MED-01: a phone's presses over a link that loses, doubles and reorders, from many seeds.
#[test]
fn med_01_presses_in_bad_weather() {
    let rtp =
        Weather { jitter: ms(30), loss_permille: 150, twice_permille: 100, ..Weather::default() };
    for seed in 1..16 {
        let config = centralino::sim::HouseConfig { seed, ..config_with(&[OPEN]) };
        let mut set = set_with(&config, Behaviour::default(), idle());
        set.world.net.set_link(CALLER, US, Link { rtp, ..Link::default() });
        let caller = Behaviour::default()
            .then(s(2), Action::Digits("2".into()))
            .then(s(4), Action::Digits("17734#".into()));
        set.call("100", caller.talking(s(10)));
        set.finish_unclean();
        let heard: Vec<&str> = set.cdr().digits.iter().map(|d| d.digits.as_str()).collect();
        assert_eq!(heard, ["2", "17734"], "seed {seed}");
    }
}

/// MED-05: the next press 20 ms behind the last one, the same key and another, also where the seam is
/// lost: as many digits as presses.
#[test]
fn med_05_quick_presses_are_as_many_digits() {
    let (last, first): (&[usize], &[usize]) = (&[4, 5, 6], &[0]);
    for (before, behind) in [(&[][..], &[][..]), (last, &[]), (&[], first), (last, first)] {
        let (mut set, request, answer, mut voice) = asked();
        for (nth, key) in "1122".chars().enumerate() {
            voice.press(&mut set, key, if nth % 2 == 0 { before } else { behind });
        }
        voice.press(&mut set, '#', &[]);
        let heard = ended(set, &request, &answer, &mut voice);
        assert_eq!(heard, ["2", "1122"], "lost {before:?}, {behind:?}");
    }
}

/// MED-05: a key held for eighteen seconds, in segments, is one digit; the same key behind it another.
#[test]
fn med_05_a_long_press_is_one_digit() {
    let (mut set, request, answer, mut voice) = asked();
    voice.press(&mut set, '1', &[]);
    voice.hold(&mut set, '9', 900);
    voice.speak(&mut set, 1);
    for key in "93#".chars() {
        voice.press(&mut set, key, &[]);
    }
    let heard = ended(set, &request, &answer, &mut voice);
    assert_eq!(heard, ["2", "1993"]);
}

/// MED-03: INFO in the shapes of phones and trunks: a digit each, 200. What says nothing, what cannot be
/// read and a package that we do not know are answered, and the call goes on.
#[test]
fn med_03_every_shape_of_an_info() {
    let relay = "application/dtmf-relay";
    let shapes = [
        (relay, "Signal=1\nDuration=160", "", 200),
        ("Application/DTMF-Relay; charset=utf-8", " signal = a \nduration= 100", "", 200),
        (relay, "", "", 200),
        ("", "", "", 200),
        ("application/dtmf", "3", "", 200),
        (relay, "Signal=\nDuration=160", "", 400),
        (relay, "Duration=160", "", 400),
        (relay, "Signal=Q", "", 400),
        ("application/dtmf", "33", "", 400),
        ("text/plain", "4", "", 415),
        (relay, "Signal=4", "Info-Package: conference", 469),
        ("application/dtmf", " 4", "", 200),
        (relay, "Signal=11", "", 200),
    ];
    let (mut set, request, answer, mut voice) = asked();
    for (nth, (kind, body, more, status)) in shapes.into_iter().enumerate() {
        let info = set.inside(&request, &answer, "INFO").branch(&format!("info-{nth}"));
        let info = Request { cseq: 2 + nth as u32, ..info }.with(&format!("X-Wanted: {status}"));
        let info = if more.is_empty() { info } else { info.with(more) };
        let info = if kind.is_empty() { info } else { info.with_body(kind, body) };
        let heard = set.probe(&info);
        assert_eq!(statuses(&heard), [status], "{kind} {body:?} {more}");
        let says = |name: &str| heard.first().and_then(|m| header(m, name).map(str::to_owned));
        assert_eq!(says("Recv-Info").is_some(), status == 469, "{heard:?}");
        assert_eq!(says("Accept").is_some(), status == 415, "{heard:?}");
    }
    let heard = ended(set, &request, &answer, &mut voice);
    assert_eq!(heard, ["2", "1A34"]);
}
