//! Agents' states over a call's life, and leases that cross.

use super::*;

fn resting() -> Roster {
    let mut roster = plain(1);
    roster.agents[0].wrap_up = secs(10);
    roster.queues.push(queue(1, vec![want("true")]));
    roster
}

/// P10: wrap-up is the agent's, so it holds for every queue.
#[test]
fn wrap_up_begins_after_a_joined_leg_and_holds_for_all_queues() {
    let mut floor = Floor::new(&resting());
    let offer = floor.enqueue(1).unwrap();
    assert_eq!(floor.activity(1), AgentActivity::Ringing);
    floor.accept(&offer);
    assert_eq!(floor.activity(1), AgentActivity::Busy);
    floor.enqueue_at(2, 1, 0, &[]);
    assert_eq!(floor.ruled_out(1), "busy");
    floor.ended(&offer);
    assert_eq!(floor.activity(1), AgentActivity::WrapUp);
    assert!(floor.offers().is_empty());
    floor.enqueue_at(3, 1, 0, &[]);
    assert_eq!(floor.ruled_out(1), "wrap-up");
    floor.wait(9);
    assert!(floor.offers().is_empty());
    floor.wait(1);
    assert_eq!(floor.offer().contact, call(2));
}

#[test]
fn an_offer_that_was_not_joined_brings_no_wrap_up() {
    let mut floor = Floor::new(&resting());
    let offer = floor.enqueue(1).unwrap();
    floor.gone(1);
    assert!(floor.revoked());
    assert_eq!(floor.activity(1), AgentActivity::Ringing, "until the leg has ended");
    floor.ended(&offer);
    assert_eq!(floor.activity(1), AgentActivity::Ready);
}

#[test]
fn saying_ready_ends_wrap_up_early() {
    let mut floor = Floor::new(&resting());
    let offer = floor.enqueue(1).unwrap();
    floor.talk(&offer, 5);
    floor.enqueue(2);
    floor.set(1, true, "");
    assert_eq!(floor.offer().contact, call(2));
}

#[test]
fn not_ready_said_during_a_call_takes_effect_after_it() {
    let mut floor = Floor::new(&resting());
    let offer = floor.enqueue(1).unwrap();
    floor.set(1, false, "lunch");
    assert!(!floor.revoked());
    floor.accept(&offer);
    assert!(floor.granted());
    assert_eq!(floor.activity(1), AgentActivity::Busy);
    let view = floor.router.agents_view(floor.now.mono).remove(0);
    assert_eq!((&*view.reason, view.contacts), ("lunch", vec![call(1)]));
    floor.enqueue(2);
    floor.ended(&offer);
    floor.wait(60);
    assert!(floor.offers().is_empty());
    assert_eq!(floor.activity(1), AgentActivity::NotReady);
    floor.set(1, true, "");
    assert_eq!(floor.offer().contact, call(2));
}

#[test]
fn an_agent_who_starts_signed_out_gets_nothing_before_ready() {
    let mut roster = plain(1);
    roster.agents[0].initially_ready = false;
    let mut floor = Floor::new(&roster);
    assert_eq!(floor.activity(1), AgentActivity::SignedOut);
    assert_eq!(floor.enqueue(1), None);
    assert_eq!(floor.overflow(), Some(OverflowReason::NobodySignedIn));
    floor.set(1, true, "");
    assert!(floor.enqueue(2).is_some());
}

/// TGT-07, P9: an answer under a lease that is not current is taken back, never joined.
#[test]
fn tgt_07_a_late_answer_is_revoked() {
    let mut floor = Floor::new(&plain(2));
    let first = floor.enqueue(1).unwrap();
    floor.refuse(&first, Cause::NoAnswer);
    let second = floor.offer();
    floor.accept(&first);
    assert!(floor.revoked() && !floor.granted());
    floor.accept(&second);
    assert!(floor.granted());
    floor.accept(&first);
    assert!(floor.revoked() && !floor.granted());
    floor.ended(&first);
    floor.ended(&second);
    assert_eq!(floor.router.open_leases(), 0);
}

