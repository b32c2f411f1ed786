//! Whom to choose: the agent when several are free, the contact when several wait.

use super::*;

fn best(best: Best, agents: Vec<Agent>) -> Floor {
    let step = Step { best, ..want("skill.billing >= 1 && skill.italian >= 0") };
    Floor::new(&Roster { agents, queues: vec![queue(0, vec![step])], ..Roster::default() })
}

#[test]
fn the_longest_idle_agent_is_chosen() {
    let mut floor = Floor::new(&plain(3));
    for (n, expected) in [(1, 1), (2, 2), (3, 3), (4, 1)] {
        let offer = floor.enqueue(n).unwrap();
        assert_eq!(offer.agent, expected);
        floor.talk(&offer, 10);
        floor.wait(1);
    }
}

#[test]
fn missed_calls_breaks_and_signing_in_again_do_not_touch_the_idle_clock() {
    let mut floor = Floor::new(&plain(2));
    let first = floor.enqueue(1).unwrap();
    floor.talk(&first, 10);
    // 2 has been idle for longer now. He misses one, takes a break, signs out and in again.
    let second = floor.enqueue(2).unwrap();
    assert_eq!(second.agent, 2);
    floor.refuse_and_end(&second, Cause::NoAnswer);
    assert_eq!(floor.offer().agent, 1, "the contact goes on to the other");
    floor.gone(2);
    let revoked = Offered { lease: Lease { id: 3, epoch: 2 }, ..second };
    floor.ended(&revoked);
    for reason in ["coffee", SIGNED_OUT] {
        floor.set(2, false, reason);
        floor.wait(60);
        floor.set(2, true, "");
    }
    assert_eq!(floor.enqueue(3).unwrap().agent, 2);
}

#[test]
fn the_most_proficient_is_chosen_by_the_mean_of_the_skills_that_the_step_names() {
    let mut floor = best(
        Best::HighestProficiency,
        vec![
            agent(1, &[("billing", 5), ("italian", 5)]),
            agent(2, &[("billing", 3), ("italian", 9), ("sales", 10)]),
            agent(3, &[("billing", 1), ("italian", 1), ("sales", 10)]),
        ],
    );
    let offer = floor.enqueue(1).unwrap();
    assert_eq!(offer.agent, 2);
    let decision = &floor.decisions()[0];
    let order: Vec<u32> = decision.candidates.iter().map(|c| c.agent.0).collect();
    assert_eq!(order, [2, 1, 3]);
    assert_eq!(decision.candidates[0].terms[1], ("proficiency", 6.0));
    assert_eq!(decision.reason, "agent2 is the most proficient of 3 free");
}

#[test]
fn the_one_with_the_fewest_calls_of_the_last_hour_is_chosen() {
    let mut floor =
        best(Best::FewestCalls, vec![agent(1, &[("billing", 5)]), agent(2, &[("billing", 5)])]);
    floor.set(2, false, "coffee");
    for n in 0..3 {
        let offer = floor.enqueue(n).unwrap();
        floor.talk(&offer, 10);
    }
    floor.set(2, true, "");
    for n in 3..6 {
        let offer = floor.enqueue(n).unwrap();
        assert_eq!(offer.agent, 2, "until both have three");
        floor.talk(&offer, 10);
    }
    assert_eq!(floor.enqueue(7).unwrap().agent, 1, "and then the longest idle");
    // What is older than an hour does not count.
    floor.gone(7);
    let id = floor.router.leases.keys().copied().next().unwrap();
    floor.ended(&Offered {
        contact: call(7),
        lease: Lease { id, epoch: 1 },
        agent: 1,
        target: String::new(),
    });
    floor.wait(3_601);
    let offer = floor.enqueue(8).unwrap();
    let terms = &floor.decisions()[0].candidates[0].terms;
    assert_eq!((offer.agent, terms[1]), (1, ("calls_in_hour", 0.0)));
}

