//! Requests inside a dialog: order, options, methods, bodies, INFO.

use super::*;

/// DLG-05: a number lower than the last, or the same: 500; ACK and CANCEL are exempt.
#[test]
fn dlg_05_an_old_number_gets_500() {
    let mut ladder = Ladder::answered_uas(Policy::default(), "");
    let tag = ladder.our_tag();
    ladder.peer_sends("OPTIONS", "", "");
    ladder.take_sent("200 OPTIONS");
    for number in [ladder.peer_cseq, ladder.peer_cseq - 1, 0] {
        let old = ladder.peer_request_numbered("INFO", Some(&tag), number, "", "");
        ladder.receive(old);
        assert_eq!(ladder.drain(), ["500 INFO"]);
    }
    assert_eq!(ladder.heard(), Vec::<String>::new());
}

/// DLG-04: our tag but not the peer's: 481, and an ACK is dropped.
#[test]
fn dlg_04_a_foreign_tag_gets_481_and_its_ack_is_dropped() {
    let mut ladder = Ladder::called(Policy::default(), "", &sdp(1));
    ladder.command(Command::Answer { sdp: Some(body(10)), headers: Headers::new() });
    ladder.clear();
    let tag = ladder.our_tag();
    let bye = ladder.peer_request("BYE", Some(&tag), "", "").replace("tag=peer", "tag=other");
    ladder.receive(bye);
    assert_eq!(ladder.drain(), ["481 BYE"]);
    let ack = ladder.peer_request_numbered("ACK", Some(&tag), 101, "", "");
    ladder.receive(ack.replace("tag=peer", "tag=other"));
    assert_eq!(ladder.heard(), Vec::<String>::new());
    ladder.advance(ms(500));
    assert_eq!(ladder.drain(), ["200"]);
}

/// DLG-09, DLG-10, DLG-11, DLG-15: in a dialog the call goes on.
#[test]
fn what_we_lack_is_refused_and_the_dialog_goes_on() {
    for (method, extra, body, answer, carries) in [
        ("OPTIONS", "", "", "200 OPTIONS", Some(Name::Accept)),
        ("INFO", "Require: 100rel, nothing\r\n", "", "420 INFO", Some(Name::Unsupported)),
        ("NOTIFY", "", "", "405 NOTIFY", Some(Name::Allow)),
        ("REFER", "", "", "405 REFER", Some(Name::Allow)),
        ("MESSAGE", "", "", "405 MESSAGE", Some(Name::Allow)),
        ("FROBNICATE", "", "", "501 FROBNICATE", None),
        ("PRACK", "RAck: 1 1 INVITE\r\n", "", "481 PRACK", None),
        ("INVITE", "Content-Type: text/plain\r\n", "hello", "415", Some(Name::Accept)),
    ] {
        let mut ladder = Ladder::answered_uas(Policy::default(), "");
        let tag = ladder.our_tag();
        let mut request = ladder.peer_request(method, Some(&tag), extra, body);
        if body == "hello" {
            request = request.replace("Content-Type: application/sdp\r\n", "");
        }
        ladder.receive(request);
        let response = ladder.take_sent(answer);
        if let Some(name) = carries {
            assert!(response.header(name).is_some(), "{method}");
        }
        assert!(ladder.dialog.as_ref().unwrap().is_confirmed(), "{method}");
        assert_eq!(ladder.heard(), Vec::<String>::new(), "{method}");
    }
    let mut ladder = Ladder::answered_uas(Policy::default(), "");
    ladder.peer_sends("INFO", "Require: 100rel, nothing\r\n", "");
    assert_eq!(value(&ladder.take_sent("420 INFO"), Name::Unsupported), "nothing");
}

/// DLG-11: a body that may be skipped is skipped.
#[test]
fn dlg_11_an_optional_body_is_skipped() {
    let mut ladder = Ladder::answered_uas(Policy::default(), "");
    let tag = ladder.our_tag();
    let extra = "Content-Disposition: icon; handling=optional\r\n";
    let request = ladder.peer_request("INVITE", Some(&tag), extra, "hello");
    ladder.receive(request.replace("application/sdp", "text/plain"));
    assert_eq!(ladder.heard(), ["offer wanted"]);
}

/// MED-03's carrier: INFO is told and answered as the call says.
#[test]
fn info_is_told_and_answered() {
    let mut ladder = Ladder::answered_uas(Policy::default(), "");
    ladder.peer_sends("INFO", "", "");
    let Some(Event::Info { tx, .. }) = ladder.events.pop() else { panic!("no INFO") };
    ladder.command(Command::AnswerInfo { tx, status: 200 });
    assert_eq!(ladder.drain(), ["200 INFO"]);
    ladder.command(Command::AnswerInfo { tx, status: 200 });
    assert_eq!(ladder.heard(), ["ignored"]);
    // One that nobody answers ends with the dialog.
    ladder.peer_sends("INFO", "", "");
    ladder.peer_sends("BYE", "", "");
    assert_eq!(ladder.drain(), ["200 BYE", "487 INFO"]);
}

/// More INFOs than the call answers are put off, not kept.
#[test]
fn infos_that_nobody_answers_are_bounded() {
    let mut ladder = Ladder::answered_uas(Policy::default(), "");
    for _ in 0..9 {
        ladder.peer_sends("INFO", "", "");
    }
    assert_eq!(ladder.drain(), ["500 INFO"]);
    assert_eq!(ladder.heard().len(), 8);
}

/// Our INFO: its body is sent; 481 loses the dialog.
#[test]
fn our_info_is_sent_and_a_481_loses_the_dialog() {
    let mut ladder = Ladder::answered_uac(Policy::default(), "");
    let content_type = "application/dtmf-relay";
    let signal = Bytes::from_static(b"Signal=5\r\nDuration=160\r\n");
    ladder.command(Command::Info { content_type, body: signal.clone() });
    let info = ladder.take_sent("INFO");
    assert_eq!(info.body(), &signal[..]);
    assert_eq!(value(&info, Name::ContentType), content_type);
    ladder.answer(&info, "481 Gone", "peer", "", "");
    assert_eq!(ladder.heard(), ["ending dialog lost"]);
}
