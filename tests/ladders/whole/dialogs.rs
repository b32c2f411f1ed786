//! Dialogs as the network sees them: what each leg has for itself, what crosses, what is refused.

use super::probe::*;
use super::set::*;
use crate::stage::*;
use centralino::sim::net::Rule;
use centralino::sim::{Action, Answer, Behaviour, Ended};

const SDP_OF_ANNA: &str = "v=0
o=- 7 7 IN IP4 10.0.0.2
s=-
c=IN IP4 10.0.0.2
t=0 0
m=audio 45000 RTP/AVP 8
a=rtpmap:8 PCMA/8000";

fn tag_of(value: &str) -> &str {
    value.split_once(";tag=").map_or("", |(_, tag)| tag)
}

/// A probe's call that an agent answered; the INVITE and our 2xx.
fn probe_talks(set: &mut Set, invite: &Request) -> String {
    set.probe(invite);
    set.run(s(2));
    let answer = set.message("us", "probe", "200 INVITE");
    let ack = set.inside(invite, &answer, "ACK");
    set.probe(&ack);
    answer
}

fn probe_hangs_up(set: &mut Set, invite: &Request, answer: &str, cseq: u32) {
    let bye = set.inside(invite, answer, "BYE");
    let bye = Request { cseq, branch: "z9hG4bK-last".into(), ..bye };
    assert_eq!(statuses(&set.probe(&bye)), [200], "{}", set.world.ladder);
    set.finish();
}

/// DLG-01: every leg has its own Call-ID, tags, CSeq, branch, Contact and Via; Max-Forwards is the
/// caller's less one.
#[test]
fn dlg_01_each_leg_has_its_own_names() {
    let set =
        one_whole_call("200", Behaviour::default().talking(s(2)), Behaviour::default(), idle());
    let theirs = set.message("caller", "us", "INVITE");
    let ours = set.message("us", "anna", "INVITE");
    for name in ["Call-ID", "Via", "CSeq", "Contact"] {
        assert_ne!(header(&theirs, name), header(&ours, name), "{name}\n{theirs}\n{ours}");
    }
    let from = |text: &str| tag_of(header(text, "From").unwrap_or_default()).to_owned();
    assert_ne!(from(&theirs), from(&ours));
    assert!(!ours.contains(&from(&theirs)) && !ours.contains("10.0.0.1"), "{ours}");
    assert_eq!(header(&ours, "Max-Forwards"), Some("69"), "{ours}");
    assert_eq!(header(&ours, "Contact"), Some("<sip:10.0.0.9:5060>"), "{ours}");
    assert!(ours.starts_with("INVITE sip:anna@10.0.0.2 SIP/2.0\r\n"), "{ours}");
    let ours_to_caller = set.message("us", "caller", "200 INVITE");
    assert!(!ours_to_caller.contains("10.0.0.2") && !ours_to_caller.contains("anna"));
}

/// DLG-01: 483 only where a leg would have to be sent with 0; what we answer ourselves is answered.
#[test]
fn dlg_01_max_forwards_ends_where_a_leg_would_be_sent_at_0() {
    for (number, hops, expected) in
        [("200", 1, 483), ("200", 0, 483), ("300", 1, 483), ("200", 2, 180), ("500", 0, 183)]
    {
        let mut set = set(Behaviour::answering(Answer::Never), idle());
        let invite = Request { max_forwards: hops, ..Request::invite(number) };
        let got = statuses(&set.probe(&invite));
        assert_eq!(got.last(), Some(&expected), "{number} {hops}: {got:?}\n{}", set.world.ladder);
        if expected == 180 {
            let ours = set.message("us", "anna", "INVITE");
            assert_eq!(header(&ours, "Max-Forwards"), Some("1"), "{ours}");
        }
        for agent in ["anna", "bruno"] {
            assert_ne!(
                set.agent(agent),
                Some(centralino::router::AgentActivity::BackingOff),
                "no agent is to blame"
            );
        }
    }
}

