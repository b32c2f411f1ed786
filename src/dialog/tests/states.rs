//! What holds in every state: nothing panics, nothing is said after the end, nothing personal is
//! printed, floods are bounded. What each input does in each state is told in `pairs.rs`.

use super::*;
use crate::transaction::{ClientTx, Failure};

fn states() -> Vec<(&'static str, Ladder)> {
    let incoming = Ladder::called(Policy::default(), "", &sdp(1));
    let outgoing = Ladder::calling(Policy::default(), Some(body(10)));
    let mut cancelling = Ladder::calling(Policy::default(), Some(body(10)));
    cancelling.end();
    let confirmed = Ladder::answered_uas(Policy::default(), "");
    let mut awaits_ack = Ladder::called(Policy::default(), "", &sdp(1));
    awaits_ack.command(Command::Answer { sdp: Some(body(10)), headers: Headers::new() });
    awaits_ack.end();
    let mut leaving = Ladder::answered_uac(Policy::default(), "");
    leaving.end();
    let mut ended = Ladder::answered_uas(Policy::default(), "");
    ended.peer_sends("BYE", "", "");
    let mut states = vec![
        ("incoming", incoming),
        ("outgoing", outgoing),
        ("cancelling", cancelling),
        ("confirmed", confirmed),
        ("awaits ack", awaits_ack),
        ("leaving", leaving),
        ("ended", ended),
    ];
    states.iter_mut().for_each(|(_, ladder)| ladder.clear());
    states
}

/// Inputs from below in states that do not expect them: no panic, and nothing after the end.
#[test]
fn each_input_in_each_state() {
    let stray = ClientTx { branch: Mint::seeded(3, WorkerId(0)).branch(), method: Method::Info };
    for (state, mut ladder) in states() {
        let flow = ladder.flow;
        let message = ladder.invite.clone().unwrap();
        let inputs = [
            Input::Ack { message: message.clone(), flow },
            Input::Cancelled { message: message.clone() },
            Input::Proceeding { tx: stray },
            Input::Failed { tx: stray, why: Failure::TimedOut },
            Input::Timeout,
        ];
        for input in inputs {
            ladder.input(input);
            ladder.input(Input::Timeout);
        }
        ladder.peer_sends("INFO", "", "");
        ladder.advance(secs(300));
        if state == "ended" {
            assert_eq!(ladder.heard(), Vec::<String>::new());
        }
        let endings = ladder.heard().iter().filter(|event| *event == "ended").count();
        assert!(endings <= 1, "{state}");
    }
}

/// Numbers, names, digits and addresses stay out of Debug.
#[test]
fn nothing_personal_is_printed() {
    let ladder = Ladder::calling(Policy::default(), Some(body(10)));
    let digits = Bytes::from_static(b"Signal=5");
    let headers = vec![header("P-Asserted-Identity", "<sip:+39333@192.0.2.10>")];
    let printed = format!(
        "{:?} {:?} {:?} {:?}",
        ladder.dialog,
        Command::Info { content_type: "application/dtmf-relay", body: digits },
        Command::Answer { sdp: Some(body(10)), headers },
        Event::Offer { sdp: body(10) },
    );
    for personal in ["39333", "Signal", "192.0.2", "anna"] {
        assert!(!printed.contains(personal), "{printed}");
    }
}

/// A peer that floods us with early dialogs or reliable 1xx is bounded.
#[test]
fn forks_and_pracks_are_bounded() {
    let mut ladder = Ladder::calling(Policy::default(), Some(body(10)));
    let invite = ladder.take_sent("INVITE");
    for fork in 0..20 {
        ladder.answer(&invite, "180 Ringing", &format!("fork{fork}"), "", "");
    }
    assert_eq!(ladder.heard().iter().filter(|event| event.starts_with("progress")).count(), 8);
    for rseq in 1..60 {
        let extra = format!("Require: 100rel\r\nRSeq: {rseq}\r\n");
        ladder.answer(&invite, "183 Progress", "fork0", &extra, "");
    }
    assert_eq!(ladder.drain().len(), 16);
}
