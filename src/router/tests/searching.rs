//! Steps, skipping, overflow, and what the record says of a search.

use super::*;

fn billing() -> Roster {
    let steps = vec![
        want_for("skill.billing >= 8", 20),
        want_for("skill.billing >= 5", 40),
        want("\"back-office\" in agent.groups"),
    ];
    let mut office = agent(3, &[]);
    office.groups.insert("back-office".to_owned());
    Roster {
        agents: vec![agent(1, &[("billing", 9)]), agent(2, &[("billing", 6)]), office],
        queues: vec![queue(0, steps)],
        ..Roster::default()
    }
}

#[test]
fn steps_add_agents_as_time_passes() {
    let mut floor = Floor::new(&billing());
    assert_eq!(floor.enqueue(1).unwrap().agent, 1);
    assert_eq!(floor.enqueue(2), None);
    floor.wait(19);
    assert!(floor.widened().is_empty());
    floor.wait(1);
    assert_eq!((floor.widened(), floor.offer().agent), (vec![1], 2));
    assert_eq!(floor.enqueue(3), None);
    floor.wait(60);
    assert_eq!((floor.widened(), floor.offer().agent), (vec![1, 2], 3));
}

#[test]
fn a_search_that_finds_nobody_is_recorded_once_a_step_with_the_first_reason_for_each() {
    let mut floor = Floor::new(&billing());
    for n in 1..=3 {
        floor.enqueue(n);
        floor.wait(60);
    }
    floor.enqueue(4);
    let decision = floor.decisions()[0].clone();
    assert_eq!((decision.winner, decision.lease, decision.step), (None, None, 0));
    assert_eq!(floor.ruled_out(1), "ringing");
    assert_eq!(floor.ruled_out(2), "step 1: skill.billing >= 8");
    assert_eq!(floor.ruled_out(3), "step 1: skill.billing >= 8");
    floor.wait(60);
    assert_eq!(floor.widened(), [1, 2]);
    let steps: Vec<u16> = floor.decisions().iter().map(|d| d.step).collect();
    assert_eq!(steps, [1, 2]);
    assert_eq!(floor.ruled_out(2), "ringing");
    assert_eq!(floor.ruled_out(3), "ringing");
    floor.wait(3_600);
    assert!(floor.said.is_empty(), "nothing changes, nothing is recorded");
}

#[test]
fn the_clock_runs_while_an_offer_rings_and_what_it_brings_comes_after() {
    let mut roster = billing();
    roster.queues[0].max_wait = Some(secs(100));
    let mut floor = Floor::new(&roster);
    let offer = floor.enqueue(1).unwrap();
    floor.wait(25);
    assert!(floor.said.is_empty());
    floor.refuse(&offer, Cause::NoAnswer);
    assert_eq!((floor.widened(), floor.offer().agent), (vec![1], 2));
    let offer = floor.offer();
    floor.wait(100);
    assert_eq!(floor.overflow(), None);
    floor.refuse(&offer, Cause::NoAnswer);
    assert_eq!(floor.overflow(), Some(OverflowReason::TooLong));
    assert!(floor.router.is_empty());
}

#[test]
fn the_longest_wait_gives_the_contact_back() {
    let mut roster = plain(1);
    roster.queues[0].max_wait = Some(secs(60));
    let mut floor = Floor::new(&roster);
    floor.set(1, false, "coffee");
    floor.enqueue(1);
    floor.wait(59);
    assert_eq!(floor.overflow(), None);
    floor.wait(1);
    assert_eq!(floor.overflow(), Some(OverflowReason::TooLong));
    assert_eq!(floor.router.next_deadline(), None);
    assert_eq!(floor.queue_view(0).figures.overflowed, 1);
}

#[test]
fn a_full_queue_and_an_unknown_one_give_the_contact_back_at_once() {
    let mut roster = plain(1);
    roster.queues[0].max_length = Some(2);
    let mut floor = Floor::new(&roster);
    floor.enqueue(1);
    floor.enqueue(2);
    floor.enqueue(3);
    assert_eq!(floor.overflow(), Some(OverflowReason::Full));
    floor.gone(2);
    floor.enqueue(4);
    assert_eq!(floor.overflow(), None);
    floor.enqueue_at(5, 77, 0, &[]);
    assert_eq!(floor.overflow(), Some(OverflowReason::NoSuchQueue));
    assert_eq!(floor.router.len(), 2);
}

#[test]
fn a_step_without_anybody_signed_in_is_skipped() {
    let mut floor = Floor::new(&billing());
    floor.set(1, false, SIGNED_OUT);
    assert_eq!(floor.enqueue(1).unwrap().agent, 2);
    assert_eq!(floor.widened(), [1]);
    floor.set(2, false, SIGNED_OUT);
    assert_eq!(floor.enqueue(2).unwrap().agent, 3);
    assert_eq!(floor.widened(), [2]);
    floor.set(1, false, "lunch");
    assert_eq!(floor.enqueue(3), None);
    assert!(floor.widened().is_empty(), "a break is signed in");
    // He leaves: the contact that waits for him widens at once.
    floor.set(1, false, SIGNED_OUT);
    assert_eq!(floor.widened(), [2]);
}

