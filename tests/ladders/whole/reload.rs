//! Another plan under calls: what has begun goes on as it began, what begins is new, and agents and
//! queues change for all at once.

use super::set::*;
use crate::stage::*;
use centralino::base::WorkerId;
use centralino::record::Cdr;
use centralino::router::AgentActivity;
use centralino::sim::{Action, Answer, Behaviour, CallNo, Ended, HouseConfig, Input};

fn reload(set: &mut Set, plan: &str) {
    let done = set.world.with_system(|house, now, out| house.reload(plan, now, out));
    assert_eq!(done, Ok(()), "the plan is taken");
}

fn away() -> Set {
    let mut set = set(Behaviour::default(), Behaviour::default());
    set.set_agent("anna", false);
    set.set_agent("bruno", false);
    set
}

fn states(cdr: &Cdr) -> Vec<&str> {
    cdr.states.iter().map(|visited| visited.state.as_str()).collect()
}

fn cdrs(set: &Set) -> Vec<&Cdr> {
    let mut cdrs: Vec<&Cdr> = set.world.system().cdrs().iter().collect();
    cdrs.sort_by_key(|cdr| cdr.opened.began_ms);
    cdrs
}

fn waiting(set: &Set, queue: &str) -> Option<(usize, bool)> {
    let queues = set.world.system().queues(set.world.now().mono);
    queues.iter().find(|q| &*q.name == queue).map(|q| (q.waiting, q.leaving))
}

/// A menu that is being heard keeps its keys and its sound; a caller a second later has the new ones.
#[test]
fn a_call_in_a_menu_keeps_its_old_way_and_one_after_takes_the_new_one() {
    let mut set = set(Behaviour::default().talking(s(3)), idle());
    let old = set.call("100", Behaviour::default().then(s(5), Action::Digits("1".into())));
    set.run(s(2));
    let new = plan_with(&[
        ("welcome: 1000hz-1000ms.wav", "welcome: 900hz-1000ms.wav"),
        ("main-menu: 1200hz-3000ms.wav", "main-menu: 1300hz-3000ms.wav"),
        ("keys: { \"1\": wait, \"2\": ask }", "keys: { \"1\": bye, \"2\": ask }"),
    ]);
    reload(&mut set, &new);
    set.run(ms(500));
    let young = set.call("100", Behaviour::default().then(s(5), Action::Digits("1".into())));
    set.run(s(20));
    set.finish();
    let report = |no: CallNo| set.world.phone("caller").and_then(|p| p.report(no).cloned());
    let (old, young) = (report(old).expect("a call"), report(young).expect("a call"));
    assert!(old.heard(MENU_HZ) && old.heard(ANNA_HZ) && !old.heard(1300), "{:?}", old.tones);
    assert!(young.heard(1300) && !young.heard(MENU_HZ), "{:?}", young.tones);
    assert!(!young.heard(ANNA_HZ) && !young.heard(WELCOME_HZ), "{:?}", young.tones);
    let cdrs = cdrs(&set);
    assert_eq!(states(cdrs[0]), ["main.hello", "main.choose", "main.wait"]);
    assert_eq!(states(cdrs[1]), ["main.hello", "main.choose", "main.bye"]);
    assert_ne!(cdrs[0].opened.plan, cdrs[1].opened.plan);
    // The agent was chosen under the new roster.
    assert_eq!(cdrs[0].decisions[0].plan, cdrs[1].opened.plan);
}

/// The prompts are pinned as well: the menu is heard a second time, from the old recording.
#[test]
fn a_prompt_that_begins_after_the_reload_is_the_calls_own() {
    let mut set = set(idle(), idle());
    set.call("100", Behaviour::default());
    set.run(s(3));
    reload(
        &mut set,
        &plan_with(&[("main-menu: 1200hz-3000ms.wav", "main-menu: 1300hz-1000ms.wav")]),
    );
    set.finish();
    let caller = set.saw("caller");
    assert!(caller.heard_for(MENU_HZ) > ms(5500), "both tries: {:?}", caller.tones);
    assert!(!caller.heard(1300), "{:?}", caller.tones);
}

