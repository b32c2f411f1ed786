//! Numbers that go out by a route: which one, over which trunk, as what, and who may.

use super::set::*;
use crate::stage::*;
use centralino::sim::{Answer, Behaviour, Ended, Faults, HouseConfig, PlaceCall};

/// Anna's phone is the trunk `far`, Bruno's the trunk `other`, whose calls come in as well. Every
/// number that the plan does not know is dialled. The carrier's callers may go to Italy.
fn with_routes(carrier: &str, far: &str, other: &str) -> Set {
    let trunks = format!(
        "trunks:
  far: {{ peers: \"sip:10.0.0.2\"{far} }}
  other: {{ peers: \"sip:10.0.0.3\", accept_from: [10.0.0.3]{other} }}
"
    );
    let plan = PLAN
        .replace("  carrier:\n", &format!("  carrier:\n{carrier}"))
        .replace("trunks:\n", &trunks)
        .replace(
            "  default: { refuse: 404 }\n",
            "  default: { dial: \"tel:${called}\", ring: 60s }\n",
        )
        .replace(
            "flows:\n",
            "routes:
  italy:
    numbers: [\"+39...\", \"0...\"]
    trunks: [far, other]
    from: carrier
    strip: 1
    prefix: \"00\"
    caller: \"+3902${caller.last(3)}\"
  premium: { numbers: \"+39899...\", refuse: 603 }
  help: { numbers: \"112\", trunks: [far, other], emergency: true }
flows:
",
        );
    set_with(&HouseConfig { plan, ..config() }, Behaviour::default(), Behaviour::default())
}

fn stays(seconds: u64) -> Behaviour {
    Behaviour::default().talking(s(seconds))
}

/// What the records say of routes: route, trunk, outcome of each number that was dialled.
fn routed(set: &Set) -> Vec<String> {
    let taken = set.world.system().cdrs().iter().flat_map(|cdr| &cdr.routes);
    let name = |name: &Option<String>| name.clone().unwrap_or_else(|| "-".to_owned());
    taken.map(|t| format!("{} {} {}", name(&t.route), name(&t.trunk), t.outcome)).collect()
}

fn ended(set: &Set) -> Vec<Option<Ended>> {
    let phone = set.world.phone("caller");
    phone.into_iter().flat_map(|phone| phone.reports()).map(|(_, r)| r.ended).collect()
}

/// The number goes to the first trunk as the route writes it, with the number that it shows; the
/// record names route and trunk.
#[test]
fn a_number_goes_out_by_its_route() {
    let mut set = with_routes("", "", "");
    set.call("+39333123456", stays(2));
    set.finish();
    let invite = set.message("us", "anna", "INVITE");
    let uri = "INVITE sip:0039333123456@10.0.0.2;user=phone SIP/2.0\r\n";
    assert!(invite.starts_with(uri), "{invite}");
    let from = header(&invite, "From").unwrap_or_default();
    assert!(from.starts_with("<sip:+3902111@10.0.0.9"), "{from}");
    assert_eq!(routed(&set), ["italy far tried"]);
    set.assert_offers(&[("far", "joined")]);
    assert_eq!(ended(&set), [Some(Ended::ByUs)]);
}

/// A trunk that cannot be reached leads to the route's next, in the one offer; a callee's own answer
/// does not.
#[test]
fn the_next_trunk_is_taken_when_one_cannot_be_reached() {
    for (status, other) in [(503, true), (486, false), (404, false)] {
        let mut set = with_routes("", "", "");
        set.world.behave("anna", Behaviour::answering(Answer::refuse(status)));
        set.call("+39333", stays(2));
        set.finish();
        assert_eq!(set.world.ladder.count("us", "bruno", "INVITE"), usize::from(other), "{status}");
        if other {
            assert_eq!(routed(&set), ["italy far tried", "italy other tried"]);
            let invite = set.message("us", "bruno", "INVITE");
            let uri = "INVITE sip:0039333@10.0.0.3;user=phone SIP/2.0\r\n";
            assert!(invite.starts_with(uri), "{invite}");
            assert!(set.saw("caller").heard(BRUNO_HZ));
        } else {
            assert_eq!(ended(&set), [Some(Ended::Refused(status))]);
        }
    }
}

/// Who may not use a route is told so, and a wider one is no way around it; what no route has is not
/// found.
#[test]
fn a_number_that_does_not_go_out_says_why() {
    let mut set = with_routes("", "", "");
    for (number, status) in [("+39899123", 603), ("+44123", 404), ("anna", 404)] {
        set.call(number, stays(1));
        set.run(s(2));
        assert_eq!(ended(&set).last(), Some(&Some(Ended::Refused(status))), "{number}");
    }
    // Bruno's trunk is not let.
    let call = PlaceCall::new("+39333", (US, 5060).into(), stays(1));
    set.world.place("bruno", call);
    set.run(s(2));
    let ended = set.world.last_report("bruno").and_then(|report| report.ended);
    assert_eq!(ended, Some(Ended::Refused(403)), "{}", set.world.ladder);
    set.finish();
    let wanted = ["premium - refused", "- - no_route", "- - no_route", "italy - not_allowed"];
    assert_eq!(routed(&set), wanted);
    assert_eq!(set.world.ladder.count("us", "anna", "INVITE"), 0);
}

/// A trunk that carries as many calls as it may leads to the next; when all do, the caller gets 503.
/// A place is free when the leg ends, however long its phone takes to hear of it.
#[test]
fn a_full_trunk_leads_to_the_next() {
    let mut set = with_routes("", ", limits: { outbound_calls: 1 }", ", limits: { channels: 1 }");
    let dead = Faults { ignore_bye: true, ..Faults::default() };
    set.world.behave("anna", Behaviour { faults: dead, ..Behaviour::default().with_tone(ANNA_HZ) });
    for _ in 0..3 {
        set.call("+39333", stays(4));
        set.run(ms(500));
    }
    let full = Some(Ended::Refused(503));
    assert_eq!(ended(&set), [None, None, full], "{}", set.world.ladder);
    // The channel of `other` is for calls from there as well.
    let call = PlaceCall::new("100", (US, 5060).into(), stays(1));
    set.world.place("bruno", call);
    set.run(s(1));
    assert_eq!(set.world.last_report("bruno").and_then(|report| report.ended), full);
    set.run(s(4));
    set.call("+39333", stays(1));
    set.finish_unclean();
    assert_eq!(ended(&set).last(), Some(&Some(Ended::ByUs)), "{}", set.world.ladder);
    assert_eq!(
        routed(&set),
        [
            "italy far full",
            "italy other full",
            "italy far tried",
            "italy far full",
            "italy other tried",
            "italy far tried",
        ]
    );
}

/// New calls a second to a trunk.
#[test]
fn a_trunk_gets_no_more_new_calls_a_second_than_it_may() {
    let mut set = with_routes("", ", limits: { outbound_per_second: 2 }", "");
    for _ in 0..3 {
        set.call("+39333", stays(1));
    }
    set.finish();
    let count = |to| set.world.ladder.count("us", to, "INVITE");
    assert_eq!((count("anna"), count("bruno")), (2, 1), "{}", set.world.ladder);
}

/// Emergency calls are let in and out beyond the limits, from everywhere, and while the router drains;
/// they are counted, so that others wait for them.
#[test]
fn an_emergency_call_is_held_by_no_limit() {
    let one = ", limits: { outbound_calls: 1 }";
    let mut set = with_routes("    limits: { calls: 1, per_second: 1 }\n", one, one);
    for _ in 0..3 {
        set.call("112", stays(3));
    }
    set.run(ms(500));
    set.call("+39333", stays(1));
    let call = PlaceCall::new("112", (US, 5060).into(), stays(1));
    set.world.place("bruno", call);
    set.run(ms(2500));
    assert_eq!(ended(&set), [None, None, None, Some(Ended::Refused(503))]);
    let of_pbx = set.world.last_report("bruno").and_then(|report| report.ended);
    assert_eq!(of_pbx, Some(Ended::ByUs), "{}", set.world.ladder);
    set.run(s(5));
    set.world.with_system(|house, now, out| house.drain(now, out));
    set.call("112", stays(1));
    set.call("+39333", stays(1));
    set.finish();
    let (through, refused) = (Some(Ended::ByUs), Some(Ended::Refused(503)));
    assert_eq!(ended(&set), [through, through, through, refused, through, refused]);
    assert_eq!(routed(&set), ["help far tried"; 5]);
    assert_eq!(set.world.ladder.count("us", "anna", "INVITE"), 5, "{}", set.world.ladder);
}

/// A number that the plan answers by a target of its own is no emergency call, though a route has it:
/// whoever dials it is held by the trunk's limits.
#[test]
fn a_number_that_does_not_go_out_is_no_emergency() {
    let own =
        "    limits: { calls: 1 }\n    numbers: { \"112\": { dial: \"sip:anna@10.0.0.2\" } }\n";
    let mut set = with_routes(own, "", "");
    set.call("112", stays(3));
    set.run(ms(500));
    set.call("112", stays(1));
    set.finish();
    assert_eq!(ended(&set), [Some(Ended::ByUs), Some(Ended::Refused(503))]);
}
