//! Ladders of our own requests: RFC 3261 §17.1, RFC 6026.

use super::*;
use crate::sip::Name;

/// The bytes of the only message sent.
fn sent(outputs: &[Output]) -> &Bytes {
    let mut sent = outputs.iter().filter_map(|output| {
        let Output::Send { bytes, .. } = output else { return None };
        Some(bytes)
    });
    let first = sent.next().unwrap();
    assert!(sent.next().is_none());
    first
}

/// TXN-01: over UDP an INVITE is repeated at T1, doubling, until timer B; then it fails, once.
#[test]
fn txn_01_an_invite_is_repeated_until_timer_b() {
    let mut bench = Bench::new();
    let (_, invite) = bench.request(Method::Invite, udp());
    assert_eq!(bench.say(invite), ["> INVITE"]);
    let mut expected = at(&[500, 1_500, 3_500, 7_500, 15_500, 31_500], "> INVITE");
    expected.extend(at(&[32_000], "failed TimedOut"));
    assert_eq!(bench.until(63_999), expected);
    assert_eq!(bench.layer.len(), (0, 1), "a late answer is looked out for");
    assert_eq!(bench.until(64_000), []);
    assert!(bench.layer.is_clean());
}

#[test]
fn txn_01_over_tcp_nothing_is_repeated() {
    let mut bench = Bench::new();
    let (_, invite) = bench.request(Method::Invite, tcp());
    bench.say(invite);
    assert_eq!(bench.until(40_000), at(&[32_000], "failed TimedOut"));
}

/// TXN-01: the repeats are the same bytes, shared.
#[test]
fn txn_01_a_repeat_is_the_request_itself() {
    let mut bench = Bench::new();
    let (_, invite) = bench.request(Method::Invite, udp());
    let first = sent(&bench.outputs(invite)).clone();
    bench.now = bench.layer.next_deadline().unwrap();
    let again = bench.outputs(Input::Timeout);
    assert_eq!(sent(&again).as_ptr(), first.as_ptr());
}

/// TXN-02, TXN-13: any provisional stops the repeats and timer B; 100 is absorbed, others told.
#[test]
fn txn_02_a_provisional_stops_the_repeats_of_an_invite() {
    for (status, expected) in
        [(100, vec!["proceeding"]), (183, vec!["proceeding", "told 183 INVITE"])]
    {
        let mut bench = Bench::new();
        let (tx, invite) = bench.request(Method::Invite, udp());
        bench.say(invite);
        assert_eq!(bench.until(600), at(&[500], "> INVITE"));
        assert_eq!(bench.hear(&answer(tx, status, "a"), udp()), expected);
        assert_eq!(bench.until(600_000), [], "how long it may ring is not for this layer");
        assert_eq!(bench.hear(&answer(tx, 100, "a"), udp()), [""; 0], "TXN-13");
        assert_eq!(bench.hear(&answer(tx, 180, "a"), udp()), ["told 180 INVITE"]);
        assert_eq!(bench.hear(&answer(tx, 200, "a"), udp()), ["told 200 INVITE"]);
    }
}

/// TXN-02: a provisional slows a non-INVITE to T2, its final stops it.
#[test]
fn txn_02_a_provisional_slows_a_non_invite_down() {
    let mut bench = Bench::new();
    let (tx, info) = bench.request(Method::Info, udp());
    assert_eq!(bench.say(info), ["> INFO"]);
    assert_eq!(bench.until(600), at(&[500], "> INFO"));
    assert_eq!(bench.hear(&answer(tx, 100, "a"), udp()), [""; 0]);
    assert_eq!(bench.until(10_000), at(&[1_500, 5_500, 9_500], "> INFO"));
    assert_eq!(bench.hear(&answer(tx, 183, "a"), udp()), ["told 183 INFO"]);
    assert_eq!(bench.hear(&answer(tx, 200, "a"), udp()), ["told 200 INFO"]);
    assert_eq!(bench.hear(&answer(tx, 200, "a"), udp()), [""; 0], "repeats are absorbed");
    assert_eq!(bench.until(14_999), []);
    assert_eq!(bench.layer.len(), (0, 1));
    assert_eq!(bench.until(15_000), [], "timer K");
    assert!(bench.layer.is_clean());
}

