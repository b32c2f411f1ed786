//! Ladders of requests to us: RFC 3261 §17.2, §9.2, §8.2.2.2, RFC 6026, RFC 4320, RFC 2543 peers.

use super::*;

/// A new INVITE, told.
fn invite(bench: &mut Bench, branch: &str, flow: Flow) -> (Message, ServerTx) {
    let request = branched(Method::Invite, branch);
    let outputs = bench.outputs(Input::Received { message: request.clone(), flow });
    (request, told(&outputs))
}

fn respond(bench: &mut Bench, request: &Message, tx: ServerTx, status: u16) -> Vec<String> {
    bench.say(Input::Respond { tx, status, bytes: response(request, status) })
}

/// The bytes and flow of the first output, which is a message.
fn first_sent(outputs: &[Output]) -> (Message, Flow) {
    match outputs.first() {
        Some(Output::Send { bytes, flow }) => (scan(bytes), *flow),
        other => panic!("{other:?}"),
    }
}

/// TXN-05: a repeated INVITE gets the last provisional again and is told once.
#[test]
fn txn_05_a_repeated_invite_gets_the_last_provisional_again() {
    let mut bench = Bench::new();
    let (request, tx) = invite(&mut bench, "1", udp());
    assert_eq!(bench.hear(&request, udp()), [""; 0]);
    assert_eq!(respond(&mut bench, &request, tx, 100), ["> 100 INVITE"]);
    assert_eq!(bench.hear(&request, udp()), ["> 100 INVITE"]);
    assert_eq!(respond(&mut bench, &request, tx, 183), ["> 183 INVITE"]);
    assert_eq!(bench.hear(&request, udp()), ["> 183 INVITE"]);
    assert_eq!(bench.layer.len(), (1, 0));
}

/// TXN-05: a repeat of a stored response shares its bytes.
#[test]
fn txn_05_a_repeated_response_is_not_copied() {
    let mut bench = Bench::new();
    let (request, tx) = invite(&mut bench, "1", udp());
    let bytes = response(&request, 180);
    let stored = bytes.as_ptr();
    bench.say(Input::Respond { tx, status: 180, bytes });
    let repeated = bench.outputs(Input::Received { message: request, flow: udp() });
    let Some(Output::Send { bytes, .. }) = repeated.first() else { panic!("{repeated:?}") };
    assert_eq!(bytes.as_ptr(), stored);
}

/// TXN-06: a refusal over UDP is repeated at T1 to T2 until timer H, which is counted.
#[test]
fn txn_06_a_refusal_is_repeated_until_timer_h() {
    let mut bench = Bench::new();
    let (request, tx) = invite(&mut bench, "1", udp());
    bench.say(Input::Own { tx, owner: leg() });
    assert_eq!(respond(&mut bench, &request, tx, 486), ["> 486 INVITE"]);
    let mut expected = at(
        &[500, 1_500, 3_500, 7_500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500],
        "> 486 INVITE",
    );
    expected.extend(at(&[32_000], "no ack true"));
    assert_eq!(bench.until(100_000), expected);
    assert!(bench.layer.is_clean());
}

/// TXN-06: the ACK ends the repeats; its own repeats and those of the INVITE are absorbed for T4.
#[test]
fn txn_06_the_ack_ends_the_repeats() {
    let mut bench = Bench::new();
    let (request, tx) = invite(&mut bench, "1", udp());
    respond(&mut bench, &request, tx, 486);
    assert_eq!(bench.hear(&request, udp()), ["> 486 INVITE"]);
    let ack = theirs(Method::Ack, "SIP/2.0/UDP 192.0.2.2;branch=z9hG4bK1", ";tag=ourtag");
    assert_eq!(bench.hear(&ack, udp()), [""; 0]);
    assert_eq!(bench.hear(&ack, udp()), [""; 0]);
    assert_eq!(bench.hear(&request, udp()), [""; 0]);
    assert_eq!(bench.until(4_999), []);
    assert_eq!(bench.layer.len(), (1, 0));
    assert_eq!(bench.until(5_000), [], "timer I");
    assert!(bench.layer.is_clean());
}

