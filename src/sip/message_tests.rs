//! What the scanner takes, what it refuses, and what the accessors say of it.

use super::*;
use crate::sip::{Host, Scheme};

fn scan(text: &str) -> Message {
    Message::scan(Bytes::copy_from_slice(text.as_bytes())).unwrap_or_else(|e| panic!("{e}: {text}"))
}

fn refused(text: &str) -> ScanError {
    Message::scan(Bytes::copy_from_slice(text.as_bytes())).err().unwrap_or_else(|| panic!("{text}"))
}

const HEAD: &str = "Via: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: <sip:a@x>;tag=1\r\n\
    To: <sip:b@x>\r\nCall-ID: c1\r\nCSeq: 7 INVITE\r\n";

fn invite(more: &str) -> String {
    format!("INVITE sip:b@x SIP/2.0\r\n{HEAD}{more}\r\n")
}

#[test]
fn a_plain_request() {
    let message = scan(&format!("{}body", invite("X-Own: 1\r\nContent-Length: 4\r\n")));
    assert_eq!(message.method(), Some(Method::Invite));
    assert_eq!(message.method_text(), "INVITE");
    assert_eq!(message.status(), None);
    assert_eq!(message.reason(), b"");
    assert_eq!(message.request_uri().unwrap().host, Host::Name("x"));
    assert_eq!(message.via().unwrap().branch, b"z9hG4bK1");
    assert_eq!((message.from_tag(), message.to_tag()), (Some(&b"1"[..]), None));
    assert_eq!(message.call_id(), b"c1");
    assert_eq!(message.cseq(), Ok(CSeq { number: 7, method: Method::Invite }));
    assert_eq!(message.body(), b"body");
    assert_eq!(message.body_bytes(), "body");
    assert_eq!(message.check(), Ok(()));
    let own: Vec<_> = message.headers().filter(|header| header.0 == Name::Other).collect();
    assert_eq!(own, [(Name::Other, &b"X-Own"[..], &b"1"[..])]);
    assert_eq!(message.header_named("x-OWN"), Some(&b"1"[..]));
    assert_eq!(message.header_named("X-Ow"), None);
    assert_eq!(message.headers().count(), 7);
}

#[test]
fn a_plain_response() {
    let message = scan(&format!("SIP/2.0 486 Busy Here\r\n{HEAD}\r\n"));
    assert_eq!((message.method(), message.method_text()), (None, ""));
    assert_eq!((message.status(), message.reason()), (Some(486), &b"Busy Here"[..]));
    assert_eq!(message.request_uri_text(), b"");
    assert!(message.request_uri().is_err());
    assert_eq!(message.check(), Ok(()));
}

/// MSG-03: compact forms, folds, odd white space and case, repeated and comma-joined headers.
#[test]
fn msg_03_odd_but_legal_heads_are_understood() {
    let message = scan(
        "INVITE sip:b@x SIP/2.0\r\nv: SIP/2.0/UDP h;branch=1 ,\r\n\tSIP/2.0/TCP i\r\n\
         VIA\t :SIP/2.0/UDP j  \r\nf:<sip:a@x>;tag=1\r\nt:\r\n <sip:b@x>\r\nI: c1 \r\n\
         cSeQ:   0007 \r\n INVITE\r\nk: timer, 100REL\r\nSupported: replaces\r\nm: \"a,b\"\r\n \
         <sip:a,1@x>, <sip:c@x>\r\nS:\r\nl: 0\r\n\r\n",
    );
    assert_eq!(message.check(), Ok(()));
    assert_eq!(message.cseq().unwrap().number, 7);
    let transports: Vec<_> =
        message.values(Name::Via).map(|via| Via::parse(via).unwrap().transport).collect();
    assert_eq!(transports, ["UDP", "TCP", "UDP"]);
    assert_eq!(message.lines(Name::Via).count(), 2);
    assert!(message.has_token(Name::Supported, "100rel"));
    assert!(message.has_token(Name::Supported, "Replaces"));
    assert!(!message.has_token(Name::Supported, "100"));
    assert_eq!(message.contact().unwrap().display, b"a,b");
    assert_eq!(message.values(Name::Contact).count(), 2);
    assert_eq!(message.header(Name::Subject), Some(&b""[..]));
    assert_eq!(message.call_id(), b"c1");
}

/// REAL-24: bare LF, lower case, trailing spaces, a line in a response that is no header, no
/// Contact in a 200.
#[test]
fn real_24_what_is_unambiguous_is_tolerated() {
    let text = "SIP/2.0 200 OK  \nvia: SIP/2.0/UDP h\nfrom: <sip:a@x>;tag=1 \nto: <sip:b@x>;tag=2\t\n\
        call-id: c1\nno header at all\nbad name: 1\ncseq: 7 BYE\ncontent-length: 2 \n\nhi";
    let message = scan(text);
    assert_eq!(message.check(), Ok(()));
    assert_eq!((message.reason(), message.body()), (&b"OK"[..], &b"hi"[..]));
    assert_eq!(message.to_tag(), Some(&b"2"[..]));
    assert_eq!(message.headers().count(), 6);
    assert!(message.contact().is_err());
    let spaced = scan(&invite("").replace("INVITE sip:b@x SIP/2.0", "INVITE  sip:b@x\t sip/2.0 "));
    assert_eq!(spaced.request_uri_text(), b"sip:b@x");
}

