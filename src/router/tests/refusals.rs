//! The table of refusals, row by row.

use super::*;

/// P2: the caller keeps place and clock, and the next agent rings at once.
#[test]
fn tgt_04_a_refused_contact_goes_to_the_next_agent_with_its_place() {
    for cause in [Cause::Busy, Cause::NoAnswer, Cause::Declined, Cause::Unreachable] {
        let mut floor = Floor::new(&plain(2));
        let first = floor.enqueue(1).unwrap();
        floor.wait(5);
        floor.refuse(&first, cause);
        let second = floor.offer();
        assert_eq!((second.contact, second.agent), (call(1), 2), "{cause}");
        assert_eq!(floor.decisions()[0].waited_ms, 5_000);
        assert!(second.lease.epoch > first.lease.epoch);
    }
}

#[test]
fn tgt_04_a_busy_agent_is_left_alone_and_gets_the_contact_again_after_a_while() {
    let mut floor = Floor::new(&plain(1));
    let offer = floor.enqueue(1).unwrap();
    floor.refuse_and_end(&offer, Cause::Busy);
    assert_eq!(floor.activity(1), AgentActivity::BackingOff);
    floor.enqueue(2);
    assert_eq!(floor.ruled_out(1), "backing off");
    floor.wait(9);
    assert!(floor.offers().is_empty());
    floor.wait(1);
    assert_eq!(floor.offer().contact, call(2), "1 is still not to be shown to this agent");
    let second = floor.offer();
    floor.talk(&second, 5);
    assert!(floor.offers().is_empty());
    floor.wait(15);
    assert_eq!(floor.offer().contact, call(1));
}

#[test]
fn an_agent_who_does_not_answer_three_times_in_a_row_is_paused_until_ready() {
    let mut floor = Floor::new(&plain(1));
    let mut offer = floor.enqueue(1).unwrap();
    for _ in 0..2 {
        floor.refuse_and_end(&offer, Cause::NoAnswer);
        assert_eq!(floor.activity(1), AgentActivity::BackingOff);
        floor.wait(30);
        offer = floor.offer();
    }
    floor.refuse_and_end(&offer, Cause::NoAnswer);
    assert_eq!(floor.activity(1), AgentActivity::Paused);
    floor.wait(3_600);
    assert!(floor.offers().is_empty());
    floor.enqueue(2);
    assert_eq!(floor.ruled_out(1), "paused: did not answer");
    floor.set(1, true, "");
    assert_eq!(floor.offer().contact, call(1));
}

#[test]
fn an_answer_forgives_the_offers_missed_before() {
    let mut floor = Floor::new(&plain(1));
    for n in 0..6 {
        let offer = floor.enqueue(n).unwrap();
        if n % 3 == 2 {
            floor.talk(&offer, 5);
        } else {
            floor.refuse_and_end(&offer, Cause::NoAnswer);
            floor.gone(n);
            floor.wait(30);
        }
    }
    assert_eq!(floor.activity(1), AgentActivity::Ready);
}

#[test]
fn a_declined_contact_never_comes_back_while_others_are_there_and_the_agent_stays_ready() {
    let mut floor = Floor::new(&plain(2));
    let other = floor.enqueue(9).unwrap();
    floor.accept(&other);
    let offer = floor.enqueue(1).unwrap();
    assert_eq!((other.agent, offer.agent), (1, 2));
    floor.refuse_and_end(&offer, Cause::Declined);
    assert_eq!(floor.activity(2), AgentActivity::Ready);
    assert_eq!(floor.enqueue(2).unwrap().agent, 2, "another contact rings at once");
    floor.gone(2);
    let id = *floor.router.leases.keys().last().unwrap();
    floor.ended(&Offered { contact: call(2), lease: Lease { id, epoch: 1 }, ..offer.clone() });
    floor.wait(600);
    assert!(floor.offers().is_empty(), "1 talks, but is there");
    // The other goes on a break: now there is nobody else.
    floor.set(1, false, "lunch");
    assert_eq!((floor.offer().contact, floor.offer().agent), (call(1), 2));
}

#[test]
fn the_only_agent_gets_a_declined_contact_again_but_not_in_a_loop() {
    let mut floor = Floor::new(&plain(1));
    let offer = floor.enqueue(1).unwrap();
    floor.refuse_and_end(&offer, Cause::Declined);
    assert!(floor.offers().is_empty());
    floor.wait(29);
    assert!(floor.offers().is_empty());
    floor.wait(1);
    assert_eq!(floor.offer().contact, call(1));
}

#[test]
fn tgt_04_an_agent_who_is_not_reachable_is_tried_on_every_phone_and_then_left_alone_for_longer() {
    let mut roster = plain(1);
    roster.agents[0].contacts = vec![Arc::from("sip:desk"), Arc::from("sip:mobile")];
    let mut floor = Floor::new(&roster);
    let mut offer = floor.enqueue(1).unwrap();
    for rest in [5, 10, 20, 40, 80, 160, 300, 300] {
        assert_eq!(offer.target, "sip:desk");
        floor.refuse_and_end(&offer, Cause::Unreachable);
        offer = floor.offer();
        assert_eq!(offer.target, "sip:mobile", "at once");
        floor.refuse_and_end(&offer, Cause::NotFound);
        assert!(floor.offers().is_empty());
        assert_eq!(floor.activity(1), AgentActivity::BackingOff);
        floor.wait(rest - 1);
        assert!(floor.offers().is_empty(), "{rest} s");
        floor.wait(1);
        offer = floor.offer();
    }
    // One answer, and it begins anew.
    floor.talk(&offer, 5);
    let offer = floor.enqueue(2).unwrap();
    floor.refuse_and_end(&offer, Cause::Unreachable);
    let offer = floor.offer();
    floor.refuse_and_end(&offer, Cause::Unreachable);
    floor.wait(5);
    assert_eq!(floor.offer().target, "sip:desk");
}

#[test]
fn a_leg_that_ends_without_a_word_counts_as_not_reachable() {
    let mut floor = Floor::new(&plain(2));
    let offer = floor.enqueue(1).unwrap();
    floor.ended(&offer);
    assert_eq!(floor.offer().agent, 2);
    assert_eq!(floor.activity(1), AgentActivity::BackingOff);
    assert_eq!(floor.router.open_leases(), 1);
}

#[test]
fn a_refusal_is_named_in_the_decision() {
    let mut floor = Floor::new(&plain(2));
    let offer = floor.enqueue(1).unwrap();
    floor.refuse_and_end(&offer, Cause::Declined);
    floor.wait(1);
    let second = floor.enqueue(1);
    assert!(second.is_some(), "queued again, all is forgotten");
    let mut floor = Floor::new(&plain(1));
    let offer = floor.enqueue(1).unwrap();
    floor.refuse(&offer, Cause::Declined);
    assert_eq!(floor.ruled_out(1), "the last leg has not ended yet");
    floor.ended(&offer);
    floor.router.agents.get_mut(&AgentId(1)).unwrap().def = Arc::new(agent(1, &[]));
    let decision = floor.router.nobody(call(1), floor.now, "").unwrap();
    assert_eq!(decision.candidates[0].ruled_out.as_deref(), Some("refused this contact"));
}