/// Who waits keeps the place and the clock, and hears the same music.
#[test]
fn a_waiting_caller_keeps_place_and_clock() {
    let mut set = away();
    let first = set.call("400", Behaviour::default().talking(s(30)));
    set.run(s(4));
    let second = set.call("400", Behaviour::default().talking(s(30)));
    set.run(s(2));
    reload(
        &mut set,
        &plan_with(&[
            (
                "bruno: { contact: \"sip:bruno@10.0.0.3\", skills: { sales: 5 } }",
                "bruno: { contact: \"sip:bruno@10.0.0.3\", skills: { sales: 7 } }",
            ),
            ("music: music,", "music: news,"),
        ]),
    );
    assert_eq!(waiting(&set, "sales"), Some((2, false)));
    assert_eq!(set.agent("bruno"), Some(AgentActivity::NotReady), "nobody is signed out or in");
    set.run(s(3));
    set.set_agent("bruno", true);
    set.run(s(3));
    let report = |set: &Set, no| set.world.phone("caller").and_then(|p| p.report(no).cloned());
    assert!(report(&set, first).is_some_and(|r| r.heard(BRUNO_HZ)), "{}", set.world.ladder);
    assert!(report(&set, second).is_some_and(|r| !r.heard(BRUNO_HZ)), "{}", set.world.ladder);
    set.world.tell("caller", Input::Do { call: first, action: Action::HangUp });
    set.run(s(5));
    set.world.act("caller", Action::HangUp);
    set.finish();
    let cdrs = cdrs(&set);
    assert!(cdrs[0].durations.wait_ms.abs_diff(10_001) < 5, "{}", cdrs[0].durations.wait_ms);
    assert!(report(&set, first).is_some_and(|r| r.heard_for(MUSIC_HZ) > ms(8500)));
}

/// A queue that is gone: who waits in it is still served, who comes to it by an old script is given
/// back, and then it is no more.
#[test]
fn a_removed_queue_drains() {
    let mut set = away();
    let waiter = set.call("400", Behaviour::default().talking(s(20)));
    let late = set.call("100", Behaviour::default().then(s(6), Action::Digits("1".into())));
    set.run(s(3));
    let text = PLAN.replace("queue: sales", "queue: short");
    let (head, rest) = text.split_once("  sales:\n").expect("the queue");
    let (_, tail) = rest.split_once("  short:\n").expect("the next one");
    reload(&mut set, &format!("{head}  short:\n{tail}"));
    assert_eq!(waiting(&set, "sales"), Some((1, true)), "leaving");
    set.run(s(6));
    assert_eq!(waiting(&set, "sales"), Some((1, true)), "the second one was given back");
    set.set_agent("anna", true);
    set.run(s(4));
    assert_eq!(waiting(&set, "sales"), None);
    set.finish();
    let report = |no| set.world.phone("caller").and_then(|p| p.report(no).cloned());
    assert!(report(waiter).is_some_and(|r| r.heard(ANNA_HZ)), "{}", set.world.ladder);
    assert!(report(late).is_some_and(|r| r.heard(SORRY_HZ)), "its otherwise: {}", set.world.ladder);
}

/// An agent who is gone talks to the end and gets no more; who is new takes over.
#[test]
fn a_removed_agent_finishes_and_gets_no_more() {
    let mut set = set(Behaviour::default(), Behaviour::default());
    set.set_agent("bruno", false);
    let first = set.call("400", Behaviour::default().talking(s(10)));
    set.run(s(3));
    assert_eq!(set.agent("anna"), Some(AgentActivity::Busy));
    let without =
        plan_with(&[("  anna: { contact: \"sip:anna@10.0.0.2\", skills: { sales: 9 } }\n", "")]);
    reload(&mut set, &without);
    assert_eq!(set.agent("anna"), Some(AgentActivity::Busy), "still talking");
    set.call("400", Behaviour::default().talking(s(25)));
    set.run(s(15));
    assert_eq!(set.agent("anna"), None, "gone, wrap-up and all");
    set.set_agent("bruno", true);
    set.finish();
    let report = set.world.phone("caller").and_then(|p| p.report(first).cloned());
    assert!(report.is_some_and(|r| r.heard_for(ANNA_HZ) > ms(8800)), "{}", set.world.ladder);
    let cdrs = cdrs(&set);
    let agents: Vec<Option<&str>> = cdrs.iter().map(|cdr| cdr.agent.as_deref()).collect();
    assert_eq!(agents, [Some("anna"), Some("bruno")]);
}

