//! Requests outside any dialog, row by row.

use super::*;
use crate::base::{Mint, WorkerId};
use crate::sip::{Message, Name, ScanError};
use crate::transport::{Flow, Listener, ListenerId, Listeners, Transport};
use bytes::Bytes;
use std::time::Duration;

fn request(method: &str, uri: &str, to: &str, extra: &str, body: &str) -> Message {
    let text = format!(
        "{method} {uri} SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.66;branch=z9hG4bKx\r\nMax-Forwards: 0\r\n\
         From: <sip:a@192.0.2.66>;tag=a\r\nTo: {to}\r\nCall-ID: c\r\nCSeq: 1 {method}\r\n\
         Contact: <sip:a@192.0.2.66>\r\n{extra}Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    Message::scan(Bytes::from(text)).unwrap()
}

fn screened(message: &Message, draining: Option<u32>) -> Screened {
    let local = "192.0.2.10:5060".parse().unwrap();
    let list = vec![Listener { transport: Transport::Udp, local }];
    let listeners = Listeners { list, ..Listeners::default() };
    let flow = Flow {
        listener: ListenerId(0),
        transport: Transport::Udp,
        remote: "192.0.2.66:5060".parse().unwrap(),
        connection: None,
    };
    let screening = Screening {
        listeners: &listeners,
        min_se: Duration::from_secs(120),
        loop_token: b"mine",
        keep_away: draining,
    };
    screen(message, flow, &screening, &mut Mint::seeded(1, WorkerId(0)))
}

fn answer(message: &Message, draining: Option<u32>) -> Message {
    match screened(message, draining) {
        Screened::Answer { status, bytes } => {
            let response = Message::scan(bytes).unwrap();
            assert_eq!(response.status(), Some(status));
            assert!(response.to_tag().is_some());
            response
        }
        other @ (Screened::Call | Screened::Drop) => panic!("{other:?}"),
    }
}

const US: &str = "sip:us@192.0.2.10";
const TO: &str = "<sip:us@192.0.2.10>";
const TAGGED: &str = "<sip:us@192.0.2.10>;tag=gone";
const SDP: &str = "v=0\r\no=- 1 1 IN IP4 192.0.2.66\r\ns=-\r\nt=0 0\r\n";

/// CAN-03, DLG-04, DLG-08 to DLG-11, PRK-04, TIM-01: each refusal with the header that explains it.
#[test]
fn each_refusal_has_its_status_and_its_header() {
    let sdp = "Content-Type: application/sdp\r\n";
    let timer = "Supported: timer\r\nSession-Expires: 100\r\n";
    for (method, uri, to, extra, body, status, header) in [
        ("REGISTER", US, TO, "", "", 405, Some((Name::Allow, "INVITE, ACK, CANCEL"))),
        ("MESSAGE", US, TO, "", "", 405, Some((Name::Allow, "INVITE"))),
        ("NOTIFY", US, TAGGED, "", "", 405, Some((Name::Allow, "INVITE"))),
        ("FROB", US, TO, "", "", 501, None),
        ("BYE", US, TAGGED, "", "", 481, None),
        ("BYE", US, TO, "", "", 481, None),
        ("CANCEL", US, TO, "", "", 481, None),
        ("PRACK", US, TO, "RAck: 1 1 INVITE\r\n", "", 481, None),
        ("UPDATE", US, TAGGED, "", "", 481, None),
        ("INFO", US, TO, "", "", 481, None),
        ("INVITE", US, TAGGED, sdp, SDP, 481, None),
        ("OPTIONS", US, TAGGED, "", "", 481, None),
        ("INVITE", "im:us@192.0.2.10", TO, sdp, SDP, 416, None),
        ("INVITE", "sips:us@192.0.2.10", TO, sdp, SDP, 416, None),
        ("INVITE", US, TO, "x-centralino-loop: mine\r\n", "", 482, None),
        (
            "INVITE",
            US,
            TO,
            "Require: 100rel, x\r\nRequire: y\r\n",
            "",
            420,
            Some((Name::Unsupported, "x, y")),
        ),
        ("OPTIONS", US, TO, "Require: x\r\n", "", 420, Some((Name::Unsupported, "x"))),
        (
            "INVITE",
            US,
            TO,
            "Content-Type: text/plain\r\n",
            "hi",
            415,
            Some((Name::Accept, "application/sdp")),
        ),
        ("INVITE", US, TO, timer, "", 422, Some((Name::MinSe, "120"))),
    ] {
        let response = answer(&request(method, uri, to, extra, body), None);
        assert_eq!(response.status(), Some(status), "{method} {extra}");
        if let Some((name, value)) = header {
            let found = response.header(name).unwrap_or_default();
            assert!(found.starts_with(value.as_bytes()), "{method} {extra}");
        }
    }
}

/// DLG-01, DLG-08, DLG-11, MSG-03: what is taken: Max-Forwards 0, another's loop mark, no body, an
/// optional body, tel:.
#[test]
fn a_good_invite_is_a_call() {
    let optional = "Content-Type: text/plain\r\nContent-Disposition: icon;handling=optional\r\n";
    let multipart = "Content-Type: multipart/mixed;boundary=b\r\n";
    let parts = format!(
        "--b\r\nContent-Type: application/isup\r\n\r\nx\r\n--b\r\nContent-Type: application/sdp\r\n\r\n{SDP}\r\n--b--\r\n"
    );
    for (uri, extra, body) in [
        (US, "Content-Type: application/sdp\r\n", SDP),
        (US, "", ""),
        ("tel:+390212345", "", ""),
        (US, "X-Centralino-Loop: another\r\n", ""),
        (US, "Require: 100rel, timer\r\nSupported: timer\r\nx: 1800\r\n", ""),
        (US, optional, "hi"),
        (US, multipart, parts.as_str()),
    ] {
        let invite = request("INVITE", uri, TO, extra, body);
        assert_eq!(screened(&invite, None), Screened::Call, "{uri} {extra}");
    }
}

/// DLG-14: OPTIONS outside a dialog, and 503 when draining.
#[test]
fn dlg_14_options_tells_what_we_can_and_whether_we_are_draining() {
    let options = request("OPTIONS", US, TO, "", "");
    let response = answer(&options, None);
    assert_eq!(response.status(), Some(200));
    for name in [Name::Allow, Name::Accept, Name::Supported, Name::Contact] {
        assert!(response.header(name).is_some(), "{name:?}");
    }
    for method in ["OPTIONS", "INVITE"] {
        let response = answer(&request(method, US, TO, "", ""), Some(30));
        assert_eq!((response.status(), response.number(Name::RetryAfter)), (Some(503), Some(30)));
    }
    // What belongs to a call that is gone is told so, draining or not.
    assert_eq!(answer(&request("BYE", US, TAGGED, "", ""), Some(30)).status(), Some(481));
}

/// DLG-04: an ACK for nothing is dropped, however odd it is.
#[test]
fn dlg_04_a_stray_ack_is_dropped() {
    for extra in ["", "Require: x\r\n"] {
        let ack = request("ACK", US, TAGGED, extra, "");
        assert_eq!(screened(&ack, None), Screened::Drop);
    }
}

/// MSG-02: a header that must be there and is not: 400 that names it.
#[test]
fn msg_02_a_missing_header_is_named() {
    let whole = request("INVITE", US, TO, "", "");
    let text = String::from_utf8(whole.raw().to_vec()).unwrap().replace("Call-ID: c\r\n", "");
    let response = answer(&Message::scan(Bytes::from(text)).unwrap(), None);
    assert_eq!(response.status(), Some(400));
    assert!(String::from_utf8_lossy(response.reason()).contains("Call-ID"));
}

/// OVL-01: the stateless 503: the same bytes to the same INVITE, none to an ACK.
#[test]
fn ovl_01_the_stateless_503_remembers_nothing() {
    let invite = request("INVITE", US, TO, "", "");
    let refusal = overload(&invite, 5).unwrap();
    assert_eq!(overload(&invite, 5), Some(refusal.clone()));
    let refusal = Message::scan(refusal).unwrap();
    assert_eq!((refusal.status(), refusal.number(Name::RetryAfter)), (Some(503), Some(5)));
    assert!(refusal.to_tag().is_some());
    assert_eq!(overload(&request("ACK", US, TO, "", ""), 5), None);
    for (error, status) in [
        (ScanError::NotSip, None),
        (ScanError::Version, Some(505)),
        (ScanError::TooManyHeaders, Some(513)),
        (ScanError::TooLong, Some(513)),
        (ScanError::Truncated, Some(400)),
        (ScanError::Malformed("x"), Some(400)),
    ] {
        let bytes = refuse_broken(&invite, error);
        assert_eq!(bytes.and_then(|bytes| Message::scan(bytes).unwrap().status()), status);
    }
}