/// TXN-16: an RFC 2543 request has no branch, no From tag, no Max-Forwards, no Content-Length.
#[test]
fn txn_16_a_request_of_rfc_2543() {
    let message = scan(
        "INVITE sip:b@x SIP/2.0\r\nVia: SIP/2.0/UDP h\r\nFrom: sip:a@x\r\nTo: sip:b@x;user=phone\r\n\
         Call-ID: c1\r\nCSeq: 56 INVITE\r\n\r\nv=0\r\n",
    );
    assert_eq!(message.check(), Ok(()));
    assert!(!message.via().unwrap().is_rfc3261());
    assert_eq!(message.body(), b"v=0\r\n");
}

/// MSG-04: NUL and bytes that are no UTF-8 stay in the body as they are.
#[test]
fn msg_04_a_body_of_any_bytes() {
    let mut raw = invite("Content-Type: application/octet-stream\r\nContent-Length: 6\r\n");
    raw.truncate(raw.len());
    let mut raw = raw.into_bytes();
    raw.extend_from_slice(b"\0\xff\r\n\r\nrest");
    let message = Message::scan(Bytes::from(raw)).unwrap();
    assert_eq!(message.body(), b"\0\xff\r\n\r\n");
    assert_eq!(message.sdp(), None);
}

#[test]
fn leading_line_breaks_and_trailing_bytes_are_no_part_of_it() {
    let raw = format!("\r\n\n\r\n{}x", invite("Content-Length: 0\r\n"));
    let message = scan(&raw);
    assert_eq!(message.check(), Ok(()));
    assert_eq!(message.body(), b"");
    assert_eq!(message.raw(), raw.as_bytes());
}

#[test]
fn what_is_not_sip() {
    for text in [
        "",
        "\r\n\r\n",
        "\0\0\0\0",
        "GET / HTTP/1.1\r\n\r\n",
        "INVITE sip:b@x\r\n\r\n",
        "INVITE SIP/2.0\r\n\r\n",
        "INVITE  SIP/2.0\r\n\r\n",
        "INV(TE sip:b@x SIP/2.0\r\n\r\n",
        "INVITE sip:b@x SIP/\r\n\r\n",
        "hello",
    ] {
        assert_eq!(refused(text), ScanError::NotSip, "{text:?}");
    }
}

#[test]
fn what_can_only_be_refused() {
    let malformed = |text: &str| matches!(refused(text), ScanError::Malformed(_));
    assert_eq!(refused(&invite("").replace("SIP/2.0\r", "SIP/3.0\r")), ScanError::Version);
    assert_eq!(refused("SIP/1.0 200 OK\r\n\r\n"), ScanError::Version);
    assert_eq!(refused(&invite("Content-Length: 1\r\n")), ScanError::Truncated);
    assert_eq!(refused(&invite("l: 99999999999999999999\r\n")), ScanError::Truncated);
    assert_eq!(refused("INVITE sip:b@x SIP/2.0\r\nVia: SIP/2.0/UDP h"), ScanError::Truncated);
    assert_eq!(refused("INVITE sip:b@x SIP/2.0\r\nVia: SIP/2.0/UDP h\r\n"), ScanError::Truncated);
    for (status, is_bad) in [("99", true), ("100", false), ("699", false), ("700", true)] {
        let text = format!("SIP/2.0 {status} x\r\n\r\n");
        assert_eq!(Message::scan(Bytes::from(text)).is_err(), is_bad, "{status}");
    }
    for status in ["4294967301", "-200", "2000", "20", "", "0200"] {
        assert!(malformed(&format!("SIP/2.0 {status} x\r\n\r\n")), "{status}");
    }
    for line in ["Content-Length: -1", "l: 1x", "l:", "l: 0\r\nl: 1", "no header", ": x", "a b: c"]
    {
        assert!(malformed(&invite(&format!("{line}\r\n"))), "{line}");
    }
    assert!(malformed("INVITE sip:b@x;a b SIP/2.0\r\n\r\n"));
    assert_eq!(scan(&invite("l: 0\r\nContent-Length: 0\r\n")).body(), b"");
}

#[test]
fn a_request_with_a_fault_can_be_answered() {
    for (raw, status) in [
        (invite("").replace("SIP/2.0\r\nVia", "SIP/3.0\r\nVia"), 505),
        (invite("Content-Length: 9\r\n"), 400),
        (invite("no header\r\n"), 400),
        (invite(&"X: y\r\n".repeat(500)), 513),
        (format!("{}{}", invite(""), "x".repeat(70_000)), 513),
    ] {
        let (message, fault) = Message::scan_to_refuse(Bytes::from(raw)).unwrap();
        assert_eq!(fault.status(), Some(status));
        assert_eq!(message.call_id(), b"c1");
        assert_eq!(message.cseq().unwrap().number, 7);
    }
    for raw in [
        invite(""),
        "\0".to_owned(),
        format!("SIP/3.0 200 OK\r\n{HEAD}\r\n"),
        "INVITE sip:b@x SIP/2.0\r\nno header\r\n\r\n".to_owned(),
    ] {
        assert!(Message::scan_to_refuse(Bytes::from(raw)).is_none());
    }
}

