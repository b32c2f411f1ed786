//! Which trunk a call came from decides what its called number leads to, where the trunk says so.

use super::set::*;
use crate::stage::*;
use centralino::sim::{Behaviour, Ended, HouseConfig, PlaceCall};

/// The caller's carrier and a PBX (Bruno's phone), of which the PBX has numbers of its own.
fn with_a_pbx(own: &str) -> Set {
    let pbx = format!("trunks:\n  pbx: {{ accept_from: [10.0.0.3], numbers: {{ {own} }} }}\n");
    let plan = PLAN.replace("trunks:\n", &pbx);
    set_with(&HouseConfig { plan, ..config() }, Behaviour::default(), idle())
}

/// The PBX calls this number; how that ended.
fn pbx_calls(set: &mut Set, number: &str) -> Option<Ended> {
    let call = PlaceCall::new(number, (US, 5060).into(), Behaviour::default().talking(s(1)));
    set.world.place("bruno", call);
    set.run(s(10));
    set.world.last_report("bruno").and_then(|report| report.ended)
}

/// A number of the trunk comes before the plan's, for its calls only; what it does not name goes by
/// the plan's.
#[test]
fn a_trunk_s_own_numbers_come_first() {
    let mut set = with_a_pbx("\"100\": { dial: \"sip:anna@10.0.0.2\" }, \"1xx\": { refuse: 486 }");
    assert_eq!(pbx_calls(&mut set, "100"), Some(Ended::ByUs), "{}", set.world.ladder);
    assert_eq!(set.world.ladder.count("us", "anna", "INVITE"), 1, "{}", set.world.ladder);
    assert_eq!(pbx_calls(&mut set, "101"), Some(Ended::Refused(486)));
    assert_eq!(pbx_calls(&mut set, "300"), Some(Ended::ByUs), "by the plan's numbers");
    assert_eq!(set.world.ladder.count("us", "anna", "INVITE"), 2, "{}", set.world.ladder);
    assert_eq!(pbx_calls(&mut set, "999"), Some(Ended::Refused(404)), "by the plan's default");
    set.call("100", Behaviour::default().talking(s(3)));
    set.finish();
    assert!(set.saw("caller").heard(WELCOME_HZ), "the carrier's call goes to the flow");
}

/// With a `default` of its own no call of the trunk goes by the plan's numbers.
#[test]
fn a_trunk_s_own_default_takes_the_rest() {
    let mut set = with_a_pbx("\"1xx\": { refuse: 486 }, default: { refuse: 603 }");
    assert_eq!(pbx_calls(&mut set, "100"), Some(Ended::Refused(486)));
    assert_eq!(pbx_calls(&mut set, "300"), Some(Ended::Refused(603)), "{}", set.world.ladder);
    set.call("300", Behaviour::default().talking(s(1)));
    set.finish();
    assert_eq!(set.world.ladder.count("us", "anna", "INVITE"), 1, "{}", set.world.ladder);
}