/// TXN-08: a non-INVITE is repeated at T1 doubling to T2 and given up at timer F.
#[test]
fn txn_08_a_non_invite_is_repeated_until_timer_f() {
    let mut bench = Bench::new();
    let (_, bye) = bench.request(Method::Bye, udp());
    assert_eq!(bench.say(bye), ["> BYE"]);
    let mut expected =
        at(&[500, 1_500, 3_500, 7_500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500], "> BYE");
    expected.extend(at(&[32_000], "failed TimedOut"));
    assert_eq!(bench.until(100_000), expected);
    assert!(bench.layer.is_clean());
}

#[test]
fn txn_08_over_tcp_a_final_ends_it_at_once() {
    let mut bench = Bench::new();
    let (tx, bye) = bench.request(Method::Bye, tcp());
    bench.say(bye);
    assert_eq!(bench.until(5_000), []);
    assert_eq!(bench.hear(&answer(tx, 481, "a"), tcp()), ["told 481 BYE"]);
    assert!(bench.layer.is_clean());
}

/// TXN-08: a request that nobody waits for runs its course and tells nobody.
#[test]
fn txn_08_a_bye_without_owner_is_repeated_all_the_same() {
    let mut bench = Bench::new();
    for answered in [true, false] {
        let (tx, bye) = bench.request(Method::Bye, udp());
        let Input::Request { tx: _, owner: _, flow, bytes } = bye else { panic!() };
        bench.say(Input::Request { tx, owner: None, flow, bytes });
        if answered {
            assert_eq!(bench.hear(&answer(tx, 200, "a"), udp()), [""; 0]);
        } else {
            let said = bench.until(bench.ms() + 40_000);
            assert_eq!(said.len(), 10);
            assert!(said.iter().all(|(_, text)| text == "> BYE"), "{said:?}");
        }
    }
    assert!(bench.layer.is_clean());
}

/// TXN-03: a refusal is acknowledged in the transaction: same branch, Request-URI and Route, the
/// response's To, the INVITE's CSeq number, on the same flow.
#[test]
fn txn_03_the_ack_of_a_refusal() {
    let mut bench = Bench::new();
    let (tx, invite) = bench.request(Method::Invite, udp());
    bench.say(invite);
    let outputs = bench.outputs(Input::Received {
        message: answer(tx, 486, "busy"),
        flow: flow(Transport::Udp, "192.0.2.9:5060"),
    });
    assert!(matches!(&outputs[0], Output::Send { flow, .. } if *flow == udp()));
    let ack = scan(sent(&outputs));
    let invite = scan(&ours(tx));
    assert_eq!(ack.method(), Some(Method::Ack));
    assert_eq!(ack.request_uri_text(), invite.request_uri_text());
    assert_eq!(ack.via().unwrap().text, invite.via().unwrap().text);
    assert_eq!(ack.values(Name::Via).count(), 1);
    assert_eq!(ack.header(Name::From), invite.header(Name::From));
    assert_eq!(ack.to_tag(), Some(&b"busy"[..]));
    assert_eq!(ack.call_id(), invite.call_id());
    assert_eq!(ack.header(Name::CSeq), Some(&b"7 ACK"[..]));
    let routes: Vec<_> = ack.values(Name::Route).collect();
    assert_eq!(routes, invite.values(Name::Route).collect::<Vec<_>>());
    assert_eq!(ack.number(Name::MaxForwards), Some(70));
    assert_eq!(ack.check(), Ok(()));
}

/// TXN-03: told once; each repeat gets the same ACK for 32 s on UDP.
#[test]
fn txn_03_each_repeat_of_a_refusal_is_acknowledged() {
    let mut bench = Bench::new();
    let (tx, invite) = bench.request(Method::Invite, udp());
    bench.say(invite);
    assert_eq!(bench.hear(&answer(tx, 100, "a"), udp()), ["proceeding"]);
    assert_eq!(bench.hear(&answer(tx, 486, "a"), udp()), ["> ACK", "told 486 INVITE"]);
    assert_eq!(bench.until(31_999), []);
    assert_eq!(bench.hear(&answer(tx, 486, "a"), udp()), ["> ACK"]);
    bench.until(32_000);
    assert_eq!(bench.hear(&answer(tx, 486, "a"), udp()), ["dropped"], "timer D");
}