#[test]
fn txn_06_over_tcp_a_refusal_is_sent_once() {
    let mut bench = Bench::new();
    let (request, tx) = invite(&mut bench, "1", tcp());
    respond(&mut bench, &request, tx, 486);
    assert_eq!(bench.until(31_999), []);
    let ack = theirs(Method::Ack, "SIP/2.0/UDP 192.0.2.2;branch=z9hG4bK1", ";tag=ourtag");
    assert_eq!(bench.hear(&ack, tcp()), [""; 0]);
    assert!(bench.layer.is_clean());
}

/// RFC 6026 §7.1: after a 2xx the dialog repeats it through the layer, repeated INVITEs are
/// absorbed, the ACK is the dialog's, and all ends at timer L.
#[test]
fn txn_07_the_accepted_state_serves_the_dialog() {
    for flow in [udp(), tcp()] {
        let mut bench = Bench::new();
        let (request, tx) = invite(&mut bench, "1", flow);
        respond(&mut bench, &request, tx, 180);
        assert_eq!(respond(&mut bench, &request, tx, 200), ["> 200 INVITE"]);
        assert_eq!(bench.hear(&request, flow), [""; 0]);
        assert_eq!(respond(&mut bench, &request, tx, 200), ["> 200 INVITE"]);
        assert_eq!(respond(&mut bench, &request, tx, 486), [""; 0]);
        assert_eq!(respond(&mut bench, &request, tx, 180), [""; 0]);
        let ack = theirs(Method::Ack, "SIP/2.0/UDP 192.0.2.2;branch=z9hG4bKack", ";tag=ourtag");
        assert_eq!(bench.hear(&ack, flow), ["told ACK"]);
        let ack = theirs(Method::Ack, "SIP/2.0/UDP 192.0.2.2;branch=z9hG4bK1", ";tag=ourtag");
        assert_eq!(bench.hear(&ack, flow), ["told ACK"], "by a peer that keeps the branch");
        assert_eq!(bench.until(31_999), []);
        assert_eq!(bench.layer.len(), (1, 0));
        assert_eq!(bench.until(32_000), []);
        assert!(bench.layer.is_clean());
        assert_eq!(respond(&mut bench, &request, tx, 200), [""; 0], "an unknown one is a no-op");
    }
}

/// TXN-09: a repeated non-INVITE is told once and gets the stored response for timer J.
#[test]
fn txn_09_a_repeated_non_invite_gets_the_stored_response() {
    let mut bench = Bench::new();
    let request = theirs(Method::Bye, "SIP/2.0/UDP 192.0.2.2;branch=z9hG4bK1", ";tag=ourtag");
    let tx = told(&bench.outputs(Input::Received { message: request.clone(), flow: udp() }));
    assert_eq!(bench.hear(&request, udp()), [""; 0], "not answered yet");
    assert_eq!(respond(&mut bench, &request, tx, 200), ["> 200 BYE"]);
    assert_eq!(respond(&mut bench, &request, tx, 481), [""; 0], "answered already");
    bench.until(31_999);
    assert_eq!(bench.hear(&request, udp()), ["> 200 BYE"]);
    assert_eq!(bench.until(32_000), []);
    assert!(bench.layer.is_clean());
}

/// A hundred transactions that end within a tenth of a second are forgotten in one wake, in time
/// but for a quarter second; one that has something to say is not held up by it.
#[test]
fn what_is_only_forgotten_shares_a_wake() {
    let mut bench = Bench::new();
    for number in 0..100 {
        let via = format!("SIP/2.0/UDP 192.0.2.2;branch=z9hG4bK{number}");
        let request = theirs(Method::Bye, &via, ";tag=ourtag");
        let tx = told(&bench.outputs(Input::Received { message: request.clone(), flow: udp() }));
        respond(&mut bench, &request, tx, 200);
        bench.until(number + 1);
    }
    let mut wakes = 0;
    while let Some(wake) = bench.layer.next_wake() {
        let deadline = bench.layer.next_deadline().unwrap();
        assert!(wake >= deadline && wake <= deadline + FORGET_GRAIN);
        bench.now = wake;
        assert_eq!(bench.say(Input::Timeout), [""; 0]);
        wakes += 1;
    }
    assert!(bench.layer.is_clean());
    assert!(wakes <= 3, "{wakes}");
    let (_, request) = bench.request(Method::Options, udp());
    bench.outputs(request);
    assert_eq!(bench.layer.next_wake(), bench.layer.next_deadline());
}

