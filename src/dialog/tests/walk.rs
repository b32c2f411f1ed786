//! Random walks by a printed seed: whatever the call and the peer do in whatever order, nothing
//! panics, the leg ends once, every 2xx of the peer's is acknowledged, and nothing is left over.

use super::*;

fn command(pick: u32) -> Command {
    let headers = Headers::new();
    match pick {
        0 => Command::Progress { status: 180, sdp: None, headers },
        1 => Command::Progress { status: 183, sdp: Some(body(10)), headers },
        2 | 3 => Command::Answer { sdp: Some(body(10)), headers },
        4 => Command::Offer { sdp: Some(body(11)) },
        5 => Command::Offer { sdp: None },
        6 | 7 => Command::AnswerOffer { sdp: body(12) },
        8 => Command::GiveOffer { sdp: body(13) },
        9 => Command::RefuseOffer { status: 488, headers },
        _ => Command::Info { content_type: "a/b", body: Bytes::from_static(b"x") },
    }
}

/// One step of the peer's: a request, an ACK, or an answer to something we sent.
fn peer_step(ladder: &mut Ladder, dice: &mut Mint, asked: &[Message]) {
    const REQUESTS: [(&str, &str, bool); 10] = [
        ("INVITE", "", true),
        ("INVITE", "", false),
        ("INVITE", "Require: nothing\r\n", true),
        ("UPDATE", "Supported: timer\r\nSession-Expires: 300\r\n", false),
        ("UPDATE", "", true),
        ("INFO", "", false),
        ("PRACK", "RAck: 1 101 INVITE\r\n", false),
        ("OPTIONS", "", false),
        ("REFER", "", false),
        ("BYE", "", false),
    ];
    const STATUSES: [&str; 12] = [
        "100 Trying",
        "180 Ringing",
        "183 Progress",
        "200 OK",
        "200 OK",
        "200 OK",
        "401 Who",
        "422 Small",
        "481 Gone",
        "488 No",
        "491 Pending",
        "500 Oops",
    ];
    match dice.below(10) {
        0..=2 => {
            let below = if dice.below(8) == 0 { 10 } else { 9 };
            let (method, extra, offers) = REQUESTS[dice.below(below) as usize];
            let body = if offers { sdp(dice.below(4)) } else { String::new() };
            ladder.peer_sends(method, extra, &body);
        }
        3 => {
            let tag = ladder.our_tag();
            let body = if dice.below(2) == 0 { sdp(5) } else { String::new() };
            ladder.peer_ack(&tag, &body);
        }
        4 => ladder.peer_cancels(""),
        _ if asked.is_empty() => {}
        _ => {
            let index = dice.below(asked.len() as u32) as usize;
            let request = asked[index].clone();
            let status = STATUSES[dice.below(STATUSES.len() as u32) as usize];
            let tag = if dice.below(6) == 0 { "fork" } else { "peer" };
            let extra = match dice.below(4) {
                0 => "Require: 100rel\r\nRSeq: 1\r\n",
                1 => "Min-SE: 200\r\n",
                _ => "",
            };
            let body = if dice.below(2) == 0 { sdp(dice.below(4)) } else { String::new() };
            ladder.answer(&request, status, tag, extra, &body);
        }
    }
}

/// Requests of ours that the peer may answer, among what was sent.
fn requests(ladder: &mut Ladder, asked: &mut Vec<Message>) {
    for (_, message) in ladder.sent.drain(..) {
        let method = message.method();
        if method.is_some_and(|method| method != Method::Ack) {
            asked.push(message);
        }
    }
}

#[test]
fn any_order_of_things_ends_once_and_leaves_nothing() {
    for seed in 0..200 {
        let mut dice = Mint::seeded(seed, WorkerId(9));
        let policy = Policy {
            session_expires: (seed % 3 == 0).then(|| secs(200)),
            prefer_100rel: seed % 2 == 0,
            first_response: (seed % 5 == 0).then(|| secs(3)),
            ..Policy::default()
        };
        let mut ladder = match seed % 4 {
            0 => Ladder::called(policy, "Supported: 100rel, timer\r\n", &sdp(1)),
            1 => Ladder::called(policy, "Require: 100rel\r\n", ""),
            2 => Ladder::calling(policy, Some(body(10))),
            _ => Ladder::calling(policy, None),
        };
        let (mut asked, mut endings, mut ends) = (Vec::new(), 0, 0);
        for step in 0..60 {
            match dice.below(10) {
                0..=3 => ladder.command(command(dice.below(11))),
                4..=8 => peer_step(&mut ladder, &mut dice, &asked),
                _ => ladder.advance(ms(u64::from(dice.below(3_000)))),
            }
            requests(&mut ladder, &mut asked);
            for event in ladder.heard() {
                assert!(ends == 0 || event == "ignored", "seed {seed} step {step}: {event}");
                endings += usize::from(event.starts_with("ending"));
                ends += usize::from(event == "ended");
            }
        }
        ladder.end();
        ladder.advance(secs(200));
        let heard = ladder.heard();
        endings += heard.iter().filter(|event| event.starts_with("ending")).count();
        ends += heard.iter().filter(|event| *event == "ended").count();
        assert_eq!((endings, ends), (1, 1), "seed {seed}: {heard:?}");
        assert_eq!(ladder.layer.len(), (0, 0), "seed {seed}");
        assert_eq!(ladder.dialog.as_ref().unwrap().next_deadline(), None, "seed {seed}");
    }
}

/// The same seed gives the same bytes.
#[test]
fn a_run_repeats_to_the_byte() {
    let run = || {
        let mut ladder = Ladder::answered_uac(Policy::default(), "");
        ladder.end();
        ladder.take_sent("BYE").raw().clone()
    };
    assert_eq!(run(), run());
}