#[test]
fn txn_03_over_tcp_a_refused_invite_is_gone_at_once() {
    let mut bench = Bench::new();
    let (tx, invite) = bench.request(Method::Invite, tcp());
    bench.say(invite);
    assert_eq!(bench.hear(&answer(tx, 600, "a"), tcp()), ["> ACK", "told 600 INVITE"]);
    assert!(bench.layer.is_clean());
}

/// RFC 6026 §7.2: after a 2xx each further one, repeated or forked, is told until timer M; the
/// layer sends no ACK.
#[test]
fn txn_10_every_2xx_is_told_until_timer_m() {
    for flow in [udp(), tcp()] {
        let mut bench = Bench::new();
        let (tx, invite) = bench.request(Method::Invite, flow);
        bench.say(invite);
        assert_eq!(bench.hear(&answer(tx, 200, "a"), flow), ["told 200 INVITE"]);
        assert_eq!(bench.until(31_999), []);
        assert_eq!(bench.hear(&answer(tx, 200, "a"), flow), ["told 200 INVITE"]);
        assert_eq!(bench.hear(&answer(tx, 200, "b"), flow), ["told 200 INVITE"]);
        assert_eq!(bench.hear(&answer(tx, 180, "b"), flow), [""; 0]);
        assert_eq!(bench.until(32_000), []);
        assert_eq!(bench.hear(&answer(tx, 200, "a"), flow), ["dropped"]);
    }
}

/// TXN-10: what matches nothing is dropped: other branch, other method, a second Via.
#[test]
fn txn_10_a_response_that_matches_nothing_is_dropped() {
    let mut bench = Bench::new();
    let (tx, invite) = bench.request(Method::Invite, udp());
    bench.say(invite);
    let other = ClientTx { branch: bench.mint.branch(), ..tx };
    assert_eq!(bench.hear(&answer(other, 200, "a"), udp()), ["dropped"]);
    let bye = ClientTx { method: Method::Bye, ..tx };
    assert_eq!(bench.hear(&answer(bye, 200, "a"), udp()), ["dropped"]);
    let text = String::from_utf8(answer(tx, 200, "a").raw().to_vec()).unwrap();
    let two = text.replace("\r\nFrom", "\r\nVia: SIP/2.0/UDP 192.0.2.77;branch=z9hG4bKx\r\nFrom");
    assert_eq!(bench.hear(&scan(&Bytes::from(two)), udp()), ["dropped"]);
    let long = text.replace("z9hG4bK", "z9hG4bKz9hG4bKz9hG4bKz9hG4bK");
    assert_eq!(bench.hear(&scan(&Bytes::from(long)), udp()), ["dropped"]);
}

/// TXN-10: a 2xx after the time-out, and after the owner went, is told to be hung up.
#[test]
fn txn_10_a_late_answer_is_not_left_in_dead_air() {
    let mut bench = Bench::new();
    let (timed_out, invite) = bench.request(Method::Invite, udp());
    bench.say(invite);
    bench.until(50_000);
    assert_eq!(bench.hear(&answer(timed_out, 200, "a"), udp()), ["stray 200 INVITE"]);
    assert_eq!(bench.until(81_999), []);
    assert_eq!(bench.hear(&answer(timed_out, 200, "a"), udp()), ["stray 200 INVITE"]);
    let (left, invite) = bench.request(Method::Invite, udp());
    bench.say(invite);
    bench.hear(&answer(left, 180, "a"), udp());
    assert_eq!(bench.say(Input::Disown { owner: leg() }), [""; 0]);
    assert_eq!(bench.hear(&answer(left, 183, "a"), udp()), [""; 0]);
    assert_eq!(bench.hear(&answer(left, 200, "a"), udp()), ["stray 200 INVITE"]);
    let (refused, invite) = bench.request(Method::Invite, udp());
    bench.say(invite);
    bench.hear(&answer(refused, 486, "a"), udp());
    assert_eq!(bench.hear(&answer(refused, 200, "b"), udp()), ["stray 200 INVITE"]);
    bench.until(300_000);
    assert!(bench.layer.is_clean());
}

