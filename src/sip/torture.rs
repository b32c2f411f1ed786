//! The torture messages of RFC 4475 and RFC 5118, what each has to be here, and rsip as an oracle.

use super::*;
use crate::sip::sdp::Sdp;
use crate::sip::vectors;
use bytes::Bytes;
use rsip::headers::{ToTypedHeader, UntypedHeader};
use rsip::message::HeadersExt;

/// RFC 4475 §3.1.1: the valid ones.
const VALID: [&str; 13] = [
    "wsinv",
    "intmeth",
    "esc01",
    "escnull",
    "esc02",
    "lwsdisp",
    "longreq",
    "dblreq",
    "semiuri",
    "transports",
    "mpart01",
    "unreason",
    "noreason",
];

/// What becomes of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Want {
    /// Scans and passes the check.
    Understood,
    /// Does not scan; a request is answered with this status.
    Refused(u16),
    /// Does not scan and is dropped: a response, or no SIP.
    Dropped,
    /// Scans; the check names this header: 400.
    Wrong(&'static str),
}

use Want::{Dropped, Refused, Understood, Wrong};

/// RFC 4475. Where it leaves the choice, what is meant is clear from the message and taken:
/// blanks in the start line (lwsstart, trws) and inside angle brackets (badaspec), a display name
/// without its quotes (baddn), a Date nobody reads (baddate).
const RFC_4475: &[(&str, Want)] = &[
    ("wsinv", Understood),
    ("intmeth", Understood),
    ("esc01", Understood),
    ("escnull", Understood),
    ("esc02", Understood),
    ("lwsdisp", Understood),
    ("longreq", Understood),
    ("dblreq", Understood),
    ("semiuri", Understood),
    ("transports", Understood),
    ("mpart01", Understood),
    ("unreason", Understood),
    ("noreason", Understood),
    ("badinv01", Wrong("Via")),
    ("clerr", Refused(400)),
    ("ncl", Refused(400)),
    ("scalar02", Wrong("CSeq")),
    ("scalarlg", Wrong("CSeq")),
    ("quotbal", Wrong("To")),
    ("ltgtruri", Wrong("Request-URI")),
    ("lwsruri", Refused(400)),
    ("lwsstart", Understood),
    ("trws", Understood),
    ("escruri", Wrong("Request-URI")),
    ("baddate", Understood),
    ("regbadct", Wrong("Contact")),
    ("badaspec", Understood),
    ("baddn", Understood),
    ("badvers", Refused(505)),
    ("mismatch01", Wrong("CSeq")),
    ("mismatch02", Wrong("CSeq")),
    ("bigcode", Dropped),
    ("badbranch", Understood),
    ("insuf", Wrong("From")),
    ("unkscm", Understood),
    ("novelsc", Understood),
    ("unksm2", Understood),
    ("bext01", Understood),
    ("invut", Understood),
    ("regaut01", Understood),
    ("multi01", Wrong("From")),
    ("mcl01", Refused(400)),
    ("bcast", Understood),
    ("zeromf", Understood),
    ("cparam01", Understood),
    ("cparam02", Understood),
    ("regescrt", Understood),
    ("sdp01", Understood),
    ("inv2543", Understood),
    ("test", Dropped),
];

/// RFC 5118.
const RFC_5118: &[(&str, Want)] = &[
    ("ipv6-good", Understood),
    ("ipv6-bad", Wrong("Request-URI")),
    ("port-ambiguous", Understood),
    ("port-unambiguous", Understood),
    ("via-received-param-with-delim", Understood),
    ("via-received-param-no-delim", Understood),
    ("ipv6-in-sdp", Understood),
    ("mult-ip-in-header", Understood),
    ("mult-ip-in-sdp", Understood),
    ("ipv4-mapped-ipv6", Understood),
    ("ipv6-bug-abnf-3-colons", Understood),
    ("ipv6-correct-abnf-2-colons", Understood),
];

