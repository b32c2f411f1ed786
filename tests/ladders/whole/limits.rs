//! New calls that are not taken: a trunk's own limits, and a record that cannot be kept. The caller's
//! carrier gets 503 with Retry-After; calls that run go on.

use super::set::*;
use crate::stage::*;
use centralino::base::WorkerId;
use centralino::sim::{Behaviour, CallNo, Ended, Faults, HouseConfig, PlaceCall, Remains};
use centralino::worker::Refusal;

/// The carrier may do so much; Bruno's phone is the PBX of a second trunk, without limits.
fn limited(limits: &str) -> Set {
    limited_with(limits, config())
}

fn limited_with(limits: &str, house: HouseConfig) -> Set {
    let plan = PLAN
        .replace("  carrier:\n", &format!("  carrier:\n    limits: {{ {limits} }}\n"))
        .replace("trunks:\n", "trunks:\n  pbx: { accept_from: [10.0.0.3] }\n");
    assert!(plan.contains(limits) && plan.contains("pbx"));
    set_with(&HouseConfig { plan, ..house }, idle(), idle())
}

/// A caller who listens to the menu for so many seconds.
fn stays(seconds: u64) -> Behaviour {
    Behaviour::default().talking(s(seconds))
}

/// How each of the caller's calls ended, in order.
fn ends(set: &Set) -> Vec<Option<Ended>> {
    let phone = set.world.phone("caller");
    phone.into_iter().flat_map(|phone| phone.reports()).map(|(_, r)| r.ended).collect()
}

/// The refusals of a trunk by its name in the plan.
fn refused(set: &Set, trunk: &str, why: Refusal) -> u64 {
    let house = set.world.system();
    let id = house.plan().trunks.iter().find(|t| &*t.name == trunk).map(|t| t.id);
    let workers = (0..=u8::MAX).map_while(|id| house.worker_at(WorkerId(id)));
    id.map_or(0, |id| workers.map(|worker| worker.refusals().of(id, why)).sum())
}

#[track_caller]
fn assert_retry_after(set: &Set, seconds: &str) {
    let refusals = set.messages("us", "caller", "503 INVITE");
    assert!(!refusals.is_empty(), "{}", set.world.ladder);
    for refusal in refusals {
        assert_eq!(header(&refusal, "Retry-After"), Some(seconds), "{refusal}");
        assert!(header(&refusal, "To").is_some_and(|to| to.contains(";tag=")), "{refusal}");
    }
}

/// OVL-01: calls beyond the trunk's limit get 503; a place is free again when a call is over; another
/// trunk is not touched.
#[test]
fn ovl_01_a_trunk_has_no_more_calls_at_a_time_than_its_limit() {
    let mut set = limited("calls: 2");
    set.call("100", stays(3));
    set.call("100", stays(6));
    set.run(ms(500));
    set.call("100", stays(3));
    let pbx = PlaceCall::new("100", (US, 5060).into(), stays(3));
    assert_eq!(set.world.place("bruno", pbx), Some(CallNo(1)));
    set.run(s(1));
    assert_eq!(ends(&set), [None, None, Some(Ended::Refused(503))], "{}", set.world.ladder);
    assert_eq!(set.world.system().live().len(), 3, "two of the carrier, one of the other trunk");
    assert_retry_after(&set, "5");
    // The first is over after three seconds.
    set.run(s(3));
    set.call("100", stays(1));
    set.call("100", stays(1));
    set.finish();
    let (stayed, full) = (Some(Ended::ByUs), Some(Ended::Refused(503)));
    assert_eq!(ends(&set), [stayed, stayed, full, stayed, full], "{}", set.world.ladder);
    assert_eq!(refused(&set, "carrier", Refusal::TrunkCalls), 2);
    assert_eq!(refused(&set, "pbx", Refusal::TrunkCalls), 0);
    assert_eq!(set.world.system().cdrs().len(), 4, "what was not taken is no call");
}

/// OVL-01: a second's worth of calls at once, and then as many as time lets in. A refused call costs
/// nothing.
#[test]
fn ovl_01_a_trunk_begins_no_more_calls_a_second_than_its_limit() {
    let mut set = limited("per_second: 2");
    for _ in 0..4 {
        set.call("100", stays(1));
    }
    set.run(ms(500));
    assert_retry_after(&set, "5");
    let one = set.call("100", stays(1));
    let pbx = PlaceCall::new("100", (US, 5060).into(), stays(1));
    set.world.place("bruno", pbx);
    set.run(ms(50));
    set.call("100", stays(1));
    set.finish();
    assert_eq!(one, CallNo(5));
    let (stayed, beyond) = (Some(Ended::ByUs), Some(Ended::Refused(503)));
    assert_eq!(ends(&set), [stayed, stayed, beyond, beyond, stayed, beyond]);
    assert_eq!(refused(&set, "carrier", Refusal::TrunkRate), 3);
    assert_eq!(refused(&set, "pbx", Refusal::TrunkRate), 0);
    assert_eq!(set.world.system().cdrs().len(), 4);
}