/// TXN-10, TXN-11: one INVITE sets off a bounded number of ACKs and BYEs, however many forks answer
/// when nobody waits any more; the rest is dropped and counted.
#[test]
fn txn_11_late_forks_are_bounded() {
    let forks = |bench: &mut Bench, tx: ClientTx| -> Vec<String> {
        let tags = (0..limits::FORKS + 5).map(|n| format!("fork{n}"));
        tags.flat_map(|tag| bench.hear(&answer(tx, 200, &tag), udp())).collect()
    };
    let expected = [vec!["stray 200 INVITE"; limits::FORKS], vec!["dropped"; 5]].concat();
    let mut bench = Bench::new();
    let (answered, invite) = bench.request(Method::Invite, udp());
    bench.say(invite);
    assert_eq!(bench.hear(&answer(answered, 200, "a"), udp()), ["told 200 INVITE"]);
    bench.say(Input::Disown { owner: leg() });
    assert_eq!(forks(&mut bench, answered), expected, "answered");
    let (refused, invite) = bench.request(Method::Invite, udp());
    bench.say(invite);
    bench.hear(&answer(refused, 486, "a"), udp());
    assert_eq!(forks(&mut bench, refused), expected, "refused");
    let (left, invite) = bench.request(Method::Invite, udp());
    bench.say(invite);
    bench.say(Input::Disown { owner: leg() });
    assert_eq!(forks(&mut bench, left), expected, "given up");
}

/// CAN-04: an INVITE that was given up unheard is cancelled when its peer is heard of after all
/// (RFC 3261 §9.1), once, by a CANCEL that is written as the INVITE was; what follows runs its course.
#[test]
fn can_04_an_invite_given_up_unheard_is_cancelled_when_it_rings() {
    for status in [100, 180] {
        let mut bench = Bench::new();
        let (tx, invite) = bench.request(Method::Invite, udp());
        bench.say(invite);
        assert_eq!(bench.say(Input::Disown { owner: leg() }), [""; 0]);
        bench.until(6_000);
        let heard = answer(tx, status, "a");
        let outputs = bench.outputs(Input::Received { message: heard, flow: udp() });
        let [Output::Send { bytes, flow }] = outputs.as_slice() else { panic!("{outputs:?}") };
        let (cancel, invite) = (scan(bytes), scan(&ours(tx)));
        assert_eq!((summary(&cancel).as_str(), *flow), ("CANCEL", udp()));
        assert_eq!(cancel.request_uri_text(), invite.request_uri_text());
        assert_eq!(cancel.via().unwrap().text, invite.via().unwrap().text);
        for name in [Name::From, Name::To, Name::CallId] {
            assert_eq!(cancel.header(name), invite.header(name), "{name:?}");
        }
        let routes = |m: &Message| m.lines(Name::Route).map(<[u8]>::to_vec).collect::<Vec<_>>();
        assert_eq!(routes(&cancel), routes(&invite));
        assert_eq!(cancel.header(Name::CSeq), Some(&b"7 CANCEL"[..]));
        assert_eq!(bench.hear(&answer(tx, 183, "a"), udp()), [""; 0], "once");
        assert_eq!(bench.until(6_500), at(&[6_500], "> CANCEL"), "repeated as any request");
        let cancelled = ClientTx { method: Method::Cancel, ..tx };
        assert_eq!(bench.hear(&answer(cancelled, 200, "a"), udp()), [""; 0]);
        assert_eq!(bench.hear(&answer(tx, 487, "a"), udp()), ["> ACK"]);
        assert_eq!(bench.until(100_000), []);
        assert!(bench.layer.is_clean());
    }
}

/// The same where the INVITE had timed out; a peer that keeps ringing is not asked again.
#[test]
fn can_04_an_invite_that_timed_out_is_cancelled_when_it_rings() {
    for flow in [udp(), tcp()] {
        let mut bench = Bench::new();
        let (tx, invite) = bench.request(Method::Invite, flow);
        bench.say(invite);
        bench.until(32_000);
        assert_eq!(bench.hear(&answer(tx, 180, "a"), flow), ["> CANCEL"]);
        let cancelled = ClientTx { method: Method::Cancel, ..tx };
        assert_eq!(bench.hear(&answer(cancelled, 200, "a"), flow), [""; 0]);
        bench.until(40_000);
        assert_eq!(bench.hear(&answer(tx, 180, "a"), flow), [""; 0]);
        assert_eq!(bench.hear(&answer(tx, 200, "a"), flow), ["stray 200 INVITE"]);
        assert_eq!(bench.until(100_000), []);
        assert!(bench.layer.is_clean());
    }
}