#[test]
fn check_names_the_header_that_is_wrong() {
    let header = |text: String| scan(&text).check().err().map(|error| error.header);
    let without = |name: &str| {
        let kept = HEAD.split_inclusive("\r\n").filter(|line| !line.starts_with(name));
        format!("INVITE sip:b@x SIP/2.0\r\n{}\r\n", kept.collect::<String>())
    };
    for name in ["Via", "From", "To", "Call-ID", "CSeq"] {
        assert_eq!(header(without(name)), Some(name));
    }
    for (line, name) in [
        ("Via: SIP/2.0/UDP h:99999", "Via"),
        ("Via: ;", "Via"),
        ("To: <sip:other@x>", "To"),
        ("From: <sip:other@x>;tag=2", "From"),
        ("i: c2", "Call-ID"),
        ("CSeq: 8 INVITE", "CSeq"),
        ("Max-Forwards: x", "Max-Forwards"),
        ("Max-Forwards: 4294967296", "Max-Forwards"),
        ("m: sip:a@x?b=c", "Contact"),
        ("m: <sip:a@x>, Bell", "Contact"),
    ] {
        assert_eq!(header(invite(&format!("{line}\r\n"))), Some(name), "{line}");
    }
    assert_eq!(header(invite("").replace("7 INVITE", "7 BYE")), Some("CSeq"));
    assert_eq!(header(invite("").replace("7 INVITE", "4294967296 INVITE")), Some("CSeq"));
    assert_eq!(header(invite("").replace("sip:b@x SIP", "<sip:b@x> SIP")), Some("Request-URI"));
    assert_eq!(header(invite("").replace("sip:b@x SIP", "sip:b@x?To=c SIP")), Some("Request-URI"));
    assert_eq!(header(invite("Max-Forwards: 0068\r\nm: *\r\nCall-ID: c1\r\n")), None);
}

#[test]
fn numbers_end_where_they_should() {
    let number =
        |value: &str| scan(&invite(&format!("Retry-After: {value}\r\n"))).number(Name::RetryAfter);
    assert_eq!(number("18000;duration=3600"), Some(18000));
    assert_eq!(number("120 (in a meeting)"), Some(120));
    assert_eq!(number("5"), Some(5));
    assert_eq!(number("5 6"), None);
    assert_eq!(number("x"), None);
    assert_eq!(number("4294967296"), None);
    assert_eq!(scan(&invite("")).number(Name::RetryAfter), None);
}

#[test]
fn schemes_of_a_request_uri() {
    for (uri, scheme) in
        [("tel:+39021234", Scheme::Tel), ("sips:x", Scheme::Sips), ("im:a@b", Scheme::Other)]
    {
        let message = scan(&invite("").replace("sip:b@x SIP", &format!("{uri} SIP")));
        assert_eq!(message.request_uri().unwrap().scheme, scheme);
        assert_eq!(message.check(), Ok(()));
    }
}

/// MSG-05: the bounds, at the last byte and header that fit and the first that do not.
#[test]
fn msg_05_large_messages_are_taken_up_to_the_bounds() {
    let base = scan(&invite("")).headers().count();
    let headers = |count: usize| invite(&"X: y\r\n".repeat(count - base));
    assert_eq!(scan(&headers(limits::HEADERS)).headers().count(), limits::HEADERS);
    assert_eq!(refused(&headers(limits::HEADERS + 1)), ScanError::TooManyHeaders);
    assert_eq!(refused(&headers(500)), ScanError::TooManyHeaders);
    let long = scan(&invite(&format!("X: {}\r\n", "y".repeat(8192))));
    assert_eq!(long.headers().last().map(|header| header.2.len()), Some(8192));
    let head = invite("");
    let sized = |bytes: usize| format!("{head}{}", "b".repeat(bytes - head.len()));
    let largest = scan(&sized(limits::MESSAGE_BYTES));
    assert_eq!(largest.body().len(), limits::MESSAGE_BYTES - head.len());
    assert_eq!(refused(&sized(limits::MESSAGE_BYTES + 1)), ScanError::TooLong);
}

#[test]
fn debug_shows_no_text() {
    let shown = format!("{:?}", scan(&invite("").replace("sip:a@x", "sip:+39021234@x")));
    assert!(shown.starts_with("Message(INVITE") && !shown.contains("39021234"), "{shown}");
}

#[test]
fn a_copy_shares_the_bytes() {
    let message = scan(&invite(""));
    assert_eq!(message.clone().raw().as_ptr(), message.raw().as_ptr());
}
