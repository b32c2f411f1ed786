//! The stage of the ladder tests: who is there, and how a run is compared.
#![expect(clippy::panic, reason = "a helper of tests may panic")]

use centralino::sim::{
    Behaviour, Input, Ladder, Nobody, Node, Phone, PhoneConfig, PlaceCall, Report, World,
};
use std::net::IpAddr;
use std::time::Duration;

/// Where the caller's phone lives.
pub(crate) const CALLER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 1));
/// Where Anna's phone lives.
pub(crate) const ANNA: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 2));

/// Seconds.
pub(crate) fn s(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Milliseconds.
pub(crate) fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

/// A world of a caller and Anna, who takes calls in this way; the caller sends 440 Hz.
pub(crate) fn caller_and_anna(seed: u64, anna: Behaviour) -> World<Nobody> {
    let mut world = World::of_phones(seed);
    world.add_phone(Phone::new(PhoneConfig::new("caller", CALLER, Behaviour::default())));
    world.add_phone(Phone::new(PhoneConfig::new("anna", ANNA, anna)));
    world
}

/// The caller calls Anna.
pub(crate) fn call_anna(world: &mut World<Nobody>, caller: Behaviour) {
    let call = PlaceCall::new("anna", (ANNA, 5060).into(), caller.with_tone(440));
    world.tell("caller", Input::Place(Box::new(call)));
}

/// One call from its INVITE until nothing waits for anything.
pub(crate) fn one_call(seed: u64, caller: Behaviour, anna: Behaviour) -> World<Nobody> {
    let mut world = caller_and_anna(seed, anna.with_tone(697));
    call_anna(&mut world, caller);
    finish(&mut world);
    world
}

/// Runs until nothing is under way any more.
pub(crate) fn finish<S: Node>(world: &mut World<S>) {
    let quiet = world.run_until_quiet(s(3600));
    assert!(quiet, "still busy after an hour, seed {}:\n{}", world.net.seed(), world.ladder);
}

/// What a phone saw of its last call.
pub(crate) fn report<'a, S: Node>(world: &'a World<S>, name: &str) -> &'a Report {
    world.last_report(name).unwrap_or_else(|| panic!("{name} had no call:\n{}", world.ladder))
}

/// The ladder is this and nothing else.
#[track_caller]
pub(crate) fn assert_ladder(ladder: &Ladder, wanted: &str) {
    if let Err(difference) = ladder.compare(wanted) {
        panic!("{difference}");
    }
}

/// Neither phone found anything wrong with the other.
#[track_caller]
pub(crate) fn assert_clean<S: Node>(world: &World<S>, names: &[&str]) {
    for name in names {
        let noticed = &report(world, name).noticed;
        assert!(noticed.is_empty(), "{name} noticed {noticed:?}\n{}", world.ladder);
    }
}
