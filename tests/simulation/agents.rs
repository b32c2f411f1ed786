//! What must hold of the agents and queues of a run when all is over.

use crate::calls::Wrongs;
use crate::legs::fork_won;
use crate::run::{Run, Wrong};
use crate::seen::{Seen, arrived};
use centralino::base::{CallKey, Mono};
use centralino::record::Happened;
use centralino::router::AgentActivity;
use centralino::sim::{Answer, Rung};
use std::collections::BTreeMap;
use std::time::Duration;

/// How late what the router was told may show: the parts' delay, twice.
const LATE: Duration = Duration::from_millis(60);

pub(crate) fn check(run: &Run, seen: &Seen<'_>) -> Vec<Wrong> {
    let mut wrong = Wrongs { list: Vec::new(), fair: run.story.fair, music: false };
    let agents =
        [("a0", 2), ("a1", 2), ("a2", 2), ("a3", 2), ("a4", 2), ("a5", 2), ("a6", 4), ("a7", 2)];
    for (agent, wrap_up) in agents {
        one_at_a_time(agent, Duration::from_secs(wrap_up), run, seen, &mut wrong);
        in_the_end(agent, run, seen, &mut wrong);
    }
    first_come(run, &mut wrong);
    wrong.list
}

/// A stretch in which an agent's phone had a call.
struct Stretch<'a> {
    invited: Mono,
    from: Mono,
    until: Mono,
    id: &'a str,
    joined: bool,
}

/// No two calls at once at one agent's phones; rest after a talk; nobody who is not ready is rung.
fn one_at_a_time(agent: &str, wrap_up: Duration, run: &Run, seen: &Seen<'_>, wrong: &mut Wrongs) {
    let mut stretches: Vec<Stretch<'_>> = Vec::new();
    let joined: BTreeMap<&str, ()> = seen
        .all_cdrs()
        .flat_map(|c| c.talks.iter().filter_map(|t| c.legs.iter().find(|l| l.leg == t.leg)))
        .map(|leg| (leg.sip_call_id.as_str(), ()))
        .collect();
    for taken in seen.all_taken() {
        let own = taken.phone == agent || agent == "a7" && taken.phone == "a8";
        // A phone that answers nothing does not know when we gave up.
        if !own || taken.behaviour.answer == Answer::Silent {
            continue;
        }
        let id = taken.report.call_id.as_str();
        let (Some(from), Some(until)) = (taken.report.began_at, taken.report.ended_at) else {
            continue;
        };
        let invited = seen.invited_at(id).unwrap_or(from);
        let joined = joined.contains_key(id);
        stretches.push(Stretch { invited, from, until, id, joined });
    }
    stretches.sort_by_key(|s| s.invited);
    let settings: Vec<_> = run.story.settings.iter().filter(|s| s.agent == agent).collect();
    for pair in stretches.windows(2) {
        let [a, b] = pair else { continue };
        // A phone of which nothing came is given up, and does not know it before it hears our CANCEL.
        let is_news = |r: &&Rung| r.to == "us" && arrived(r) && r.at <= b.invited;
        let unheard = !seen.rungs(a.id).iter().any(is_news);
        // A fork's answer came first: the phone's own is not known yet, or ends at another time than the
        // talk.
        let fork = !wrong.fair && fork_won(seen.rungs(a.id));
        let over = b.invited >= a.until || b.from >= a.until;
        wrong.unless(over || unheard || fork, &[a.id, b.id], || {
            format!("{agent} had two calls at once, at {:?}", b.from)
        });
        let set = settings
            .iter()
            .any(|s| s.ready && Mono(0) + s.at >= a.from && Mono(0) + s.at <= b.invited);
        let rested = b.invited.since(a.until) >= wrap_up;
        wrong.unless(!a.joined || set || rested || fork, &[a.id, b.id], || {
            format!("{agent} rested only {:?}", b.invited.since(a.until))
        });
    }
    for stretch in &stretches {
        let last = settings.iter().rfind(|s| Mono(0) + s.at + LATE <= stretch.invited);
        let ready = last.is_none_or(|s| s.ready);
        // Said within the post's delay: either order is right.
        let unsure = settings.iter().any(|s| {
            let at = Mono(0) + s.at;
            at <= stretch.invited && stretch.invited <= at + LATE
        });
        wrong.unless(ready || unsure, &[stretch.id], || {
            format!("{agent} was rung at {:?} and is not ready", stretch.invited)
        });
    }
}

/// Ready, or not ready as was last said; paused only after offers that were not answered.
fn in_the_end(agent: &str, run: &Run, seen: &Seen<'_>, wrong: &mut Wrongs) {
    let now = run.world.now().mono;
    let activity = run.world.system().agent(agent, now);
    let said = run.story.settings.iter().rfind(|s| s.agent == agent).is_none_or(|s| s.ready);
    let missed = seen.all_cdrs().flat_map(|c| &c.offers).filter(|o| o.to == agent).count();
    let good = match activity {
        Some(AgentActivity::Ready) => said,
        Some(AgentActivity::NotReady) => !said,
        Some(AgentActivity::Paused) => said && missed >= 3,
        _ => false,
    };
    wrong.unless(good, &[], || format!("{agent} is {activity:?} in the end, ready said: {said}"));
}

/// In the queue that everybody may serve, nobody is offered before one who came earlier and was
/// never offered.
fn first_come(run: &Run, wrong: &mut Wrongs) {
    let house = run.world.system();
    let Some(sales) = house.plan().roster.queues.iter().find(|q| &*q.name == "sales") else {
        return;
    };
    let mut waiting: BTreeMap<CallKey, u64> = BTreeMap::new();
    for event in house.events() {
        match &event.what {
            Happened::Queued { queue, .. } if *queue == sales.id => {
                waiting.insert(event.call, event.mono_us);
            }
            Happened::Dequeued { .. } | Happened::Ended { .. } | Happened::LegEnded { .. } => {
                waiting.remove(&event.call);
            }
            Happened::Decided(decision)
                if decision.winner.is_some() && decision.queue == sales.id =>
            {
                let Some(came) = waiting.remove(&decision.contact) else { continue };
                let margin = LATE.as_micros() as u64;
                // Who left within the post's delay may have been gone for the router already.
                let earlier = waiting.iter().find(|(_, at)| **at + margin < came);
                if let Some((other, at)) = earlier {
                    let what = format!(
                        "@{} {} was offered before {other}, which came at {at}, not {came}",
                        event.mono_us, decision.contact
                    );
                    wrong.add(what, &[]);
                }
            }
            _ => {}
        }
    }
}