#[test]
fn can_05_an_answer_that_crosses_the_callers_hang_up_is_revoked() {
    let mut floor = Floor::new(&plain(1));
    let offer = floor.enqueue(1).unwrap();
    floor.gone(1);
    floor.accept(&offer);
    assert!(floor.revoked() && !floor.granted());
    floor.ended(&offer);
    assert_eq!(floor.activity(1), AgentActivity::Ready);
    assert!(floor.enqueue(2).is_some());
}

#[test]
fn what_is_said_twice_or_late_is_a_no_op() {
    let mut floor = Floor::new(&plain(1));
    let offer = floor.enqueue(1).unwrap();
    floor.accept(&offer);
    for _ in 0..2 {
        floor.accept(&offer);
        assert!(floor.said.is_empty(), "joined once");
        floor.refuse(&offer, Cause::Busy);
        assert!(floor.said.is_empty());
        floor.gone(1);
        assert!(floor.said.is_empty());
        assert_eq!(floor.activity(1), AgentActivity::Busy);
    }
    floor.ended(&offer);
    let next = floor.enqueue(2).unwrap();
    floor.ended(&offer);
    assert_eq!(floor.activity(1), AgentActivity::Ringing, "an old LegEnded frees nobody");
    floor.ended(&Offered { contact: call(1), ..next });
    assert_eq!(floor.activity(1), AgentActivity::Ringing);
    floor.set(77, true, "");
    floor.gone(77);
    assert!(floor.said.is_empty());
}

/// P9: the agent answers and hangs up before the grant arrives; the call queues again.
#[test]
fn a_call_may_queue_again_while_its_old_leg_is_open() {
    let mut floor = Floor::new(&plain(2));
    let first = floor.enqueue(1).unwrap();
    floor.accept(&first);
    let second = floor.enqueue(1).unwrap();
    assert_eq!((first.agent, second.agent), (1, 2));
    assert_ne!(first.lease.id, second.lease.id);
    floor.ended(&first);
    floor.accept(&second);
    assert!(floor.granted());
}

#[test]
fn a_contact_that_queues_elsewhere_leaves_its_old_place() {
    let mut floor = Floor::new(&resting());
    floor.enqueue(1);
    floor.enqueue(2);
    floor.enqueue_at(2, 1, 0, &[]);
    assert_eq!((floor.queue_view(0).waiting, floor.queue_view(1).waiting), (0, 1));
    floor.enqueue_at(1, 1, 0, &[]);
    assert!(floor.revoked());
    assert_eq!(floor.router.len(), 2);
}

#[test]
fn the_views_show_agents_and_queues() {
    let mut floor = Floor::new(&resting());
    let offer = floor.enqueue(1).unwrap();
    floor.wait(5);
    floor.accept(&offer);
    floor.enqueue(2);
    floor.wait(30);
    floor.enqueue(3);
    let queue = floor.queue_view(0);
    assert_eq!((queue.waiting, queue.ringing, queue.longest_wait), (2, 0, secs(30)));
    assert_eq!((queue.signed_in, queue.free), (1, 0));
    assert_eq!((queue.figures.answered, queue.service_level), (1, Some(1.0)));
    assert_eq!(queue.last_answered_wait, secs(5));
    floor.gone(2);
    assert_eq!(floor.queue_view(0).service_level, Some(0.5));
    let agent = floor.router.agents_view(floor.now.mono).remove(0);
    assert_eq!((agent.activity.as_str(), agent.calls), ("busy", 1));
    assert_eq!(floor.now.mono.since(agent.since), secs(30));
    assert_eq!(floor.router.contact_view(call(3), floor.now.mono).map(|v| v.0), Some(QueueId(0)));
}

#[test]
fn the_facts_of_a_contact_are_not_in_its_debug_form() {
    let facts = BTreeMap::from([("caller.number".to_owned(), "+39333111".to_owned())]);
    let input = Input::Enqueue { contact: call(1), queue: QueueId(0), facts, priority: 0 };
    assert!(!format!("{input:?}").contains("333"));
}