#[test]
fn txn_09_over_tcp_an_answered_non_invite_is_gone_at_once() {
    let mut bench = Bench::new();
    let request = branched(Method::Options, "1");
    let tx = told(&bench.outputs(Input::Received { message: request.clone(), flow: tcp() }));
    assert_eq!(respond(&mut bench, &request, tx, 200), ["> 200 OPTIONS"]);
    assert!(bench.layer.is_clean());
}

/// TXN-02, RFC 4320: a non-INVITE is never answered 408, nor with a provisional but 100, nor over
/// UDP with 100 before the client's repeats have slowed down to T2.
#[test]
fn txn_02_what_a_non_invite_is_never_answered() {
    let mut bench = Bench::new();
    let request = branched(Method::Refer, "1");
    let tx = told(&bench.outputs(Input::Received { message: request.clone(), flow: udp() }));
    assert_eq!(respond(&mut bench, &request, tx, 183), [""; 0]);
    bench.until(3_499);
    assert_eq!(respond(&mut bench, &request, tx, 100), [""; 0]);
    bench.until(3_500);
    assert_eq!(respond(&mut bench, &request, tx, 100), ["> 100 REFER"]);
    assert_eq!(bench.hear(&request, udp()), ["> 100 REFER"]);
    assert_eq!(respond(&mut bench, &request, tx, 408), [""; 0]);
    assert_eq!(bench.hear(&request, udp()), [""; 0], "and not told again");
    assert_eq!(bench.until(40_000), []);
    assert!(bench.layer.is_clean());
    let request = branched(Method::Refer, "2");
    let tx = told(&bench.outputs(Input::Received { message: request.clone(), flow: tcp() }));
    assert_eq!(respond(&mut bench, &request, tx, 100), ["> 100 REFER"], "at once over TCP");
}

/// A request that is never answered is not kept for ever, and gets no 408.
#[test]
fn txn_02_an_unanswered_non_invite_ends_in_silence() {
    let mut bench = Bench::new();
    bench.hear(&branched(Method::Info, "1"), udp());
    assert_eq!(bench.until(32_000), []);
    assert!(bench.layer.is_clean());
}

/// TXN-12: 100 Trying after 200 ms of silence, without a To tag, and only then.
#[test]
fn txn_12_trying_is_said_after_200_ms() {
    let mut bench = Bench::new();
    let (request, _) = invite(&mut bench, "1", udp());
    assert_eq!(bench.until(199), []);
    bench.now = bench.layer.next_deadline().unwrap();
    let outputs = bench.outputs(Input::Timeout);
    let (trying, flow) = first_sent(&outputs);
    assert_eq!((bench.ms(), trying.status(), trying.to_tag(), flow), (200, Some(100), None, udp()));
    assert_eq!(bench.hear(&request, udp()), ["> 100 INVITE"]);
    for status in [100, 180, 200, 486] {
        let mut bench = Bench::new();
        let (request, tx) = invite(&mut bench, "1", tcp());
        respond(&mut bench, &request, tx, status);
        assert_eq!(bench.until(1_000), [], "{status}");
    }
}

/// TXN-14: responses go where the Via says after stamping; over TCP back on the connection, or by a new
/// one to where the Via says.
#[test]
fn txn_14_a_response_goes_back_by_the_via() {
    let from = flow(Transport::Udp, "192.0.2.2:7777");
    let other = flow(Transport::Udp, "192.0.2.2:5070");
    let by_via = flow(Transport::Tcp, "192.0.2.2:5060");
    for (via, came, back) in [
        ("SIP/2.0/UDP 192.0.2.2:5070;branch=z9hG4bK1", from, other),
        ("SIP/2.0/UDP 10.1.1.1;branch=z9hG4bK1;received=192.0.2.2;rport=7777", from, from),
        ("SIP/2.0/TCP 10.1.1.1;branch=z9hG4bK1;received=192.0.2.2", tcp(), by_via),
    ] {
        let mut bench = Bench::new();
        let request = theirs(Method::Options, via, "");
        let outputs = bench.outputs(Input::Received { message: request.clone(), flow: came });
        let tx = told(&outputs);
        assert!(matches!(&outputs[0], Output::Request { flow, .. } if *flow == came), "{via}");
        let bytes = response(&request, 200);
        let (_, flow) = first_sent(&bench.outputs(Input::Respond { tx, status: 200, bytes }));
        assert_eq!(flow, back, "{via}");
    }
}