/// DLG-02: Record-Route of the caller's side is copied in order into our responses, makes our
/// requests' Route, and is never shown to the other leg.
#[test]
fn dlg_02_the_callers_route_set() {
    let mut set = set(Behaviour::default().talking(s(3)), idle());
    let invite = Request::invite("200")
        .with("Record-Route: <sip:10.0.0.7:5060;lr>, <sip:10.0.0.99;lr;x=1>")
        .with("Record-Route: <sip:10.0.0.98;lr>");
    let answer = probe_talks(&mut set, &invite);
    set.run(s(3));
    let wanted =
        ["<sip:10.0.0.7:5060;lr>, <sip:10.0.0.99;lr;x=1>", "<sip:10.0.0.98;lr>"].join(", ");
    let all = |text: &str, name: &str| {
        let of =
            |l: &str| l.split_once(": ").filter(|(n, _)| *n == name).map(|(_, v)| v.to_owned());
        text.lines().filter_map(of).collect::<Vec<_>>().join(", ")
    };
    assert_eq!(all(&answer, "Record-Route"), wanted, "{answer}");
    let ringing = set.message("us", "probe", "180 INVITE");
    assert_eq!(all(&ringing, "Record-Route"), wanted, "{ringing}");
    let bye = set.message("us", "probe", "BYE");
    assert_eq!(all(&bye, "Route"), wanted, "{bye}");
    assert!(bye.starts_with("BYE sip:probe@10.0.0.7:5060 SIP/2.0"), "{bye}");
    let other = set.message("us", "anna", "INVITE");
    assert!(!other.contains("Record-Route") && !other.contains("Route:"), "{other}");
    let ok = response(&bye, "200 OK", PROBE, "x", "").replace(";tag=x", "");
    set.send_whole(PROBE, ok);
    set.finish();
}

/// DLG-02: the agent's route set is reversed, and computed again at the 2xx.
#[test]
fn dlg_02_the_agents_route_set() {
    let mut set = set(Behaviour::answering(Answer::Silent), idle());
    set.call("200", Behaviour::default());
    set.run(ms(5));
    let invite = set.message("us", "anna", "INVITE");
    let with_routes = |status: &str, sdp: &str, routes: &str| {
        let text = response(&invite, status, ANNA, "a", sdp);
        text.replacen("Contact:", &format!("Record-Route: {routes}\r\nContact:"), 1)
    };
    set.send_whole(ANNA, with_routes("180 Ringing", "", "<sip:10.0.0.2:5060;lr;early>"));
    set.run(s(1));
    let routes = "<sip:10.0.0.55;lr>, <sip:10.0.0.2:5060;lr>";
    set.send_whole(ANNA, with_routes("200 OK", SDP_OF_ANNA, routes));
    set.run(s(1));
    let ack = set.message("us", "anna", "ACK");
    let ack_routes: Vec<&str> = ack.lines().filter_map(|l| l.strip_prefix("Route: ")).collect();
    assert_eq!(ack_routes.join(", "), "<sip:10.0.0.2:5060;lr>, <sip:10.0.0.55;lr>", "{ack}");
    assert!(ack.starts_with("ACK sip:other@10.0.0.2:5060 SIP/2.0"), "{ack}");
    let shown = set.message("us", "caller", "200 INVITE");
    assert!(!shown.contains("10.0.0.55") && !shown.contains("Record-Route"), "{shown}");
    set.world.act("caller", Action::HangUp);
    set.run(ms(10));
    let bye = set.message("us", "anna", "BYE");
    let ok = response(&bye, "200 OK", ANNA, "x", "").replace(";tag=x", "");
    set.send_whole(ANNA, ok);
    set.finish_unclean();
}

