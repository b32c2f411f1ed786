//! Messages as others write them: RFC 4475's, odd ones of a whole call, and very large ones.

use super::desk::*;
use super::probe::*;
use super::set::*;
use crate::stage::*;
use centralino::sim::{Behaviour, Datagram};

/// Sends the torture message of this name from the probe's host; the statuses that come back there, each
/// once, and the answers.
fn torture(set: &mut Set, name: &str) -> (Vec<u16>, Vec<String>) {
    let path = format!("{}/tests/vectors/rfc4475/{name}.dat", env!("CARGO_MANIFEST_DIR"));
    let bytes = std::fs::read(path).unwrap_or_default();
    assert!(!bytes.is_empty(), "no message {name}");
    let before = set.world.ladder.rungs().len();
    let now = set.world.now().mono;
    let (local, remote) = ((PROBE, 5060).into(), (US, 5060).into());
    set.world.net.send(now, Datagram { local, remote, bytes: bytes.into() });
    // Repeats of what nobody acknowledges are the same bytes.
    set.run(s(40));
    let sent = set.world.ladder.rungs().iter().skip(before);
    assert!(
        sent.clone().all(|r| r.from == "us" && r.to == "probe"),
        "{name}:\n{}",
        set.world.ladder
    );
    let mut answers: Vec<String> =
        sent.map(|r| String::from_utf8_lossy(&r.bytes).into_owned()).collect();
    answers.dedup();
    (statuses(&answers), answers)
}

/// Nothing that came is left, and a call is as ever.
#[track_caller]
fn assert_as_ever(mut set: Set) {
    let calls = set.world.system().calls().len();
    set.call("300", Behaviour::default().talking(s(2)));
    set.finish();
    assert_eq!(set.world.system().calls().len(), calls + 1);
    assert!(set.saw("caller").heard(ANNA_HZ) && set.saw("anna").heard(CALLER_HZ));
}

/// MSG-01: each valid message of RFC 4475 §3.1.1 is understood: answered for what it is, by a response
/// that gives its own From, Call-ID and CSeq back.
#[test]
fn msg_01_valid_torture_messages_are_answered_for_what_they_are() {
    let mut set = set(Behaviour::default(), idle());
    for (name, wanted) in [
        // It has a To tag, and we know of no such dialog.
        ("wsinv", &[481][..]),
        ("intmeth", &[501]),
        // A number that leads nowhere here.
        ("esc01", &[404]),
        ("escnull", &[405]),
        ("esc02", &[501]),
        ("lwsdisp", &[200]),
        ("longreq", &[404]),
        // What lies behind the message in its datagram is none.
        ("dblreq", &[405]),
        ("semiuri", &[200]),
        ("transports", &[200]),
        ("mpart01", &[405]),
        // Responses to nothing of ours.
        ("unreason", &[]),
        ("noreason", &[]),
    ] {
        let (got, answers) = torture(&mut set, name);
        assert_eq!(got, wanted, "{name}: {answers:?}");
    }
    assert_as_ever(set);
}

/// MSG-02: each invalid message of RFC 4475 §3.1.2 gets the answer that the RFC names, or where it leaves
/// the choice is taken for what it means (src/sip/torture.rs); responses are dropped.
#[test]
fn msg_02_invalid_torture_messages_are_refused_or_dropped() {
    let mut set = set(Behaviour::default(), idle());
    for (name, wanted) in [
        ("badinv01", &[400][..]),
        ("clerr", &[400]),
        ("ncl", &[400]),
        ("scalar02", &[400]),
        ("scalarlg", &[]),
        ("quotbal", &[400]),
        ("ltgtruri", &[400]),
        ("lwsruri", &[400]),
        ("lwsstart", &[404]),
        ("trws", &[200]),
        ("escruri", &[400]),
        ("baddate", &[404]),
        ("regbadct", &[400]),
        ("badaspec", &[200]),
        ("baddn", &[200]),
        ("badvers", &[505]),
        ("mismatch01", &[400]),
        ("mismatch02", &[400]),
        ("bigcode", &[]),
    ] {
        let (got, answers) = torture(&mut set, name);
        assert_eq!(got, wanted, "{name}: {answers:?}");
    }
    assert_as_ever(set);
}

/// An INVITE to 300 in which everything is written as it may be and hardly ever is.
fn odd_invite() -> String {
    let body = OFFER.replace('\n', "\r\n") + "\r\n";
    let head = format!(
        "INVITE sip:300@10.0.0.9 SIP/2.0
v :  SIP / 2.0 / UDP
  10.0.0.7:5060 ;
\tbranch = z9hG4bK-odd
MAX-forwards \t:  0070
f: \"A \\\"quoted\\\", odd; <name>\"  <sip:+39333222@10.0.0.7>
 ;  tag  =  probe
TO:
   sip:300@10.0.0.9
i:probe-call
cseq:  0001
   INVITE
m : <sip:probe@10.0.0.7:5060>
k: timer ,
  100rel, replaces
sUpPoRtEd  :
Supported:norefersub
record-route: <sip:10.0.0.7:5060;lr>, <sip:10.0.0.7;lr;second>
Record-Route : <sip:10.0.0.7;lr;third>
NewFangledHeader:   newfangled value
 continued newfangled value
c:  application / SDP
l : {}",
        body.len()
    );
    head.replace('\n', "\r\n") + "\r\n\r\n" + &body
}