/// TXN-15: the same INVITE by another way gets 482, acknowledged in its own transaction; the first
/// copy goes on.
#[test]
fn txn_15_a_merged_request_gets_482() {
    let mut bench = Bench::new();
    let (first, tx) = invite(&mut bench, "1", udp());
    let second = branched(Method::Invite, "2");
    let outputs = bench.outputs(Input::Received { message: second.clone(), flow: udp() });
    assert_eq!(outputs.len(), 1);
    let (refusal, _) = first_sent(&outputs);
    assert_eq!(refusal.status(), Some(482));
    assert!(refusal.to_tag().is_some());
    assert_eq!(bench.hear(&second, udp()), ["> 482 INVITE"], "also when repeated");
    let ack = theirs(Method::Ack, "SIP/2.0/UDP 192.0.2.2;branch=z9hG4bK2", ";tag=x");
    assert_eq!(bench.hear(&ack, udp()), [""; 0]);
    assert_eq!(respond(&mut bench, &first, tx, 180), ["> 180 INVITE"]);
}

/// TXN-15: what is no merged copy: a request inside a dialog, other numbers, OPTIONS, and one that
/// comes when the first is gone.
#[test]
fn txn_15_what_is_no_merged_request() {
    let mut bench = Bench::new();
    let (first, tx) = invite(&mut bench, "1", udp());
    let inside = theirs(Method::Invite, "SIP/2.0/UDP 192.0.2.2;branch=z9hG4bK2", ";tag=ourtag");
    assert_eq!(bench.hear(&inside, udp()), ["request INVITE"]);
    let text = String::from_utf8(branched(Method::Invite, "3").raw().to_vec()).unwrap();
    for other in ["CSeq: 3|CSeq: 4", "tag=anna|tag=berta", "Call-ID: theirs|Call-ID: else"] {
        let (from, to) = other.split_once('|').unwrap();
        let text = text.replace(from, to).replace("bK3", &format!("bK{}", to.len()));
        assert_eq!(bench.hear(&scan(&Bytes::from(text)), udp()), ["request INVITE"], "{other}");
    }
    assert_eq!(bench.hear(&branched(Method::Options, "5"), udp()), ["request OPTIONS"]);
    assert_eq!(bench.hear(&branched(Method::Options, "6"), udp()), ["request OPTIONS"]);
    respond(&mut bench, &first, tx, 486);
    bench.until(40_000);
    assert_eq!(bench.hear(&branched(Method::Invite, "late"), udp()), ["request INVITE"]);
}

/// Matching by RFC 3261 §17.2.3: branch, sent-by and method together.
#[test]
fn a_request_matches_by_branch_sent_by_and_method() {
    let mut bench = Bench::new();
    let options = |via: &str| theirs(Method::Options, via, "");
    let via = "SIP/2.0/UDP pc.Example.net;branch=z9hG4bK1";
    assert_eq!(bench.hear(&options(via), udp()), ["request OPTIONS"]);
    for (other, is_repeat) in [
        ("SIP/2.0/UDP PC.example.net:5060;branch=z9hG4bK1", true),
        ("SIP/2.0/UDP pc.example.net:5061;branch=z9hG4bK1", false),
        ("SIP/2.0/UDP px.example.net;branch=z9hG4bK1", false),
        ("SIP/2.0/UDP pc.example.net;branch=z9hG4bK2", false),
    ] {
        assert_eq!(bench.hear(&options(other), udp()).is_empty(), is_repeat, "{other}");
    }
    let info = theirs(Method::Info, via, "");
    assert_eq!(bench.hear(&info, udp()), ["request INFO"]);
}

/// TXN-16: a peer of RFC 2543, without a magic cookie: repeats, CANCEL and ACK find their INVITE.
#[test]
fn txn_16_an_rfc_2543_peer_makes_one_call() {
    for via in
        ["SIP/2.0/UDP 192.0.2.2", "SIP/2.0/UDP 192.0.2.2;branch=1", "SIP/2.0/UDP h;branch=z9hG4bK"]
    {
        let mut bench = Bench::new();
        let request = theirs(Method::Invite, via, "");
        let outputs = bench.outputs(Input::Received { message: request.clone(), flow: udp() });
        let tx = told(&outputs);
        assert_eq!(bench.hear(&request, udp()), [""; 0]);
        respond(&mut bench, &request, tx, 180);
        assert_eq!(bench.hear(&request, udp()), ["> 180 INVITE"]);
        let cancel = theirs(Method::Cancel, via, "");
        assert_eq!(bench.hear(&cancel, udp()), ["> 200 CANCEL", "cancelled false"]);
        respond(&mut bench, &request, tx, 487);
        let stranger = theirs(Method::Ack, via, ";tag=another");
        assert_eq!(bench.hear(&stranger, udp()), ["told ACK"], "another response's ACK");
        assert_eq!(bench.until(600), at(&[500], "> 487 INVITE"));
        let ack = theirs(Method::Ack, via, ";tag=ourtag");
        assert_eq!(bench.hear(&ack, udp()), [""; 0]);
        assert_eq!(bench.until(33_000), []);
        assert!(bench.layer.is_clean());
    }
}

