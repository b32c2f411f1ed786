//! A new roster under running contacts (P6).

use super::*;

fn reload(floor: &mut Floor, roster: Roster) {
    floor.hear(Input::Roster(Arc::new(roster)));
}

#[test]
fn waiting_contacts_keep_place_and_clock_and_new_skills_count_at_once() {
    let mut roster = plain(1);
    roster.queues[0].steps = vec![want("skill.billing >= 5")];
    roster.agents[0].skills.insert("billing".to_owned(), 5);
    roster.agents.push(agent(2, &[]));
    let mut floor = Floor::new(&roster);
    let first = floor.enqueue(1).unwrap();
    floor.enqueue(2);
    floor.wait(30);
    floor.enqueue(3);
    roster.agents[1].skills.insert("billing".to_owned(), 9);
    reload(&mut floor, roster);
    let offer = floor.offer();
    assert_eq!((offer.contact, offer.agent), (call(2), 2));
    assert_eq!(floor.decisions()[0].waited_ms, 30_000);
    floor.accept(&first);
    assert!(floor.granted(), "what rings goes on");
}

#[test]
fn presence_survives_a_reload() {
    let mut floor = Floor::new(&plain(2));
    floor.set(1, false, "lunch");
    reload(&mut floor, plain(3));
    assert_eq!(floor.activity(1), AgentActivity::NotReady);
    assert_eq!(floor.activity(3), AgentActivity::Ready);
}

/// One who is lost in a plan and brought back by a rollback is who they were: ready or not, and as long
/// without a call as before.
#[test]
fn an_agent_who_comes_back_goes_on_from_where_they_were() {
    let mut roster = plain(3);
    roster.agents[1].initially_ready = false;
    roster.agents[2].wrap_up = secs(60);
    let mut floor = Floor::new(&roster);
    floor.set(1, false, "lunch");
    floor.set(2, true, "");
    let offer = floor.enqueue(1).unwrap();
    assert_eq!(offer.agent, 2);
    floor.wait(10);
    floor.accept(&offer);
    let other = floor.enqueue(2).unwrap();
    floor.accept(&other);
    floor.wait(10);
    floor.ended(&offer);
    floor.ended(&other);
    assert_eq!(floor.activity(3), AgentActivity::WrapUp);
    reload(&mut floor, plain(0));
    assert!(floor.router.agents_view(floor.now.mono).is_empty());
    floor.wait(30);
    let views = |floor: &Floor| {
        let views = floor.router.agents_view(floor.now.mono);
        views.iter().map(|view| (view.activity, view.calls)).collect::<Vec<_>>()
    };
    reload(&mut floor, roster.clone());
    let expected =
        [(AgentActivity::NotReady, 0), (AgentActivity::Ready, 1), (AgentActivity::WrapUp, 1)];
    assert_eq!(views(&floor), expected);
    reload(&mut floor, plain(0));
    floor.wait(60);
    reload(&mut floor, roster);
    assert_eq!(floor.activity(3), AgentActivity::Ready, "the wrap-up ran out meanwhile");
    floor.set(1, true, "");
    assert_eq!(floor.enqueue(3).unwrap().agent, 1, "nobody has waited longer");
    assert_eq!(floor.enqueue(4).unwrap().agent, 2, "whose last call is longest ago");
}

/// However many agents come and go, so many are remembered, the latest.
#[test]
fn agents_who_left_are_remembered_within_bounds() {
    let most = u32::try_from(former::MOST).unwrap();
    let mut floor = Floor::new(&plain(0));
    for first in 0..3 {
        let mut roster = plain(0);
        roster.agents = (0..most / 2).map(|n| agent(1 + first * most / 2 + n, &[])).collect();
        reload(&mut floor, roster);
        floor.set(1 + first * most / 2, false, "lunch");
    }
    reload(&mut floor, plain(0));
    assert_eq!(floor.router.former.len(), former::MOST);
    let mut roster = plain(1);
    roster.agents.push(agent(1 + most / 2, &[]));
    reload(&mut floor, roster);
    assert_eq!(floor.activity(1), AgentActivity::Ready, "forgotten");
    assert_eq!(floor.activity(1 + most / 2), AgentActivity::NotReady);
    assert_eq!(floor.router.former.len(), former::MOST - 1);
}

#[test]
fn a_removed_queue_drains_and_takes_no_more() {
    let mut roster = plain(1);
    roster.queues.push(queue(1, vec![want("true")]));
    roster.queues[1].max_wait = Some(secs(100));
    let mut floor = Floor::new(&roster);
    let offer = floor.enqueue_at(1, 1, 0, &[]).unwrap();
    floor.accept(&offer);
    floor.enqueue_at(2, 1, 0, &[]);
    floor.enqueue_at(3, 1, 0, &[]);
    reload(&mut floor, plain(1));
    assert!(floor.queue_view(1).leaving);
    floor.enqueue_at(4, 1, 0, &[]);
    assert_eq!(floor.overflow(), Some(OverflowReason::NoSuchQueue));
    floor.ended(&offer);
    let offer = floor.offer();
    assert_eq!(offer.contact, call(2));
    floor.accept(&offer);
    floor.wait(100);
    assert_eq!(floor.overflow(), Some(OverflowReason::TooLong), "by its last definition");
    assert_eq!(floor.router.queues_view(floor.now.mono).len(), 1);
}

#[test]
fn a_removed_agent_finishes_and_gets_no_more() {
    let mut floor = Floor::new(&plain(2));
    let offer = floor.enqueue(1).unwrap();
    floor.accept(&offer);
    reload(&mut floor, plain(0));
    assert_eq!(floor.router.agents_view(floor.now.mono).len(), 1, "the idle one is gone");
    floor.enqueue(2);
    assert_eq!(floor.overflow(), Some(OverflowReason::NobodySignedIn));
    floor.ended(&offer);
    assert!(floor.router.agents_view(floor.now.mono).is_empty());
    assert_eq!(floor.router.open_leases(), 0);
}

#[test]
fn fewer_steps_and_another_slope_leave_contacts_in_order() {
    let mut roster = plain(1);
    roster.queues[0].steps = vec![want_for("true", 5), want_for("true", 5), want("true")];
    let mut floor = Floor::new(&roster);
    let busy = floor.enqueue(1).unwrap();
    floor.accept(&busy);
    floor.enqueue(2);
    floor.wait(20);
    floor.enqueue_at(3, 0, 15, &[]);
    let mut changed = plain(1);
    changed.queues[0].slope = 0.5;
    reload(&mut floor, changed);
    // 0.5 · 20 against 15.
    floor.ended(&busy);
    assert_eq!(floor.offer().contact, call(3));
}
