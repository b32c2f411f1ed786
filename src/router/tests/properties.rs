//! Random floors: whatever happens in whatever order, the order of service holds, nobody is lost
//! and the indexes agree with the state.

use super::*;
use crate::router::contact::{Contact, Stage, index_ns};
use proptest::prelude::*;

#[derive(Clone, Debug)]
enum Event {
    Enqueue {
        n: u64,
        queue: u32,
        priority: i32,
        owner: u32,
    },
    Gone {
        n: u64,
    },
    /// On the open lease of that number.
    Accept(usize),
    Refuse(usize, u8),
    End(usize),
    Set {
        agent: u32,
        presence: u8,
    },
    Wait(u64),
    Reload(u8),
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let event = prop_oneof![
        6 => (0..40_u64, 0..4_u32, 0..60_i32, 1..5_u32).prop_map(|(n, queue, priority, owner)| {
            Event::Enqueue { n, queue, priority, owner }
        }),
        2 => (0..40_u64).prop_map(|n| Event::Gone { n }),
        5 => (0..8_usize).prop_map(Event::Accept),
        4 => (0..8_usize, 0..5_u8).prop_map(|(l, cause)| Event::Refuse(l, cause)),
        6 => (0..8_usize).prop_map(Event::End),
        2 => (1..6_u32, 0..3_u8).prop_map(|(agent, presence)| Event::Set { agent, presence }),
        5 => (1..40_u64).prop_map(Event::Wait),
        1 => (0..3_u8).prop_map(Event::Reload),
    ];
    prop::collection::vec(event, 1..120)
}

fn floor_plan(variant: u8) -> Roster {
    let mut agents = vec![
        agent(1, &[("billing", 9)]),
        agent(2, &[("billing", 6), ("sales", 3)]),
        agent(3, &[("sales", 8)]),
        agent(4, &[("billing", 2), ("sales", 2)]),
    ];
    agents[1].wrap_up = secs(15);
    agents[2].capacity = 2;
    let mut queues = vec![
        queue(0, vec![want_for("skill.billing >= 8", 20), want("skill.billing >= 1")]),
        queue(1, vec![want_for("skill.sales >= 5", 10), want("skill.sales >= 1")]),
        queue(2, vec![want_for("agent.name == owner", 15), want("true")]),
    ];
    queues[0].slope = 2.5;
    queues[1].max_wait = Some(secs(200));
    queues[1].nobody = Nobody::NoneReady;
    queues[2].max_length = Some(5);
    queues[2].nobody = Nobody::Wait;
    if variant == 1 {
        agents.remove(3);
        queues.remove(1);
        queues[0].slope = 0.5;
    }
    if variant == 2 {
        agents.push(agent(5, &[("billing", 8)]));
        agents[0].skills.clear();
    }
    Roster { agents, queues, ..Roster::default() }
}

fn apply(floor: &mut Floor, event: &Event) {
    let lease_of = |floor: &Floor, nth: usize| {
        let leases = &floor.router.leases;
        let (id, open) = leases.iter().nth(nth % leases.len().max(1))?;
        Some((open.contact, Lease { id: *id, epoch: open.epoch }))
    };
    match event {
        Event::Enqueue { n, queue, priority, owner } => {
            floor.enqueue_at(*n, *queue, *priority, &[("owner", &format!("agent{owner}"))]);
        }
        Event::Gone { n } => floor.gone(*n),
        Event::Accept(nth) => {
            if let Some((contact, lease)) = lease_of(floor, *nth) {
                floor.hear(Input::Accepted { contact, lease });
            }
        }
        Event::Refuse(nth, cause) => {
            let causes = [
                Cause::Busy,
                Cause::NoAnswer,
                Cause::Declined,
                Cause::Unreachable,
                Cause::Cancelled,
            ];
            if let Some((contact, lease)) = lease_of(floor, *nth) {
                let cause = causes[usize::from(*cause)];
                floor.hear(Input::Refused { contact, lease, cause });
            }
        }
        Event::End(nth) => {
            if let Some((contact, lease)) = lease_of(floor, *nth) {
                floor.hear(Input::LegEnded { contact, lease });
            }
        }
        Event::Set { agent, presence } => {
            let reason = if *presence == 1 { "lunch" } else { SIGNED_OUT };
            floor.set(*agent, *presence == 0, reason);
        }
        Event::Wait(seconds) => floor.now.mono = floor.now.mono + secs(*seconds),
        Event::Reload(variant) => {
            floor.hear(Input::Roster(Arc::new(floor_plan(*variant))));
        }
    }
}