/// TXN-10: a refusal that comes after the time-out is acknowledged, not told.
#[test]
fn txn_10_a_late_refusal_is_acknowledged() {
    let mut bench = Bench::new();
    let (tx, invite) = bench.request(Method::Invite, udp());
    bench.say(invite);
    bench.until(50_000);
    assert_eq!(bench.hear(&answer(tx, 487, "a"), udp()), ["> ACK"]);
    assert_eq!(bench.hear(&answer(tx, 487, "a"), udp()), ["> ACK"]);
}

/// An INVITE whose owner went before a final, without a CANCEL, is not kept for ever.
#[test]
fn an_invite_without_owner_ends() {
    let mut bench = Bench::new();
    let (tx, invite) = bench.request(Method::Invite, udp());
    bench.say(invite);
    bench.hear(&answer(tx, 180, "a"), udp());
    bench.say(Input::Disown { owner: leg() });
    assert_eq!(bench.until(64_000), []);
    assert!(bench.layer.is_clean());
}

/// CAN-01: an INVITE that was given up unheard is cancelled when its peer is heard after all, or a phone
/// would ring for nobody.
#[test]
fn can_01_an_invite_given_up_unheard_is_cancelled_once_it_is_heard() {
    for status in [100, 180] {
        let mut bench = Bench::new();
        let (tx, invite) = bench.request(Method::Invite, udp());
        bench.say(invite);
        assert_eq!(bench.say(Input::Disown { owner: leg() }), [""; 0], "not before");
        assert_eq!(bench.hear(&answer(tx, status, "a"), udp()), ["> CANCEL"]);
        assert_eq!(bench.hear(&answer(tx, 180, "a"), udp()), [""; 0], "once");
        assert_eq!(bench.hear(&answer(tx, 487, "a"), udp()), ["> ACK"]);
        bench.until(300_000);
        assert!(bench.layer.is_clean());
    }
}

/// Disown is about one leg.
#[test]
fn disown_leaves_other_owners_alone() {
    let mut bench = Bench::new();
    let (tx, invite) = bench.request(Method::Invite, udp());
    bench.say(invite);
    let other = LegKey { call: CallKey(77), leg: LegNo(2) };
    bench.say(Input::Disown { owner: other });
    assert_eq!(bench.hear(&answer(tx, 486, "a"), udp()), ["> ACK", "told 486 INVITE"]);
}

/// TXN-18: a transport error fails what waits on that flow, at once and once.
#[test]
fn txn_18_a_transport_error_fails_the_transactions_of_its_flow() {
    let mut bench = Bench::new();
    let elsewhere = flow(Transport::Udp, "192.0.2.3:5060");
    let (tx, invite) = bench.request(Method::Invite, udp());
    bench.say(invite);
    let (_, options) = bench.request(Method::Options, udp());
    bench.say(options);
    let (heard, invite) = bench.request(Method::Invite, udp());
    bench.say(invite);
    bench.hear(&answer(heard, 180, "a"), udp());
    let (_, invite) = bench.request(Method::Invite, elsewhere);
    bench.say(invite);
    let failure = Input::TransportFailed { flow: udp() };
    assert_eq!(bench.say(failure.clone()), ["failed Transport", "failed Transport"]);
    assert_eq!(bench.say(failure), [""; 0]);
    assert_eq!(bench.until(600), at(&[500], "> INVITE"), "the other flow's");
    assert_eq!(bench.hear(&answer(heard, 486, "a"), udp()), ["> ACK", "told 486 INVITE"]);
    assert_eq!(bench.hear(&answer(tx, 200, "a"), udp()), ["stray 200 INVITE"]);
}

/// TRN-03: nothing was being sent, and the peer answers over a new connection (RFC 3261 §18.2.2).
#[test]
fn trn_03_a_lost_connection_does_not_end_a_ringing_invite() {
    let mut bench = Bench::new();
    let (tx, invite) = bench.request(Method::Invite, tcp());
    bench.say(invite);
    bench.hear(&answer(tx, 180, "a"), tcp());
    assert_eq!(bench.say(Input::TransportFailed { flow: tcp() }), [""; 0]);
    // The response comes over another connection.
    assert_eq!(bench.hear(&answer(tx, 200, "a"), tcp()), ["told 200 INVITE"]);
}