/// DLG-04: a request with a tag or Call-ID that we do not know gets 481; an ACK nothing.
#[test]
fn dlg_04_unknown_dialogs_get_481() {
    let mut set = set(Behaviour::default(), idle());
    let invite = Request::invite("200");
    let answer = probe_talks(&mut set, &invite);
    for method in ["BYE", "INFO", "UPDATE", "PRACK", "INVITE", "OPTIONS"] {
        let known = set.inside(&invite, &answer, method);
        let rows = [
            Request { to_tag: "nobody".into(), ..known.clone() }.branch(&format!("{method}1")),
            Request { call_id: "another", ..known.clone() }.branch(&format!("{method}2")),
            Request { from_tag: "somebody-else", ..known }.branch(&format!("{method}3")),
        ];
        for (n, request) in rows.into_iter().enumerate() {
            let got = statuses(&set.probe(&request));
            assert_eq!(got, [481], "{method} row {n}\n{}", set.world.ladder);
            if method == "INVITE" {
                let refused = set.to_probe().pop().unwrap_or_default();
                let ack = Request { branch: request.branch.clone(), ..request.clone() };
                let to_tag = tag_of(header(&refused, "To").unwrap_or_default()).to_owned();
                set.probe(&Request { method: "ACK", to_tag, ..ack });
            }
        }
    }
    let ack = set.inside(&invite, &answer, "ACK");
    let ack = Request { to_tag: "nobody".into(), ..ack }.branch("stray-ack");
    assert!(set.probe(&ack).is_empty());
    probe_hangs_up(&mut set, &invite, &answer, 9);
    assert_eq!(set.world.ladder.count("us", "anna", "BYE"), 1);
}

/// DLG-05: a CSeq lower than the last gets 500, and the call goes on.
#[test]
fn dlg_05_a_lower_cseq_gets_500() {
    let mut set = set(Behaviour::default(), idle());
    let invite = Request { cseq: 100, ..Request::invite("200") };
    let answer = probe_talks(&mut set, &invite);
    for (cseq, branch, status) in
        [(110, "a", 200), (109, "b", 500), (110, "c", 500), (110, "a", 200), (111, "d", 200)]
    {
        let info = set.inside(&invite, &answer, "INFO");
        let got = statuses(&set.probe(&Request { cseq, ..info.branch(branch) }));
        assert_eq!(got, [status], "{cseq} {branch}\n{}", set.world.ladder);
    }
    probe_hangs_up(&mut set, &invite, &answer, 112);
}

/// DLG-06: a re-INVITE or UPDATE with a new Contact moves the target.
#[test]
fn dlg_06_a_new_contact_moves_the_target() {
    let mut set = set(Behaviour::default().talking(s(5)), idle());
    let invite = Request::invite("200");
    let answer = probe_talks(&mut set, &invite);
    let update = set.inside(&invite, &answer, "UPDATE");
    let mut text_moves = update.with("X-Test: 1");
    text_moves.contact = "<sip:moved@10.0.0.7:5060>";
    assert_eq!(statuses(&set.probe(&text_moves)), [200]);
    set.run(s(5));
    let bye = set.message("us", "probe", "BYE");
    assert!(bye.starts_with("BYE sip:moved@10.0.0.7:5060 SIP/2.0"), "{bye}");
    let ok = response(&bye, "200 OK", PROBE, "x", "").replace(";tag=x", "");
    set.send_whole(PROBE, ok);
    set.finish();
}