#[test]
fn a_queue_without_anybody_gives_back_by_its_policy() {
    for (nobody, on_break, signed_out) in [
        (Nobody::Wait, None, None),
        (Nobody::NoneStaffed, None, Some(OverflowReason::NobodySignedIn)),
        (
            Nobody::NoneReady,
            Some(OverflowReason::NobodySignedIn),
            Some(OverflowReason::NobodySignedIn),
        ),
    ] {
        let mut roster = plain(1);
        roster.queues[0].nobody = nobody;
        let mut floor = Floor::new(&roster);
        let talk = floor.enqueue(1).unwrap();
        floor.accept(&talk);
        floor.enqueue(2);
        assert_eq!(floor.overflow(), None, "busy is there");
        floor.set(1, false, "coffee");
        assert_eq!(floor.overflow(), on_break, "{nobody:?}: while waiting");
        floor.enqueue(3);
        assert_eq!(floor.overflow(), on_break, "{nobody:?}: at the door");
        floor.set(1, false, SIGNED_OUT);
        assert_eq!(floor.overflow(), signed_out.filter(|_| on_break.is_none()), "{nobody:?}");
        floor.enqueue(4);
        assert_eq!(floor.overflow(), signed_out, "{nobody:?}");
        if signed_out.is_some() {
            assert_eq!(floor.ruled_out(1), "not signed in");
        }
    }
}

#[test]
fn a_step_may_look_at_the_contact() {
    let steps =
        vec![want_for("agent.name == owner && account != ''", 30), want("skill.billing >= 1")];
    let agents = vec![agent(1, &[("billing", 1)]), agent(2, &[])];
    let mut floor =
        Floor::new(&Roster { agents, queues: vec![queue(0, steps)], ..Roster::default() });
    let facts = [("owner", "agent2"), ("account", "12")];
    assert_eq!(floor.enqueue_at(1, 0, 0, &facts).unwrap().agent, 2);
    assert_eq!(floor.enqueue_at(2, 0, 0, &facts), None);
    assert_eq!(floor.ruled_out(1), "step 1: agent.name == owner");
    let facts = [("owner", "agent2"), ("account", "")];
    assert_eq!(floor.enqueue_at(3, 0, 0, &facts).unwrap().agent, 1, "nobody at step 1: skipped");
    floor.wait(30);
    assert_eq!(floor.widened(), [1]);
}

#[test]
fn a_freed_agent_skips_those_who_do_not_want_him_yet() {
    let mut floor = Floor::new(&billing());
    let one = floor.enqueue(1).unwrap();
    floor.wait(1);
    floor.enqueue(2);
    floor.wait(19);
    floor.enqueue(3);
    floor.wait(0);
    // 2 widens at its 20 s and takes agent 2; 3 came later and waits for agent 1 alone.
    floor.wait(1);
    let two = floor.offer();
    assert_eq!((two.contact, two.agent), (call(2), 2));
    floor.talk(&two, 5);
    assert!(floor.offers().is_empty());
    floor.talk(&one, 5);
    assert_eq!(floor.offer().contact, call(3));
}

#[test]
fn a_decision_lists_the_winner_first_and_not_more_than_a_page() {
    let mut floor = Floor::new(&plain(500));
    floor.enqueue(1);
    let decision = floor.decisions()[0].clone();
    assert_eq!(decision.candidates.len(), 40);
    assert_eq!(decision.winner, Some(AgentId(1)));
    assert_eq!(decision.candidates[0].agent, AgentId(1));
    assert_eq!(decision.candidates[0].ruled_out, None);
    assert_eq!(decision.wall_ms, 1_700_000_000_000);
    assert_eq!(decision.lease.map(|lease| lease.id), Some(1));
}

#[test]
fn places_in_the_queue_follow_the_order_of_service() {
    let mut floor = Floor::new(&plain(1));
    floor.enqueue(1);
    floor.enqueue(2);
    floor.wait(1);
    floor.enqueue_at(3, 0, 10, &[]);
    floor.enqueue(4);
    let places: Vec<_> = (2..=5).map(|n| floor.router.position(call(n))).collect();
    assert_eq!(places, [Some(2), Some(1), Some(3), None]);
}

/// The three kinds of rules together say what the whole expression says.
#[test]
fn rules_about_the_agent_the_contact_and_both_are_one_expression() {
    let text = "skill.billing >= 5 && account != '' && (agent.name == owner || account == '7')";
    let step = Expr::parse(text).unwrap();
    let agents = vec![agent(1, &[("billing", 9)]), agent(2, &[("billing", 6)]), agent(3, &[])];
    let roster = Roster { agents, queues: vec![queue(0, vec![want(text)])], ..Roster::default() };
    for account in ["", "7", "8"] {
        for owner in ["agent1", "agent2", "agent3", "nobody"] {
            let mut floor = Floor::new(&roster);
            floor.enqueue_at(1, 0, 0, &[("account", account), ("owner", owner)]);
            for agent in &roster.agents {
                let facts = BTreeMap::from([
                    ("account".to_owned(), account.to_owned()),
                    ("owner".to_owned(), owner.to_owned()),
                ]);
                let facts = super::super::queue::PairFacts { agent, contact: Some(&facts) };
                let contact = floor.router.contacts.get(&call(1));
                let wanted = contact.is_some_and(|contact| contact.wants(agent.id));
                assert_eq!(wanted, step.holds(&facts), "{account} {owner} {}", agent.name);
            }
        }
    }
}