fn rank(router: &Router, contact: &Contact, now: Mono) -> (i128, std::cmp::Reverse<u64>) {
    let slope = router.queues[&contact.queue].slope_milli;
    (index_ns(contact.place, slope, now), std::cmp::Reverse(contact.place.1))
}

/// The offers just made were the right ones, by looking at everybody.
fn check_offers(floor: &Floor) {
    let router = &floor.router;
    let now = floor.now.mono;
    let offers = floor.offers();
    for (nth, offer) in offers.iter().enumerate() {
        let chosen = &router.contacts[&offer.contact];
        let id = AgentId(offer.agent);
        for other in router.contacts.values().filter(|other| other.stage == Stage::Waiting) {
            if router.may_have(other, id, now) {
                assert!(rank(router, other, now) < rank(router, chosen, now), "order of contacts");
            }
        }
        for free in router.free.iter().filter(|free| router.may_have(chosen, **free, now)) {
            let place = |id: &AgentId| {
                let agent = &router.agents[id];
                // What the agent had before this offer and those after it.
                let since = offers[nth..].iter().filter(|o| AgentId(o.agent) == *id).count();
                (chosen.levels[id], agent.leases.len() - since, agent.idle_since, *id)
            };
            assert!(place(&id) < place(free) || *free == id, "order of agents");
        }
    }
}

/// What must hold between any two inputs.
fn check_state(floor: &Floor) {
    let router = &floor.router;
    let now = floor.now.mono;
    for (id, agent) in &router.agents {
        assert!(agent.leases.len() <= usize::from(agent.def.capacity));
        assert_eq!(router.free.contains(id), agent.is_available());
        assert!(agent.leases.iter().all(|lease| router.leases[lease].agent == *id));
    }
    for (id, queue) in router.queues.iter().filter(|(_, queue)| queue.levels.is_some()) {
        let levels = queue.levels.iter().flat_map(|levels| levels.iter());
        let free = levels.filter(|(id, _)| router.free.contains(id));
        let free: BTreeSet<_> = free.map(|(id, level)| (*level, *id)).collect();
        assert_eq!(free, queue.free, "the free of {id:?}");
    }
    assert!(router.free.iter().all(|id| router.agents.contains_key(id)));
    assert!(router.leases.values().all(|open| router.agents.contains_key(&open.agent)));
    let mut waiting = 0;
    for (key, contact) in &router.contacts {
        match contact.stage {
            Stage::Offered(lease) => assert_eq!(router.leases[&lease.id].contact, *key),
            Stage::Waiting => {
                waiting += 1;
                let mut runs = router.waiting.runs(contact.queue, contact.step);
                assert!(runs.next().is_some_and(|run| run.contains(&(contact.place, *key))));
                let free = router.free.iter().find(|id| router.may_have(contact, **id, now));
                assert_eq!(free, None, "an agent is free and a contact waits for him");
            }
        }
    }
    let queues = router.queues.iter();
    let indexed: usize = queues.clone().map(|(id, _)| router.waiting.len(*id)).sum();
    assert_eq!(indexed, waiting);
    assert_eq!(queues.map(|(_, queue)| queue.len).sum::<usize>(), router.contacts.len());
    let timers = router.contacts.values().filter(|contact| contact.timer.is_some()).count()
        + router.agents.values().filter(|agent| agent.timer.is_some()).count();
    assert_eq!(timers, router.timers.len(), "no timer is left behind");
    assert!(router.next_deadline().is_none_or(|at| at > now));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn order_holds_nobody_is_lost_and_indexes_agree(events in events()) {
        let mut floor = Floor::new(&floor_plan(0));
        for event in &events {
            apply(&mut floor, event);
            if !matches!(event, Event::Wait(_)) {
                // What was due is done by any input, at its time.
                check_offers(&floor);
                floor.hear(Input::Timeout);
                check_offers(&floor);
                check_state(&floor);
            }
        }
        drain(&mut floor);
    }
}

/// All callers hang up, all legs end, everybody says ready: all are free, nothing is kept.
fn drain(floor: &mut Floor) {
    for n in 0..40 {
        floor.gone(n);
    }
    while let Some((id, open)) = floor.router.leases.iter().next() {
        let lease = Lease { id: *id, epoch: open.epoch };
        floor.hear(Input::LegEnded { contact: open.contact, lease });
    }
    for agent in 1..6 {
        floor.set(agent, true, "");
    }
    assert!(floor.router.is_empty());
    assert!(floor.router.timers.is_empty());
    assert_eq!(floor.router.free.len(), floor.router.agents.len());
}