/// TXN-16: inside a dialog the To tag is there from the beginning; the ACK of its 2xx is told.
#[test]
fn txn_16_an_rfc_2543_peer_inside_a_dialog() {
    let mut bench = Bench::new();
    let via = "SIP/2.0/UDP 192.0.2.2";
    for (status, ack_is) in [(488, vec![]), (200, vec!["told ACK"])] {
        let request = theirs(Method::Invite, via, ";tag=ourtag");
        let outputs = bench.outputs(Input::Received { message: request.clone(), flow: udp() });
        let tx = told(&outputs);
        respond(&mut bench, &request, tx, status);
        assert_eq!(bench.hear(&theirs(Method::Ack, via, ";tag=ourtag"), udp()), ack_is);
        bench.until(bench.ms() + 40_000);
    }
    let bye = theirs(Method::Bye, via, ";tag=ourtag");
    let tx = told(&bench.outputs(Input::Received { message: bye.clone(), flow: udp() }));
    assert_eq!(respond(&mut bench, &bye, tx, 200), ["> 200 BYE"]);
    assert_eq!(bench.hear(&bye, udp()), ["> 200 BYE"]);
}

/// CAN-01: a CANCEL is answered 200 by the layer and told once; a repeat gets the 200 again.
#[test]
fn can_01_a_cancel_is_answered_and_told_once() {
    let mut bench = Bench::new();
    let (request, tx) = invite(&mut bench, "1", udp());
    bench.say(Input::Own { tx, owner: leg() });
    respond(&mut bench, &request, tx, 180);
    let cancel = branched(Method::Cancel, "1");
    let outputs = bench.outputs(Input::Received { message: cancel.clone(), flow: udp() });
    let (answer, _) = first_sent(&outputs);
    assert_eq!((answer.status(), answer.to_tag()), (Some(200), Some(&b"ourtag"[..])));
    assert!(
        matches!(&outputs[1], Output::Cancelled { tx: told, owner: Some(_), .. } if *told == tx)
    );
    assert_eq!(bench.hear(&cancel, udp()), ["> 200 CANCEL"]);
    assert_eq!(respond(&mut bench, &request, tx, 487), ["> 487 INVITE"]);
}

/// CAN-01: a CANCEL before anything was said, and before there is an owner.
#[test]
fn can_01_a_cancel_may_come_first_thing() {
    let mut bench = Bench::new();
    invite(&mut bench, "1", udp());
    let outputs =
        bench.outputs(Input::Received { message: branched(Method::Cancel, "1"), flow: udp() });
    let (answer, _) = first_sent(&outputs);
    assert!(answer.to_tag().is_some_and(|tag| tag.len() == 16));
    assert_eq!(
        outputs.iter().map(describe).collect::<Vec<_>>(),
        ["> 200 CANCEL", "cancelled false"]
    );
}

/// CAN-03: a CANCEL for nothing we know gets 481, leaves nothing behind, and is not told.
#[test]
fn can_03_a_cancel_for_nothing_gets_481() {
    let mut bench = Bench::new();
    let cancel = branched(Method::Cancel, "1");
    let first = bench.outputs(Input::Received { message: cancel.clone(), flow: udp() });
    let again = bench.outputs(Input::Received { message: cancel, flow: udp() });
    let (first, again) = (first_sent(&first).0, first_sent(&again).0);
    assert_eq!(first.status(), Some(481));
    assert_eq!(first.raw(), again.raw(), "the same To tag");
    assert!(bench.layer.is_clean());
    bench.hear(&branched(Method::Options, "2"), udp());
    assert_eq!(bench.hear(&branched(Method::Cancel, "2"), udp()), ["> 481 CANCEL"], "no INVITE");
}