#[test]
fn the_least_occupied_is_chosen_and_breaks_do_not_count() {
    let mut floor =
        best(Best::LeastOccupied, vec![agent(1, &[("billing", 5)]), agent(2, &[("billing", 5)])]);
    floor.set(2, false, "coffee");
    floor.wait(600);
    floor.set(2, true, "");
    // 1 was idle for ten minutes, 2 for none, so ten seconds of work weigh more on 2.
    let one = floor.enqueue(1).unwrap();
    let two = floor.enqueue(2).unwrap();
    assert_eq!((one.agent, two.agent), (1, 2));
    floor.accept(&one);
    floor.accept(&two);
    floor.wait(60);
    floor.ended(&one);
    floor.ended(&two);
    assert_eq!(floor.enqueue(3).unwrap().agent, 1);
    let terms = &floor.decisions()[0].candidates;
    assert_eq!(terms[0].terms[1], ("occupancy_percent", 9.0));
    assert_eq!(terms[1].terms[1], ("occupancy_percent", 100.0));
}

/// A freed agent serves all its queues by one order (the pain: a shared agent serves the newer
/// caller of another queue).
#[test]
fn a_freed_agent_takes_the_highest_index_over_all_queues() {
    let mut roster = plain(1);
    roster.queues.push(queue(1, vec![want("true")]));
    let mut steep = queue(2, vec![want("true")]);
    steep.slope = 3.0;
    roster.queues.push(steep);
    let mut floor = Floor::new(&roster);
    let mut offer = floor.enqueue(1).unwrap();
    floor.accept(&offer);
    floor.enqueue_at(2, 0, 0, &[]);
    floor.wait(10);
    floor.enqueue_at(3, 1, 5, &[]);
    floor.wait(10);
    floor.enqueue_at(4, 1, 11, &[]);
    floor.wait(10);
    floor.enqueue_at(5, 2, 0, &[]);
    floor.wait(5);
    // V: 2 has 35, 3 has 5 + 25 = 30, 4 has 11 + 15 = 26, 5 has 3 · 5 = 15.
    for (expected, index) in [(2, 35.0), (3, 30.0), (4, 26.0), (5, 15.0)] {
        floor.ended(&offer);
        offer = floor.offer();
        assert_eq!(offer.contact, call(expected));
        let decision = floor.decisions()[0].clone();
        assert!((decision.index - index).abs() < 1e-9, "{}", decision.index);
        assert!(decision.reason.starts_with("highest index"), "{}", decision.reason);
        floor.accept(&offer);
    }
}

#[test]
fn a_head_start_is_bounded_and_the_steeper_queue_overtakes_with_time() {
    let mut roster = plain(1);
    let mut steep = queue(1, vec![want("true")]);
    steep.slope = 2.0;
    roster.queues.push(steep);
    let mut floor = Floor::new(&roster);
    let busy = floor.enqueue(1).unwrap();
    floor.accept(&busy);
    floor.enqueue_at(2, 0, 30, &[]);
    floor.enqueue_at(3, 1, 0, &[]);
    floor.wait(31);
    // 30 + 31 against 2 · 31.
    floor.ended(&busy);
    assert_eq!(floor.offer().contact, call(3));
}

#[test]
fn those_wanted_by_an_earlier_step_go_first() {
    let mut agents = vec![agent(1, &[("billing", 5)]), agent(2, &[("billing", 9)])];
    agents.iter_mut().for_each(|agent| agent.wrap_up = secs(10));
    let steps = vec![want_for("skill.billing >= 8", 10), want("skill.billing >= 1")];
    let mut floor =
        Floor::new(&Roster { agents, queues: vec![queue(0, steps)], ..Roster::default() });
    let two = floor.enqueue(1).unwrap();
    floor.enqueue(2);
    floor.wait(10);
    let one = floor.offer();
    assert_eq!((one.agent, two.agent), (1, 2));
    floor.accept(&one);
    floor.accept(&two);
    floor.enqueue(3);
    floor.wait(20);
    // Both come back at the same instant, idle for as long.
    floor.ended(&one);
    floor.ended(&two);
    floor.wait(10);
    assert_eq!(floor.offer().agent, 2);
    let terms = floor.decisions()[0].candidates.iter().map(|c| c.terms[0]).collect::<Vec<_>>();
    assert_eq!(terms, [("step", 1.0), ("step", 2.0)]);
}

#[test]
fn an_agent_of_capacity_two_gets_two_and_the_empty_one_goes_first() {
    let mut roster = plain(2);
    roster.agents[0].capacity = 2;
    let mut floor = Floor::new(&roster);
    let agents: Vec<u32> = (1..=3).map(|n| floor.enqueue(n).unwrap().agent).collect();
    assert_eq!(agents, [1, 2, 1]);
    assert_eq!(floor.enqueue(4), None);
}