fn became(raw: &Bytes) -> Want {
    match Message::scan(raw.clone()) {
        Ok(message) => match message.check() {
            Ok(()) => Understood,
            Err(error) => Wrong(error.header),
        },
        Err(fault) => match Message::scan_to_refuse(raw.clone()) {
            Some((_, why)) => {
                assert_eq!(fault, why);
                why.status().map_or(Dropped, Refused)
            }
            None => Dropped,
        },
    }
}

fn want(table: &[(&str, Want)], name: &str) -> Want {
    table.iter().find(|row| row.0 == name).unwrap_or_else(|| panic!("{name} has no row")).1
}

/// One message of RFC 4475, scanned.
fn message(name: &str) -> Message {
    Message::scan(Bytes::from_static(vectors::message(name))).unwrap()
}

fn ipv6_message(name: &str) -> Message {
    message(name)
}

/// MSG-01, MSG-02, MSG-06: every message of RFC 4475 is understood, refused or dropped as written.
#[test]
fn msg_01_02_06_rfc_4475() {
    for (name, bytes) in vectors::RFC_4475 {
        let got = became(&Bytes::from_static(bytes));
        assert_eq!(got, want(RFC_4475, name), "{name}");
        assert!(!VALID.contains(name) || got == Understood, "{name} is valid");
    }
    assert_eq!(vectors::RFC_4475.len(), RFC_4475.len());
}

/// MSG-06: every message of RFC 5118.
#[test]
fn msg_06_rfc_5118() {
    for (name, bytes) in vectors::RFC_5118 {
        assert_eq!(became(&Bytes::from_static(bytes)), want(RFC_5118, name), "{name}");
    }
    assert_eq!(vectors::RFC_5118.len(), RFC_5118.len());
}

/// MSG-01: wsinv, the message in which everything is somewhere else than one thinks.
#[test]
fn msg_01_a_short_tortuous_invite() {
    let message = message("wsinv");
    assert_eq!(message.to_tag(), Some(&b"1918181833n"[..]));
    assert_eq!(message.from_tag(), Some(&b"98asjd8"[..]));
    assert_eq!(message.from().unwrap().display, b"J Rosenberg \\\\\\\"");
    assert_eq!(message.cseq(), Ok(CSeq { number: 9, method: Method::Invite }));
    assert_eq!(message.number(Name::MaxForwards), Some(68));
    let vias: Vec<_> = message.values(Name::Via).map(|via| Via::parse(via).unwrap()).collect();
    let hosts: Vec<_> = vias.iter().map(|via| (via.transport, via.host)).collect();
    let want = [("UDP", "192.0.2.2"), ("TCP", "spindle.example.com"), ("UDP", "192.168.255.111")];
    assert_eq!(hosts, want);
    assert_eq!(vias[1].branch, b"z9hG4bK9ikj8");
    assert!(!vias[0].is_rfc3261() && vias[2].is_rfc3261());
    let contact = message.contact().unwrap();
    assert_eq!(contact.param("newparam"), Some(&b"newvalue"[..]));
    assert_eq!(contact.param("q"), Some(&b"0.33"[..]));
    assert_eq!(message.header(Name::Subject), Some(&b""[..]));
    let route = NameAddr::parse(message.header(Name::Route).unwrap()).unwrap();
    assert!(route.uri.is_loose_router());
    let sdp = Sdp::parse(&message.sdp().unwrap()).unwrap();
    assert_eq!(sdp.media.iter().map(|m| m.port).collect::<Vec<_>>(), [49217, 3227]);
}