/// A plan on trial: all of its share and nobody else's, then back.
#[test]
fn a_trial_takes_its_share_and_ends() {
    let mut set = away();
    let tried = plan_with(&[("\"100\": main", "\"100\": closed")]);
    let begin = |set: &mut Set, share| {
        let done = set.world.with_system(|house, now, out| house.try_out(&tried, share, now, out));
        assert_eq!(done, Ok(()));
    };
    for share in [0, 10_000] {
        begin(&mut set, share);
        set.call("100", Behaviour::default());
        set.run(s(30));
    }
    let done = set.world.with_system(|house, now, out| house.end_trial(now, out));
    assert_eq!(done, Ok(()));
    set.call("100", Behaviour::default());
    set.finish();
    let first: Vec<&str> = cdrs(&set).iter().map(|cdr| cdr.states[0].state.as_str()).collect();
    assert_eq!(first, ["main.hello", "closed.tell", "main.hello"]);
}

/// Reloads at any moment of calls in every stage, by seed: nobody is left over, one record each.
#[test]
fn reloads_at_any_moment_leave_nothing_over() {
    let others = [
        plan_with(&[("skill.sales >= 1, best", "skill.sales >= 6, best")]),
        plan_with(&[("1200hz-3000ms", "1300hz-500ms"), ("ring: 10s", "ring: 4s")]),
        plan_with(&[("  bruno: {", "  carlo: {")]),
        PLAN.to_owned(),
    ];
    for seed in 0..8_u64 {
        let config = HouseConfig { seed, workers: 3, media_threads: 2, delay: ms(15), ..config() };
        let mut set = set_with(&config, Behaviour::default(), Behaviour::default());
        set.run(ms(100));
        for n in 0..24_u64 {
            let number = ["200", "400", "100", "800", "700"][(n % 5) as usize];
            let caller =
                Behaviour { give_up_after: Some(ms(3000 + 200 * n)), ..Behaviour::default() };
            set.call(
                number,
                caller.talking(ms(900 * (n % 5))).then(ms(700), Action::Digits("1".into())),
            );
            set.run(ms(37 * (n + seed)));
            let next = ((n + seed) % 4) as usize;
            reload(&mut set, &others[next]);
        }
        reload(&mut set, PLAN);
        for _ in 0..10 {
            set.run(s(60));
            for name in ["anna", "bruno"] {
                set.set_agent(name, true);
            }
        }
        set.finish_unclean();
        let house = set.world.system();
        assert_eq!(house.cdrs().len(), 24, "seed {seed}");
        assert_eq!(house.agents(set.world.now().mono).len(), 2, "seed {seed}");
        assert!(house.worker_at(WorkerId(2)).is_some());
    }
}

/// A carrier's address that a reload took out of the plan is a stranger's for new calls alone: the
/// CANCEL of a call in progress is heard, also where strangers hear nothing.
#[test]
fn a_caller_whose_trunk_is_gone_can_still_cancel() {
    let mut set = set(Behaviour::answering(Answer::Never), idle());
    let caller = Behaviour { give_up_after: Some(s(4)), ..Behaviour::default() };
    set.call("200", caller);
    set.run(s(2));
    let moved = PLAN
        .replace("accept_from: [10.0.0.1,", "accept_from: [10.0.0.77,")
        .replace("sip: { listen:", "sip: { unknown: ignore, listen:");
    assert!(moved.contains("10.0.0.77") && moved.contains("ignore"));
    reload(&mut set, &moved);
    set.finish();
    assert_eq!(set.saw("caller").ended, Some(Ended::Cancelled), "{}", set.world.ladder);
    let cdr = &set.world.system().cdrs()[0];
    assert_eq!((cdr.ended_by.as_str(), cdr.cause.as_str()), ("caller", "cancelled"));
}