/// DLG-07: two early dialogs of one leg, one confirmed: the answer counts, the other is forgotten.
#[test]
fn dlg_07_two_early_dialogs_one_confirmed() {
    let mut set = set(Behaviour::answering(Answer::Silent), idle());
    set.call("200", Behaviour::default());
    set.run(ms(5));
    let invite = set.message("us", "anna", "INVITE");
    let other_sdp = SDP_OF_ANNA.replace("45000", "45100");
    set.send_whole(ANNA, response(&invite, "183 Session Progress", ANNA, "one", &other_sdp));
    set.run(ms(100));
    set.send_whole(ANNA, response(&invite, "180 Ringing", ANNA, "two", ""));
    set.run(ms(100));
    set.send_whole(ANNA, response(&invite, "200 OK", ANNA, "two", SDP_OF_ANNA));
    set.run(s(1));
    let ack = set.message("us", "anna", "ACK");
    assert_eq!(tag_of(header(&ack, "To").unwrap_or_default()), "two", "{ack}");
    assert_eq!(set.world.ladder.count("us", "caller", "200 INVITE"), 1);
    let leg = centralino::base::LegNo(1);
    let call = set.world.system().calls()[0];
    let stream = set.world.system().stream(centralino::base::LegKey { call, leg });
    assert!(stream.is_some_and(|f| f.packets_sent > 0), "media goes to the confirmed one");
    set.world.act("caller", Action::HangUp);
    set.run(ms(10));
    let bye = set.message("us", "anna", "BYE");
    assert_eq!(tag_of(header(&bye, "To").unwrap_or_default()), "two", "{bye}");
    let ok = response(&bye, "200 OK", ANNA, "x", "").replace(";tag=x", "");
    set.send_whole(ANNA, ok);
    set.finish_unclean();
}

/// DLG-08: a call that our own target sends back to us is known by its mark: 482, and the caller's
/// call ends properly.
#[test]
fn dlg_08_a_call_that_comes_back_gets_482() {
    let plan = PLAN
        .replace("\"700\": dialled", "\"700\": dialled\n  \"710\": { dial: \"sip:710@10.0.0.9\" }")
        .replace("accept_from: [10.0.0.1,", "accept_from: [10.0.0.1, 10.0.0.9,");
    let mut set =
        set_with(&centralino::sim::HouseConfig { plan, ..config() }, Behaviour::default(), idle());
    set.call("710", Behaviour::default());
    set.finish();
    set.assert_ladder(
        "caller -> us INVITE (sdp)
         us -> us INVITE (sdp)
         us -> us 482 INVITE
         us -> us ACK
         us -> caller 482 INVITE
         caller -> us ACK",
    );
    set.assert_ended("system", "loop");
}

/// DLG-09: Require with an option that we lack: 420 with Unsupported; ignored in ACK and CANCEL.
#[test]
fn dlg_09_an_option_that_we_lack_gets_420() {
    let mut set = set(Behaviour::default(), idle());
    let invite = Request::invite("200").with("Require: 100rel, made-up, other");
    let got = set.probe(&invite);
    assert_eq!(statuses(&got), [420]);
    assert_eq!(header(&got[0], "Unsupported"), Some("made-up, other"), "{}", got[0]);
    let ack = set.inside(&invite, &got[0], "ACK");
    set.probe(&Request { branch: invite.branch.clone(), ..ack });
    let invite = Request { call_id: "second", ..Request::invite("500") }.branch("second");
    assert_eq!(statuses(&set.probe(&invite)), [183]);
    let cancel =
        Request { method: "CANCEL", body: String::new(), headers: String::new(), ..invite }
            .with("Require: made-up");
    assert_eq!(statuses(&set.probe(&cancel)), [200, 487]);
    let refused = set.message("us", "probe", "487");
    let to_tag = tag_of(header(&refused, "To").unwrap_or_default()).to_owned();
    set.probe(&Request { method: "ACK", to_tag, ..cancel });
    set.finish();
}