/// MSG-01: what the other valid messages were written to try.
#[test]
fn msg_01_the_point_of_each_valid_message() {
    let intmeth = message("intmeth");
    assert_eq!(intmeth.method(), Some(Method::Unknown));
    assert_eq!(intmeth.method_text(), "!interesting-Method0123456789_*+`.%indeed'~");
    let uri = intmeth.request_uri().unwrap();
    assert_eq!(uri.user, b"1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*");
    assert_eq!(uri.host, Host::Name("example.com"));
    assert_eq!(intmeth.from_tag(), Some(&b"_token~1'+`*%!-."[..]));

    assert_eq!(message("esc01").request_uri().unwrap().user_decoded(), "sips:user@example.com");
    assert_eq!(message("escnull").to().unwrap().uri.user_decoded(), "null-\0-null");
    assert_eq!(message("escnull").values(Name::Contact).count(), 2);
    let esc02 = message("esc02");
    assert_eq!((esc02.method(), esc02.method_text()), (Some(Method::Unknown), "RE%47IST%45R"));
    assert_eq!(esc02.values(Name::Contact).count(), 2);
    assert_eq!(message("lwsdisp").from().unwrap().display, b"caller");
    assert_eq!(message("dblreq").body(), b"");
    let semiuri = message("semiuri");
    let uri = semiuri.request_uri().unwrap();
    assert_eq!((uri.user, uri.params), (&b"user;par=u%40example.net"[..], &b""[..]));
    let transports = message("transports");
    let transports: Vec<_> =
        transports.values(Name::Via).map(|via| Via::parse(via).unwrap().transport).collect();
    assert_eq!(transports, ["UDP", "SCTP", "TLS", "UNKNOWN", "TCP"]);
    assert!(message("mpart01").body().ends_with(b"--7a9cbec02ceef655--\r\n"));
    let unreason = message("unreason");
    assert!(unreason.reason().starts_with(b"= 2**3 * 5**2 "));
    assert!(str::from_utf8(unreason.reason()).unwrap().contains("простое"));
    let noreason = message("noreason");
    assert_eq!((noreason.status(), noreason.reason()), (Some(100), &b""[..]));
}

/// MSG-06: the layers above find in the application-layer messages what they have to act on.
#[test]
fn msg_06_what_the_layers_above_act_on() {
    assert!(!message("badbranch").via().unwrap().is_rfc3261());
    for name in ["unkscm", "novelsc"] {
        assert_eq!(message(name).request_uri().unwrap().scheme, Scheme::Other);
    }
    let bext01 = message("bext01");
    assert!(bext01.has_token(Name::Require, "nothingSupportsThis"));
    assert!(bext01.has_token(Name::ProxyRequire, "noProxiesSupportThis"));
    assert_eq!(message("invut").sdp(), None);
    assert_eq!(message("zeromf").number(Name::MaxForwards), Some(0));
    let cparam01 = message("cparam01");
    assert_eq!(cparam01.contact().unwrap().param("unknownparam"), Some(&b""[..]));
    let cparam02 = message("cparam02");
    assert_eq!(cparam02.contact().unwrap().uri.param("unknownparam"), Some(&b""[..]));
    let regescrt = message("regescrt");
    let contact = regescrt.contact().unwrap();
    assert_eq!(contact.uri.headers, b"Route=%3Csip:sip.example.com%3E");
    let authorization = message("regaut01").header(Name::Authorization).map(<[u8]>::to_vec);
    assert!(authorization.unwrap().starts_with(b"NoOneKnowsThisScheme"));
    let inv2543 = message("inv2543");
    assert_eq!((inv2543.via().unwrap().branch, inv2543.from_tag()), (&b""[..], None));
    assert!(inv2543.sdp().is_some());
}