/// CAN-04: the owner learns of the first provisional, once, even if it is a 100, so that a held-back
/// CANCEL may go; a final that comes first is told without it.
#[test]
fn can_04_the_first_provisional_is_announced_once() {
    let mut bench = Bench::new();
    let (tx, invite) = bench.request(Method::Invite, udp());
    bench.say(invite);
    assert_eq!(bench.hear(&answer(tx, 100, "a"), udp()), ["proceeding"]);
    assert_eq!(bench.hear(&answer(tx, 180, "a"), udp()), ["told 180 INVITE"]);
    let (tx, invite) = bench.request(Method::Invite, udp());
    bench.say(invite);
    assert_eq!(bench.hear(&answer(tx, 200, "a"), udp()), ["told 200 INVITE"]);
}

/// CAN-04, CAN-07: the CANCEL shares the INVITE's branch; its response is its own.
#[test]
fn can_04_a_cancel_is_a_transaction_beside_its_invite() {
    let mut bench = Bench::new();
    let (tx, invite) = bench.request(Method::Invite, udp());
    bench.say(invite);
    bench.hear(&answer(tx, 180, "a"), udp());
    let (cancel, input) = bench.request_in(ClientTx { method: Method::Cancel, ..tx }, udp());
    assert_eq!(bench.say(input), ["> CANCEL"]);
    assert_eq!(bench.until(600), at(&[500], "> CANCEL"));
    assert_eq!(bench.hear(&answer(cancel, 200, "a"), udp()), ["told 200 CANCEL"]);
    assert_eq!(bench.hear(&answer(tx, 487, "a"), udp()), ["> ACK", "told 487 INVITE"]);
    bench.until(60_000);
    assert_eq!(bench.layer.len(), (0, 0), "the wait for a final was over");
}

/// CAN-05: the answer that crosses our CANCEL is told as any other.
#[test]
fn can_05_an_answer_that_crosses_the_cancel_is_told() {
    let mut bench = Bench::new();
    let (tx, invite) = bench.request(Method::Invite, udp());
    bench.say(invite);
    bench.hear(&answer(tx, 180, "a"), udp());
    let (_, cancel) = bench.request_in(ClientTx { method: Method::Cancel, ..tx }, udp());
    bench.say(cancel);
    assert_eq!(bench.hear(&answer(tx, 200, "a"), udp()), ["told 200 INVITE"]);
}

/// CAN-08: no answer to the CANCEL and no 487: the INVITE has failed 64·T1 after the CANCEL.
#[test]
fn can_08_an_invite_ends_64_t1_after_its_cancel() {
    let mut bench = Bench::new();
    let (tx, invite) = bench.request(Method::Invite, udp());
    bench.say(invite);
    bench.hear(&answer(tx, 180, "a"), udp());
    assert_eq!(bench.until(10_000), []);
    let (cancel, input) = bench.request_in(ClientTx { method: Method::Cancel, ..tx }, udp());
    bench.say(input);
    assert_eq!(bench.hear(&answer(cancel, 200, "a"), udp()), ["told 200 CANCEL"]);
    assert_eq!(bench.until(60_000), at(&[42_000], "failed TimedOut"));
    assert_eq!(bench.hear(&answer(tx, 200, "a"), udp()), ["stray 200 INVITE"]);
}

/// A second request under a key in use is a fault of ours; its owner is not left waiting.
#[test]
fn a_key_is_used_once() {
    let mut bench = Bench::new();
    let (tx, invite) = bench.request(Method::Invite, udp());
    bench.say(invite);
    let (_, again) = bench.request_in(tx, udp());
    assert_eq!(bench.say(again), ["failed Transport"]);
    assert_eq!(bench.layer.len(), (0, 1));
}

#[test]
fn what_has_no_transaction_is_sent_as_it_is() {
    let mut bench = Bench::new();
    let tx = ClientTx { branch: bench.mint.branch(), method: Method::Ack };
    assert_eq!(bench.say(Input::Send { flow: udp(), bytes: ours(tx) }), ["> ACK"]);
    let (_, ack) = bench.request_in(tx, udp());
    assert_eq!(bench.say(ack), ["> ACK"]);
    assert!(bench.layer.is_clean());
}