/// OVL-01: a limit is the trunk's, however its calls fall to the workers: each of them has the same
/// count in hand.
#[test]
fn ovl_01_eight_workers_let_in_what_the_limit_says() {
    for seed in 1..=3 {
        let eight = || HouseConfig { workers: 8, seed, ..config() };
        let mut set = limited_with("per_second: 10", eight());
        for _ in 0..10 {
            set.call("100", stays(1));
        }
        set.call("100", stays(1));
        set.finish();
        let ended = |set: &Set, how| ends(set).iter().filter(|end| **end == Some(how)).count();
        assert_eq!(ended(&set, Ended::ByUs), 10, "seed {seed}: {:?}", ends(&set));
        assert_eq!(ended(&set, Ended::Refused(503)), 1, "seed {seed}");
        assert_eq!(refused(&set, "carrier", Refusal::TrunkRate), 1);
        let mut set = limited_with("calls: 10", eight());
        for _ in 0..12 {
            set.call("100", stays(1));
        }
        set.run(s(3));
        set.call("100", stays(1));
        set.finish();
        assert_eq!(ended(&set, Ended::ByUs), 11, "seed {seed}: {:?}", ends(&set));
        assert_eq!(refused(&set, "carrier", Refusal::TrunkCalls), 2);
    }
}

/// OVL-01, BYE-03: an agent's phone that is gone does not answer our BYE for half a minute: that is
/// not the trunk's, whose caller has long hung up.
#[test]
fn ovl_01_a_dead_agent_holds_no_place_of_the_trunk() {
    let mut set = limited("calls: 1");
    let dead = Faults { ignore_bye: true, ..Faults::default() };
    set.world.behave("anna", Behaviour { faults: dead, ..Behaviour::default() });
    set.call("300", stays(3));
    set.run(s(5));
    assert_eq!(ends(&set), [Some(Ended::ByUs)], "{}", set.world.ladder);
    assert!(set.world.system().remains() != Remains::default(), "the agent's BYE is repeated");
    set.call("100", stays(1));
    set.finish_unclean();
    assert_eq!(ends(&set), [Some(Ended::ByUs); 2], "{}", set.world.ladder);
    assert_eq!(refused(&set, "carrier", Refusal::TrunkCalls), 0);
}

/// A call that its phone gives up, or that no flow takes, leaves its place as well.
#[test]
fn ovl_01_a_place_is_free_however_the_call_ended() {
    let mut set = limited("calls: 1");
    let gives_up = Behaviour { give_up_after: Some(s(2)), ..Behaviour::default() };
    for (number, caller) in [("200", gives_up), ("999", stays(1)), ("600", stays(1))] {
        set.world.behave("anna", Behaviour::answering(centralino::sim::Answer::Never));
        set.call(number, caller);
        set.run(s(3));
    }
    set.call("100", stays(1));
    set.finish();
    assert_eq!(ends(&set).last(), Some(&Some(Ended::ByUs)), "{}", set.world.ladder);
    assert_eq!(refused(&set, "carrier", Refusal::TrunkCalls), 0);
}

/// While no record can be kept, new calls get 503, OPTIONS as well (RFC 3261 §11.2), and a running one
/// goes on to its end; then calls are taken again.
#[test]
fn ovl_01_without_a_record_no_call_is_taken_and_running_ones_go_on() {
    let mut set = set(idle(), idle());
    set.call("400", stays(8));
    set.run(s(2));
    set.world.with_system(|house, now, out| house.set_recording(false, now, out));
    set.call("100", stays(1));
    set.send_from(
        PROBE,
        "OPTIONS sip:10.0.0.9 SIP/2.0
         Via: SIP/2.0/UDP 10.0.0.7;branch=z9hG4bK-options
         Max-Forwards: 70
         From: <sip:probe@10.0.0.7>;tag=probe
         To: <sip:10.0.0.9>
         Call-ID: options@10.0.0.7
         CSeq: 1 OPTIONS
         Content-Length: 0",
    );
    set.run(s(10));
    assert_eq!(ends(&set), [Some(Ended::ByUs), Some(Ended::Refused(503))]);
    assert_eq!(set.probed(), ["503 OPTIONS"]);
    assert_retry_after(&set, "10");
    assert!(set.saw("anna").heard(CALLER_HZ), "the running call went on");
    assert_eq!(refused(&set, "carrier", Refusal::Record), 1);
    set.world.with_system(|house, now, out| house.set_recording(true, now, out));
    set.call("100", stays(1));
    set.finish();
    assert_eq!(ends(&set).last(), Some(&Some(Ended::ByUs)), "{}", set.world.ladder);
    assert_eq!(refused(&set, "carrier", Refusal::Record), 1);
}
