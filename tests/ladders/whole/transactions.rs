//! Transactions as a whole call sees them: repeats, missing ACKs, late and forked answers.

use super::probe::*;
use super::set::*;
use crate::stage::*;
use centralino::sim::net::{Link, Rule, Weather};
use centralino::sim::{Answer, Behaviour, Ended, Faults};

/// TXN-05, TXN-09: a caller that sends everything twice has one call.
#[test]
fn txn_05_a_caller_that_says_everything_twice() {
    let faults = Faults { everything_twice: true, ..Faults::default() };
    let caller = Behaviour { faults, ..Behaviour::default() }.talking(s(3));
    let set = one_whole_call("200", caller, Behaviour::default(), idle());
    let ladder = &set.world.ladder;
    assert_eq!(ladder.count("us", "anna", "INVITE"), 1, "{ladder}");
    assert_eq!(ladder.count("us", "anna", "BYE"), 1, "{ladder}");
    assert_eq!(ladder.count("us", "caller", "180 INVITE"), 2, "the last provisional again");
    set.assert_ended("caller", "normal_clearing");
}

/// TXN-05: the repeat comes later, by T1: our provisional was lost.
#[test]
fn txn_05_a_repeated_invite_gets_the_last_provisional() {
    let mut set = set(Behaviour::answering(Answer::After(s(2))), idle());
    set.world.net.add_rule(Rule { from: Some(US), count: 1, ..Rule::lose("180 INVITE") });
    set.call("200", Behaviour::default().talking(s(1)));
    set.finish();
    let ladder = &set.world.ladder;
    assert_eq!(ladder.count("caller", "us", "INVITE"), 2, "{ladder}");
    assert_eq!(ladder.count("us", "caller", "180 INVITE"), 2, "{ladder}");
    assert_eq!(ladder.count("us", "anna", "INVITE"), 1, "{ladder}");
}

/// TXN-07: our 2xx is never acknowledged: BYE to both after 64·T1.
#[test]
fn txn_07_a_2xx_that_is_never_acknowledged() {
    let faults = Faults { drop_acks: 1000, ..Faults::default() };
    let caller = Behaviour { faults, ..Behaviour::default() };
    let mut set = set(Behaviour::default(), idle());
    set.call("200", caller);
    set.finish_unclean();
    let ladder = &set.world.ladder;
    assert_eq!(ladder.count("us", "caller", "200 INVITE"), 11, "{ladder}");
    for name in ["caller", "anna"] {
        let bye = ladder.rungs().iter().find(|r| r.to == name && r.what == "BYE");
        let at = bye.map(|r| r.at.0 / 1000);
        assert!(at.is_some_and(|ms| (33_000..33_100).contains(&ms)), "{name}\n{ladder}");
    }
    set.assert_ended("system", "no_ack");
}

/// TXN-10: an agent answers when nobody waits any more: ACK and BYE, no dead air.
#[test]
fn txn_10_an_answer_that_comes_too_late_is_acked_and_byed() {
    let anna = Behaviour { ring_after: None, ..Behaviour::answering(Answer::After(s(6))) };
    let mut set = set(anna, Behaviour::default());
    set.world.net.add_rule(Rule { from: Some(ANNA), count: 100, ..Rule::lose("100 INVITE") });
    set.call("200", Behaviour::default().talking(s(5)));
    set.finish();
    set.assert_offers(&[("anna", "unreachable"), ("bruno", "joined")]);
    let ladder = &set.world.ladder;
    assert_eq!(ladder.count("us", "anna", "ACK"), 1, "{ladder}");
    assert_eq!(ladder.count("us", "anna", "BYE"), 1, "{ladder}");
    assert_eq!(set.saw("anna").ended, Some(Ended::ByPeer));
    assert!(set.saw("caller").heard(BRUNO_HZ));
}

/// TXN-11: forked 2xx with other tags: each is acknowledged and ended.
#[test]
fn txn_11_forked_answers_are_acked_and_byed() {
    let faults = Faults { forked_answers: 2, ..Faults::default() };
    let anna = Behaviour { faults, ..Behaviour::default() };
    let set = one_whole_call("200", Behaviour::default().talking(s(3)), anna, idle());
    assert_eq!(set.saw("anna").forks_ended, (2, 2), "{}", set.world.ladder);
    assert_eq!(set.world.ladder.count("us", "caller", "200 INVITE"), 1, "{}", set.world.ladder);
    assert!(set.saw("caller").heard(ANNA_HZ) && set.saw("anna").heard(CALLER_HZ));
    set.assert_ended("caller", "normal_clearing");
}

/// TXN-15: the same request by two ways: 482 to the second.
#[test]
fn txn_15_a_merged_request_gets_482() {
    let mut set = set(Behaviour::default(), idle());
    let first = Request::invite("200");
    assert_eq!(statuses(&set.probe(&first)), [180]);
    let second = first.clone().branch("other-way");
    assert_eq!(statuses(&set.probe(&second)), [482], "{}", set.world.ladder);
    let ack = Request { branch: second.branch.clone(), ..set.inside(&first, "", "ACK") };
    set.probe(&ack);
    assert_eq!(set.world.system().calls().len(), 1);
    let cancel = Request { branch: first.branch.clone(), ..Request::new("CANCEL", "200") };
    assert_eq!(statuses(&set.probe(&cancel)), [200, 487], "{}", set.world.ladder);
    let refused = set.message("us", "probe", "487");
    let ack = Request { branch: first.branch.clone(), ..set.inside(&first, &refused, "ACK") };
    set.probe(&ack);
    set.finish();
}

/// TXN-12: an INVITE that we answer at once gets no 100; one that takes longer does.
#[test]
fn txn_12_a_100_comes_after_200_ms() {
    let anna = Behaviour { ring_after: Some(s(1)), ..Behaviour::default() };
    let set = one_whole_call("300", Behaviour::default().talking(s(3)), anna, idle());
    let trying = set.message("us", "caller", "100 INVITE");
    assert!(!header(&trying, "To").is_some_and(|to| to.contains("tag=")), "{trying}");
    let rung = set.world.ladder.rungs().iter().find(|r| r.what == "100 INVITE" && r.from == "us");
    assert_eq!(rung.map(|r| r.at.0), Some(201_000), "{}", set.world.ladder);
}

/// The whole call with loss, duplicates and reordering, from many seeds: it begins, they hear each
/// other, it ends, nothing is left.
#[test]
fn bad_weather_by_seed() {
    let weather =
        Weather { jitter: ms(30), loss_permille: 150, twice_permille: 50, ..Weather::default() };
    for seed in 0..25 {
        let config = centralino::sim::HouseConfig { seed, workers: 2, delay: ms(2), ..config() };
        let mut set = set_with(&config, Behaviour::default(), Behaviour::default());
        set.run(ms(20));
        let rtp = Weather { jitter: ms(10), ..Weather::default() };
        set.world.net.set_usual(Link { sip: weather, rtp });
        set.call("200", Behaviour::default().talking(s(40)));
        finish(&mut set.world);
        let (house, ladder) = (set.world.system(), &set.world.ladder);
        assert_eq!(house.remains(), Default::default(), "seed {seed}\n{ladder}");
        assert_eq!(house.cdrs().len(), house.calls().len(), "seed {seed}\n{ladder}");
    }
}