/// MSG-03: compact forms, folds, white space, case, repeated and comma-joined headers: a call like any
/// other, whose answers keep the Record-Route in its order and whose BYE of ours goes by it.
#[test]
fn msg_03_an_oddly_written_call_is_a_call_like_any_other() {
    let mut set = desk_set();
    set.send_whole(PROBE, odd_invite());
    set.run(ms(10));
    let invite = set.message("us", "desk", "INVITE");
    assert!(header(&invite, "Max-Forwards") == Some("69"), "{invite}");
    set.send_whole(DESK, response(&invite, "180 Ringing", DESK, "a", ""));
    set.run(ms(4));
    desk_answers(&mut set, &invite);
    let answer = set.message("us", "probe", "200 INVITE");
    let routes: Vec<&str> = answer
        .lines()
        .filter_map(|line| line.split_once(':'))
        .filter(|(name, _)| name.eq_ignore_ascii_case("record-route"))
        .flat_map(|(_, value)| value.split(',').map(str::trim))
        .collect();
    let wanted = ["<sip:10.0.0.7:5060;lr>", "<sip:10.0.0.7;lr;second>", "<sip:10.0.0.7;lr;third>"];
    assert_eq!(routes, wanted, "{answer}");
    let ack = set.inside(&Request::invite("300"), &answer, "ACK");
    set.probe(&ack);
    set.run(s(1));
    set.send_whole(DESK, of_callee(&invite, "a", ("BYE", 1), DESKS, ""));
    set.run(ms(4));
    let bye = set.message("us", "probe", "BYE");
    assert!(bye.starts_with("BYE sip:probe@10.0.0.7:5060 SIP/2.0\r\n"), "{bye}");
    let routes: Vec<&str> = bye.lines().filter_map(|l| l.strip_prefix("Route: ")).collect();
    assert_eq!(routes, wanted, "{bye}");
    let to = header(&bye, "To").unwrap_or_default();
    assert!(to.contains("\"A \\\"quoted\\\", odd; <name>\"") && to.contains("probe"), "{to}");
    set.send_whole(PROBE, reply(&bye, "200 OK", PROBE, "", ""));
    set.finish_unclean();
    set.assert_ladder(
        "probe -> us INVITE (sdp)
         us -> desk INVITE (sdp)
         desk -> us 180 INVITE
         us -> probe 180 INVITE
         desk -> us 200 INVITE (sdp)
         us -> desk ACK
         us -> probe 200 INVITE (sdp)
         probe -> us ACK
         desk -> us BYE
         us -> desk 200 BYE
         us -> probe BYE
         probe -> us 200 BYE",
    );
    assert_eq!(set.cdr().opened.caller, "+39333222");
}

/// The largest that a UDP datagram over IPv4 carries.
const LARGEST: usize = 65_507;

/// MSG-05: a header of 8 KiB and a datagram as large as there are: understood, a call like any other.
#[test]
fn msg_05_what_is_very_large_is_understood() {
    let long = format!("X-Long: {}", "x".repeat(8192));
    let plain = Request::invite("300");
    let lines = |bytes: usize| {
        let line = format!("a=x-long:{}\r\n", "x".repeat(1000));
        let more = line.repeat((bytes - plain.text().len()) / line.len());
        Request::new("INVITE", "300").with_body("application/sdp", &format!("{OFFER}\n{more}"))
    };
    for (request, carried) in [(plain.clone().with(&long), true), (lines(LARGEST), false)] {
        assert!(request.text().len() <= LARGEST, "{}", request.text().len());
        let mut set = desk_set();
        set.probe(&request);
        let invite = set.message("us", "desk", "INVITE");
        // What the plan carries is carried whole; what we say ourselves stays small (REAL-25).
        assert_eq!(header(&invite, "X-Long") == long.strip_prefix("X-Long: "), carried);
        assert!(carried || invite.len() < 1300, "{}", invite.len());
        desk_answers(&mut set, &invite);
        let answer = set.message("us", "probe", "200 INVITE");
        let ack = set.inside(&request, &answer, "ACK");
        set.probe(&ack);
        let bye = set.inside(&request, &answer, "BYE");
        assert_eq!(statuses(&set.probe(&bye)), [200]);
        desk_says_ok(&mut set, "BYE", "", "");
        set.finish_unclean();
        let end = "
            probe -> us BYE
            us -> probe 200 BYE
            us -> desk BYE
            desk -> us 200 BYE";
        set.assert_ladder(&[ANSWERED, end].concat());
    }
}

/// MSG-05: 500 headers, and a message larger than a datagram may be: 513, and nothing is kept of either.
#[test]
fn msg_05_what_is_too_large_is_refused() {
    let mut many = Request::invite("300");
    for nth in 0..500 {
        many = many.with(&format!("X-{nth}: x"));
    }
    let huge = Request::invite("300").with(&format!("X-Huge: {}", "x".repeat(65_535)));
    let mut set = set(Behaviour::default(), idle());
    for request in [many, huge] {
        assert_eq!(statuses(&set.probe(&request)), [513]);
        assert_eq!(set.world.system().remains(), Default::default(), "no transaction either");
    }
    assert!(set.world.system().calls().is_empty());
    assert_as_ever(set);
}