/// CAN-06: a CANCEL after our final gets 200 and nobody is told.
#[test]
fn can_06_a_cancel_after_the_final_changes_nothing() {
    for status in [200, 486] {
        let mut bench = Bench::new();
        let (request, tx) = invite(&mut bench, "1", udp());
        bench.say(Input::Own { tx, owner: leg() });
        respond(&mut bench, &request, tx, status);
        assert_eq!(bench.hear(&branched(Method::Cancel, "1"), udp()), ["> 200 CANCEL"]);
    }
}

/// An INVITE whose owner went without answering ends; one that was answered runs its course.
#[test]
fn disown_bounds_an_unanswered_invite() {
    let mut bench = Bench::new();
    let (_, tx) = invite(&mut bench, "1", udp());
    bench.say(Input::Own { tx, owner: leg() });
    bench.until(1_000);
    assert_eq!(bench.say(Input::Disown { owner: leg() }), [""; 0]);
    assert_eq!(bench.until(32_999), []);
    assert_eq!(bench.layer.len(), (1, 0));
    bench.until(33_000);
    assert!(bench.layer.is_clean());
    let (request, tx) = invite(&mut bench, "1", udp());
    bench.say(Input::Own { tx, owner: leg() });
    respond(&mut bench, &request, tx, 486);
    bench.say(Input::Disown { owner: leg() });
    let said = bench.until(33_000 + 32_000);
    assert_eq!(said.last(), Some(&(65_000, "no ack false".to_owned())));
}

/// An ACK for nothing here is the dialog's.
#[test]
fn an_ack_that_matches_nothing_is_told() {
    let mut bench = Bench::new();
    assert_eq!(bench.hear(&branched(Method::Ack, "1"), udp()), ["told ACK"]);
    assert!(bench.layer.is_clean());
}

/// Nothing is left after 64·T1, whatever came.
#[test]
fn after_64_t1_of_silence_nothing_is_left() {
    let mut bench = Bench::new();
    for n in 0..50 {
        let request = Bytes::from(
            String::from_utf8(branched(Method::Invite, &n.to_string()).raw().to_vec())
                .unwrap()
                .replace("Call-ID: theirs", &format!("Call-ID: {n}")),
        );
        let request = scan(&request);
        let tx = told(&bench.outputs(Input::Received { message: request.clone(), flow: udp() }));
        respond(&mut bench, &request, tx, if n % 2 == 0 { 200 } else { 404 });
    }
    assert_eq!(bench.layer.len(), (50, 0));
    bench.until(32_000);
    assert!(bench.layer.is_clean());
}

/// A flood of requests finds a bound: what comes beyond it is refused and not kept, and is taken when
/// there is room again; a request within a dialog of ours has room of its own, one that only says so has
/// not.
#[test]
fn beyond_the_bound_a_request_is_refused_and_forgotten() {
    let mut bench = Bench { layer: Layer::with_bound(3), ..Bench::new() };
    for n in 0..3 {
        bench.hear(&branched(Method::Options, &n.to_string()), udp());
    }
    assert_eq!(bench.layer.len(), (3, 0));
    for method in [Method::Invite, Method::Options] {
        let late = branched(method, "late");
        assert_eq!(bench.hear(&late, udp()), [format!("> 503 {method}")]);
        assert_eq!(bench.hear(&late, udp()), [format!("> 503 {method}")], "a repeat too");
    }
    assert_eq!(bench.layer.len(), (3, 0));
    assert_eq!(
        bench.hear(&branched(Method::Options, "0"), udp()),
        [""; 0],
        "what is kept is known"
    );
    let inside = |n: u8| {
        theirs(Method::Bye, &format!("SIP/2.0/UDP 192.0.2.2;branch=z9hG4bKin{n}"), ";tag=ourtag")
    };
    assert_eq!(bench.hear(&inside(0), udp()), ["> 503 BYE"], "a tag that somebody made up");
    let within =
        |bench: &mut Bench, n: u8| bench.outputs(Input::Within { message: inside(n), flow: udp() });
    for n in 0..3 {
        told(&within(&mut bench, n));
    }
    let refused = within(&mut bench, 3);
    assert!(matches!(refused.as_slice(), [Output::Send { .. }]), "{refused:?}");
    assert_eq!(bench.layer.len(), (6, 0));
    bench.until(32_000);
    assert_eq!(bench.hear(&branched(Method::Invite, "late"), udp()), ["request INVITE"]);
}