/// DLG-09, DLG-10, DLG-11, DLG-15 inside a dialog: refused each in its way, and the call goes on.
#[test]
fn dlg_10_inside_a_dialog_the_call_goes_on() {
    let mut set = set(Behaviour::default(), idle());
    let invite = Request::invite("200");
    let answer = probe_talks(&mut set, &invite);
    let mut cseq = 10;
    for (method, header_line, body, status) in [
        ("MESSAGE", "", Some(("text/plain", "hello")), 405),
        ("SUBSCRIBE", "Event: x", None, 405),
        ("FOO", "", None, 501),
        ("OPTIONS", "", None, 200),
        ("INFO", "Require: made-up", None, 420),
        ("INFO", "", Some(("application/made-up", "x")), 415),
        ("INFO", "", Some(("application/dtmf-relay", "nonsense")), 400),
        ("INFO", "Info-Package: made-up", Some(("application/x", "x")), 469),
        ("INFO", "", None, 200),
        ("UPDATE", "", Some(("application/sdp", "v=nonsense")), 488),
    ] {
        cseq += 1;
        let mut request = set.inside(&invite, &answer, method).branch(&cseq.to_string());
        request.cseq = cseq;
        if !header_line.is_empty() {
            request = request.with(header_line);
        }
        if let Some((kind, body)) = body {
            request = request.with_body(kind, body);
        }
        let got = set.probe(&request);
        assert_eq!(statuses(&got), [status], "{method} {header_line}\n{}", set.world.ladder);
        let says = match status {
            405 => Some("Allow"),
            415 => Some("Accept"),
            420 => Some("Unsupported"),
            469 => Some("Recv-Info"),
            _ => None,
        };
        if let Some(name) = says {
            assert!(header(&got[0], name).is_some(), "{name} in {}", got[0]);
        }
    }
    assert_eq!(set.world.ladder.count("us", "anna", "BYE"), 0, "{}", set.world.ladder);
    probe_hangs_up(&mut set, &invite, &answer, 40);
    set.assert_ended("caller", "normal_clearing");
}

/// DLG-10, DLG-14: outside a dialog.
#[test]
fn dlg_10_and_14_outside_a_dialog() {
    let mut set = set(idle(), idle());
    for (method, status, says) in [
        ("OPTIONS", 200, "Allow"),
        ("MESSAGE", 405, "Allow"),
        ("REGISTER", 405, "Allow"),
        ("FOO", 501, "Allow"),
        ("BYE", 481, ""),
        ("INFO", 481, ""),
    ] {
        let got = set.probe(&Request::new(method, "200"));
        assert_eq!(statuses(&got), [status], "{method}");
        assert!(says.is_empty() || header(&got[0], says).is_some(), "{}", got[0]);
        if method == "OPTIONS" {
            for name in ["Accept", "Supported"] {
                assert!(header(&got[0], name).is_some(), "{name} in {}", got[0]);
            }
        }
    }
    set.world.with_system(|house, now, out| house.drain(now, out));
    let got = set.probe(&Request::new("OPTIONS", "200").branch("second"));
    assert_eq!(statuses(&got), [503], "DLG-14: draining");
    set.finish();
}

/// DLG-11: a body that we lack: 415 with Accept; one whose handling is optional is skipped.
#[test]
fn dlg_11_a_body_that_we_lack() {
    let mut set = set(Behaviour::default(), idle());
    let invite = Request::new("INVITE", "200").with_body("application/made-up", "x");
    let got = set.probe(&invite);
    assert_eq!(statuses(&got), [415]);
    assert!(header(&got[0], "Accept").is_some_and(|a| a.contains("application/sdp")));
    let ack = set.inside(&invite, &got[0], "ACK");
    set.probe(&Request { branch: invite.branch.clone(), ..ack });
    let optional = Request { call_id: "second", ..Request::new("INVITE", "200") }
        .branch("second")
        .with("Content-Disposition: icon;handling=optional")
        .with_body("image/made-up", "x");
    assert_eq!(statuses(&set.probe(&optional)), [180], "{}", set.world.ladder);
    let cancel =
        Request { method: "CANCEL", body: String::new(), headers: String::new(), ..optional };
    set.probe(&cancel);
    let refused = set.message("us", "probe", "487");
    let to_tag = tag_of(header(&refused, "To").unwrap_or_default()).to_owned();
    set.probe(&Request { method: "ACK", to_tag, ..cancel });
    set.finish();
}

