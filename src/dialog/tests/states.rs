//! Every input in every state: nothing panics, nothing is said after the end, and what does not
//! fit is told as such.

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

fn commands() -> Vec<(&'static str, Command)> {
    let headers = Headers::new;
    let tx = ServerTx { index: 99, generation: 99 };
    vec![
        ("progress", Command::Progress { status: 180, sdp: None, headers: headers() }),
        ("progress 200", Command::Progress { status: 200, sdp: None, headers: headers() }),
        ("answer", Command::Answer { sdp: Some(body(10)), headers: headers() }),
        ("refuse", Command::Refuse { status: 486, headers: headers() }),
        ("end", Command::End { status: 480, reason: None }),
        ("offer", Command::Offer { sdp: Some(body(11)) }),
        ("answer offer", Command::AnswerOffer { sdp: body(11) }),
        ("give offer", Command::GiveOffer { sdp: body(11) }),
        ("refuse offer", Command::RefuseOffer { status: 488, headers: headers() }),
        ("info", Command::Info { content_type: "a/b", body: Bytes::from_static(b"x") }),
        ("answer info", Command::AnswerInfo { tx, status: 200 }),
    ]
}

/// (state, command): what is sent and told. `-` is [`Event::Ignored`].
#[test]
fn each_command_in_each_state() {
    let table = [
        ("incoming", "180|-|200|486,ending ours,ended|480,ending ours,ended|-|-|-|-|INFO|-"),
        ("outgoing", "-|-|-|-|ending ours|-|-|-|-|-|-"),
        ("cancelling", "-|-|-|-|-|-|-|-|-|-|-"),
        ("confirmed", "-|-|-|-|BYE,ending ours|INVITE|-|-|-|INFO|-"),
        ("awaits ack", "-|-|-|-|-|-|-|-|-|-|-"),
        ("leaving", "-|-|-|-|-|-|-|-|-|-|-"),
        ("ended", "-|-|-|-|-|-|-|-|-|-|-"),
    ];
    for (state, row) in table {
        for ((name, command), expected) in commands().into_iter().zip(row.split('|')) {
            let (_, mut ladder) = states().into_iter().find(|(name, _)| *name == state).unwrap();
            ladder.command(command);
            let mut said = ladder.drain();
            said.extend(ladder.heard().into_iter().map(|event| event.replace("ignored", "-")));
            assert_eq!(said.join(","), expected, "{state}: {name}");
        }
    }
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