/// MSG-06: the addresses of RFC 5118 are read as it says.
#[test]
fn msg_06_ipv6_addresses() {
    let ip = |text: &str| Host::Ip(text.parse().unwrap());
    let good = ipv6_message("ipv6-good");
    assert_eq!(good.request_uri().unwrap().host, ip("2001:db8::10"));
    let ambiguous = ipv6_message("port-ambiguous");
    let uri = ambiguous.request_uri().unwrap();
    assert_eq!((uri.host, uri.port), (ip("2001:db8::10:5070"), None));
    let plain = ipv6_message("port-unambiguous");
    let uri = plain.request_uri().unwrap();
    assert_eq!((uri.host, uri.port), (ip("2001:db8::10"), Some(5070)));
    for name in ["via-received-param-with-delim", "via-received-param-no-delim"] {
        let received = ipv6_message(name).via().unwrap().received;
        assert_eq!(received, Some("2001:db8::9:255".parse().unwrap()));
    }
    let sdp_of = |name| Sdp::parse(&ipv6_message(name).sdp().unwrap()).unwrap();
    let sdp = sdp_of("ipv6-in-sdp");
    assert_eq!(sdp.connection, Some("2001:db8::20".parse().unwrap()));
    let sdp = sdp_of("mult-ip-in-sdp");
    assert_eq!(sdp.connection, None);
    let addresses: Vec<_> = sdp.media.iter().map(|media| sdp.address(media)).collect();
    let want = ["192.0.2.1", "2001:db8::1"].map(|text| text.parse().ok());
    assert_eq!(addresses, want);
    let sdp = sdp_of("ipv4-mapped-ipv6");
    assert_eq!(sdp.connection, Some("::ffff:192.0.2.2".parse().unwrap()));
    for name in ["ipv6-bug-abnf-3-colons", "ipv6-correct-abnf-2-colons"] {
        let message = ipv6_message(name);
        assert_eq!(message.request_uri().unwrap().host, ip("2001:db8::192.0.2.1"), "{name}");
    }
}

/// Where rsip understands a message too, it reads the same in it.
#[test]
fn rsip_agrees_where_it_understands() {
    let all = vectors::RFC_4475.iter().chain(vectors::RFC_5118);
    let (mut messages, mut cseqs, mut tags, mut uris) = (0, 0, 0, 0);
    for (name, raw) in all.map(|(name, bytes)| (*name, Bytes::from_static(bytes))) {
        let (Ok(ours), Ok(theirs)) =
            (Message::scan(raw.clone()), rsip::SipMessage::try_from(raw.clone()))
        else {
            continue;
        };
        // What the check refuses may be read in more than one way.
        if ours.check().is_err() {
            continue;
        }
        messages += 1;
        match &theirs {
            rsip::SipMessage::Request(request) => {
                assert_eq!(ours.method_text(), request.method.to_string(), "{name}");
                if let Ok(uri) = ours.request_uri() {
                    uris += usize::from(uri_agrees(name, &uri, &request.uri));
                }
            }
            rsip::SipMessage::Response(response) => {
                assert_eq!(ours.status(), Some(response.status_code.code()), "{name}");
            }
        }
        if let Ok(call_id) = theirs.call_id_header() {
            assert_eq!(ours.call_id(), call_id.value().trim().as_bytes(), "{name}");
        }
        if let Ok(cseq) = theirs.cseq_header().and_then(|cseq| cseq.clone().into_typed()) {
            assert_eq!(ours.cseq().unwrap().number, cseq.seq, "{name}");
            cseqs += 1;
        }
        if let Ok(Some(tag)) = theirs.from_header().and_then(|from| from.tag()) {
            assert_eq!(ours.from_tag().unwrap(), tag.value().trim().as_bytes(), "{name}");
            tags += 1;
        }
        if let Ok(Some(tag)) = theirs.to_header().and_then(|to| to.tag()) {
            assert_eq!(ours.to_tag().unwrap(), tag.value().trim().as_bytes(), "{name}");
        }
    }
    println!("rsip understood {messages} messages: {cseqs} CSeq, {tags} From tags, {uris} URIs");
    assert!(messages >= 20 && cseqs >= 20 && tags >= 20 && uris >= 15);
}

/// Whether the two read the same URI: false where rsip does not know the scheme, or passes over a
/// user part (it does so for one with a dot in it).
fn uri_agrees(name: &str, ours: &Uri<'_>, theirs: &rsip::Uri) -> bool {
    let scheme = match ours.scheme {
        Scheme::Sip => rsip::Scheme::Sip,
        Scheme::Sips => rsip::Scheme::Sips,
        Scheme::Tel | Scheme::Other => return false,
    };
    assert_eq!(theirs.scheme, Some(scheme), "{name}");
    if theirs.user().is_none() && ours.text.contains(&b'@') {
        return false;
    }
    assert_eq!(ours.user, theirs.user().unwrap_or_default().as_bytes(), "{name}");
    assert_eq!(ours.port, theirs.port().map(|port| *port.value()), "{name}");
    true
}