/// DLG-12: headers that the plan lets through cross as they are, others do not.
#[test]
fn dlg_12_headers_cross_by_the_plans_policy() {
    let headers = [
        ("User-to-User", "56a390f3d2b7310023a2;encoding=hex;content=foo", true),
        ("Diversion", "<sip:+39021111@10.0.0.1>;reason=unconditional", true),
        ("History-Info", "<sip:+39021111@10.0.0.1>;index=1", true),
        ("X-Account", "gold \"customer\"", true),
        ("P-Asserted-Identity", "\"Mario\" <sip:+39333111@10.0.0.1>", false),
        ("Subject", "hello", false),
        ("P-Preferred-Identity", "<sip:x@10.0.0.1>", false),
        ("Geolocation", "<https://10.0.0.1/x>", false),
    ];
    let own = |(name, value, _): &(&str, &str, bool)| ((*name).to_owned(), (*value).to_owned());
    let caller = Behaviour { headers: headers.iter().map(own).collect(), ..Behaviour::default() };
    let set = one_whole_call("200", caller.talking(s(2)), Behaviour::default(), idle());
    let invite = set.message("us", "anna", "INVITE");
    for (name, value, crosses) in headers {
        assert_eq!(header(&invite, name), crosses.then_some(value), "{name}\n{invite}");
    }
}

/// DLG-12: identity crosses from one trusted trunk to another, and is told there who is withheld.
#[test]
fn dlg_12_identity_crosses_between_trusted_trunks() {
    let plan = PLAN.replace(
        "trunks:\n",
        "trunks:\n  phones: { accept_from: [10.0.0.2], peers: [\"sip:10.0.0.2\"], trusted: true }\n",
    );
    let mut set =
        set_with(&centralino::sim::HouseConfig { plan, ..config() }, Behaviour::default(), idle());
    let headers = [
        ("P-Asserted-Identity", "\"Mario\" <sip:+39333111@10.0.0.1>"),
        ("Privacy", "id"),
        ("X-Centralino-Loop", "somebody-elses"),
    ];
    let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    let caller = Behaviour { headers: headers.iter().map(own).collect(), ..Behaviour::default() };
    set.call("200", caller.talking(s(2)));
    set.finish();
    let invite = set.message("us", "anna", "INVITE");
    assert_eq!(header(&invite, "P-Asserted-Identity"), Some(headers[0].1), "{invite}");
    assert_eq!(header(&invite, "Privacy"), Some("id"), "{invite}");
    assert_eq!(invite.matches("X-Centralino-Loop: ").count(), 2, "theirs and ours: {invite}");
}

/// DLG-12: identity crosses only from a trunk that is trusted.
#[test]
fn dlg_12_identity_does_not_cross_from_a_trunk_that_is_not_trusted() {
    let plan = PLAN.replace("trusted: true", "trusted: false");
    let mut set =
        set_with(&centralino::sim::HouseConfig { plan, ..config() }, Behaviour::default(), idle());
    let identity = ("P-Asserted-Identity".to_owned(), "<sip:+39999@10.0.0.1>".to_owned());
    let caller = Behaviour { headers: vec![identity], ..Behaviour::default() };
    set.call("200", caller.talking(s(2)));
    set.finish();
    let invite = set.message("us", "anna", "INVITE");
    assert!(header(&invite, "P-Asserted-Identity").is_none() && !invite.contains("39999"));
    assert_eq!(set.cdr().opened.caller, "+39333111", "from From");
}

/// DLG-13, REAL-06: names with quotes, escapes and UTF-8 arrive unbroken; numbers from PAI, RPID,
/// From and tel:.
#[test]
fn dlg_13_and_real_06_the_caller_as_the_agent_sees_it() {
    let rows: [(&str, &str, &str); 7] = [
        ("", "\"Zoë \\\"Z\\\" Ω\" <sip:+39333@10.0.0.7>", "+39333"),
        ("P-Asserted-Identity: \"Mario\" <sip:+39444@10.0.0.7>", "<sip:x@10.0.0.7>", "+39444"),
        ("P-Asserted-Identity: <tel:+39-555-1>", "<sip:x@10.0.0.7>", "+395551"),
        (
            "Remote-Party-ID: \"R\" <sip:+39666@10.0.0.7>;party=calling",
            "<sip:x@10.0.0.7>",
            "+39666",
        ),
        ("", "<tel:+39777>", "+39777"),
        ("", "sip:+39888@10.0.0.7", "+39888"),
        ("", "<sip:alice@[2001:db8::1]:5062>", "alice"),
    ];
    for (extra, from, caller) in rows {
        let mut set = set(Behaviour::default().talking(s(1)), idle());
        let mut invite = Request::invite("200");
        invite.from = from.to_owned();
        if !extra.is_empty() {
            invite = invite.with(extra);
        }
        let got = statuses(&set.probe(&invite));
        assert_eq!(got, [180], "{from}\n{}", set.world.ladder);
        let ours = set.message("us", "anna", "INVITE");
        let shown = header(&ours, "From").unwrap_or_default().to_owned();
        assert!(shown.contains(&format!("sip:{caller}@")), "{from} {extra}: {shown}");
        if from.contains("Zo") {
            assert!(shown.starts_with("\"Zoë \\\"Z\\\" Ω\" <"), "{shown}");
        }
        set.run(s(4));
        let live = set.world.system().live();
        assert!(live.is_empty() || live.len() == 1);
        assert!(set.world.system().events().len() > 3);
    }
}

/// REAL-06: a withheld number may route, and is never shown, to nobody.
#[test]
fn real_06_a_withheld_number_is_never_shown() {
    for (privacy, from) in [
        (Some("id"), "\"Mario\" <sip:+39333444@10.0.0.7>"),
        (None, "\"Anonymous\" <sip:anonymous@anonymous.invalid>"),
        (Some("user;id"), "\"Anonymous\" <sip:anonymous@anonymous.invalid>"),
    ] {
        let mut set = set(Behaviour::default().talking(s(1)), idle());
        let mut invite =
            Request::invite("200").with("P-Asserted-Identity: \"Mario\" <sip:+39333444@10.0.0.7>");
        invite.from = from.to_owned();
        if let Some(privacy) = privacy {
            invite = invite.with(&format!("Privacy: {privacy}"));
        }
        let answer = probe_talks(&mut set, &invite);
        set.run(s(3));
        let ours = set.message("us", "anna", "INVITE");
        assert!(!ours.contains("39333444") && !ours.contains("Mario"), "{ours}");
        assert!(header(&ours, "From").is_some_and(|f| f.contains("anonymous.invalid")), "{ours}");
        assert!(header(&ours, "Privacy").is_some_and(|p| p.contains("id")), "{ours}");
        let bye = set.message("us", "probe", "BYE");
        let ok = response(&bye, "200 OK", PROBE, "x", "").replace(";tag=x", "");
        set.send_whole(PROBE, ok);
        set.finish();
        let cdr = set.cdr();
        assert!(cdr.opened.caller.is_empty() && cdr.opened.caller_withheld, "{cdr:?}");
        let _ = answer;
    }
}

/// REAL-24: a 200 without Contact, odd header writing: the call goes on.
#[test]
fn real_24_odd_answers_are_tolerated() {
    let odd = |text: String, row: usize| match row {
        0 => text.replace("Contact: <sip:other@10.0.0.2:5060>\r\n", ""),
        1 => text.replace("Call-ID:", "call-id  :").replace("CSeq:", "cseq:"),
        2 => text.replace("Contact:", "m:").replace("Content-Type:", "c:"),
        3 => text.replace("From: ", "f:  ").replace("Via: ", "v: "),
        _ => text.replace("200 OK", "200 "),
    };
    for row in 0..5 {
        let mut set = set(Behaviour::answering(Answer::Silent), idle());
        set.call("200", Behaviour::default());
        set.run(ms(5));
        let invite = set.message("us", "anna", "INVITE");
        set.send_whole(ANNA, odd(response(&invite, "200 OK", ANNA, "a", SDP_OF_ANNA), row));
        set.run(s(1));
        let ladder = &set.world.ladder;
        assert_eq!(ladder.count("us", "anna", "ACK"), 1, "row {row}\n{ladder}");
        assert_eq!(ladder.count("us", "caller", "200 INVITE"), 1, "row {row}\n{ladder}");
        set.world.act("caller", Action::HangUp);
        set.run(ms(10));
        let bye = set.message("us", "anna", "BYE");
        let ok = response(&bye, "200 OK", ANNA, "x", "").replace(";tag=x", "");
        set.send_whole(ANNA, ok.replace("Content-Length: 0", "X-Odd:\r\nContent-Length:0"));
        set.finish_unclean();
        assert_eq!(set.world.ladder.count("us", "anna", "BYE"), 1, "row {row}");
        set.assert_ended("caller", "normal_clearing");
    }
}

/// REAL-24: an answer whose lines end in bare LF.
#[test]
fn real_24_bare_line_feeds_are_tolerated() {
    let mut set = set(Behaviour::answering(Answer::Silent), idle());
    set.call("200", Behaviour::default());
    set.run(ms(5));
    let invite = set.message("us", "anna", "INVITE");
    let text = response(&invite, "486 Busy Here", ANNA, "a", "").replace("\r\n", "\n");
    set.send_whole(ANNA, text);
    set.run(ms(100));
    assert_eq!(set.world.ladder.count("us", "anna", "ACK"), 1, "{}", set.world.ladder);
}

/// TGT-05: a phone that challenges and whose trunk has credentials: once more with them, CSeq one
/// higher; the other side never sees it.
#[test]
fn tgt_05_a_challenge_is_answered_once() {
    use centralino::sip::auth::Credentials;
    let credentials = || Credentials { user: "us".into(), password: "secret".into() };
    let plan = PLAN.replace(
        "trunks:\n",
        "trunks:\n  phones: { accept_from: [10.0.0.2], peers: [\"sip:10.0.0.2\"], credentials: { user: us, password: secret } }\n",
    );
    let config = centralino::sim::HouseConfig { plan, ..config() };
    let anna = Behaviour { challenge: Some(credentials()), ..Behaviour::default() };
    let mut set = set_with(&config, anna, idle());
    set.call("200", Behaviour::default().talking(s(2)));
    set.finish();
    let ladder = &set.world.ladder;
    assert_eq!(ladder.count("us", "anna", "INVITE"), 2, "{ladder}");
    assert_eq!(ladder.count("us", "caller", "40"), 0, "{ladder}");
    set.assert_offers(&[("anna", "joined")]);
}

/// A message that is lost on the way in a dialog is sent again and means the same.
#[test]
fn in_dialog_requests_survive_loss() {
    for line in ["INVITE (sdp sendonly)", "200 INVITE", "ACK", "INFO", "200 INFO"] {
        let mut set = set(Behaviour::default(), idle());
        let caller = Behaviour::default()
            .then(s(1), Action::Hold)
            .then(s(4), Action::Resume)
            .then(s(7), Action::Info('5'))
            .talking(s(10));
        set.call("200", caller);
        set.run(ms(1500));
        set.world.net.add_rule(Rule::lose(line.split(' ').next().unwrap_or(line)));
        set.finish();
        assert!(!set.saw("anna").held, "{line}");
        assert_eq!(set.saw("caller").ended, Some(Ended::ByUs));
    }
}
