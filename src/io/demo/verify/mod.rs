//! The reckoning: what the phones saw against what the router recorded. Pure, so that a doctored
//! report shows that each check can fail.

use super::cast::TOLERANCE_HZ;
use super::seen::{AgentSeen, CallerSeen, Seen};
use crate::record::Cdr;
use crate::record::cdr::{DecisionRecord, OfferOutcome};
use crate::sim::Ended;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// A shorter talk is too short to be judged by ear.
const LEAST_TALK_MS: u64 = 1_000;
/// What must have been heard of the other side in a talk that is judged.
const LEAST_HEARD: Duration = Duration::from_millis(300);
/// A caller who listened for so long must have heard a prompt.
const LEAST_LISTENED: Duration = Duration::from_millis(1_500);
/// How long after its last packet a key may take to be in the record.
const KEY_SETTLES: Duration = Duration::from_millis(700);
/// Failures told of one check; the others are counted.
const TOLD: usize = 5;

/// One thing that must hold for all calls that it concerns.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Check {
    /// What, as a sentence.
    pub what: &'static str,
    /// For how many it was looked at.
    pub of: usize,
    /// For how many it does not hold.
    pub failed: usize,
    /// Of those the first ones, in words.
    pub told: Vec<String>,
    /// There must be at least one to look at.
    needed: bool,
}

impl Check {
    fn new(what: &'static str) -> Check {
        Check { what, ..Check::default() }
    }

    fn see(&mut self, verdict: Result<(), String>) {
        self.of += 1;
        if let Err(why) = verdict {
            self.failed += 1;
            if self.told.len() < TOLD {
                self.told.push(why);
            }
        }
    }

    /// Whether it holds.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.failed == 0 && !(self.needed && self.of == 0)
    }
}

/// All that the reckoning looks at.
#[derive(Debug, Default)]
pub(super) struct Evidence {
    pub(super) callers: Vec<CallerSeen>,
    pub(super) agents: Vec<AgentSeen>,
    pub(super) cdrs: Vec<Cdr>,
    /// The queues that an agent may be given calls of, by the agent's name.
    pub(super) may_take: BTreeMap<String, BTreeSet<String>>,
}

/// The checks, in the order in which they are told.
pub(super) fn verify(evidence: &Evidence) -> Vec<Check> {
    let mut case = Case::new(evidence);
    for caller in &evidence.callers {
        case.caller(caller);
    }
    case.strangers(evidence);
    for agent in &evidence.agents {
        case.agent(agent);
    }
    case.checks()
}

struct Case<'a> {
    by_call_id: BTreeMap<&'a str, Vec<&'a Cdr>>,
    agents: BTreeMap<&'a str, &'a AgentSeen>,
    /// Call-IDs of all legs in all records.
    legs: BTreeSet<&'a str>,
    may_take: &'a BTreeMap<String, BTreeSet<String>>,
    records: Check,
    caller_hears: Check,
    agent_hears: Check,
    prompts: Check,
    digits: Check,
    targets: Check,
    reasons: Check,
    outcomes: Check,
    known: Check,
    faultless: Check,
}

impl<'a> Case<'a> {
    fn new(evidence: &'a Evidence) -> Case<'a> {
        let mut by_call_id = BTreeMap::<&str, Vec<&Cdr>>::new();
        let mut legs = BTreeSet::new();
        for cdr in &evidence.cdrs {
            by_call_id.entry(&cdr.opened.sip_call_id).or_default().push(cdr);
            legs.extend(cdr.legs.iter().map(|leg| leg.sip_call_id.as_str()));
        }
        let agents = evidence.agents.iter().map(|a| (a.seen.call_id.as_str(), a)).collect();
        Case {
            by_call_id,
            agents,
            legs,
            may_take: &evidence.may_take,
            records: Check { needed: true, ..Check::new("every call has exactly one CDR") },
            caller_hears: Check::new("callers heard the agent they talked with, by tone"),
            agent_hears: Check::new("agents heard their caller and nobody else, by tone"),
            prompts: Check::new("prompts were heard"),
            digits: Check::new("digits arrived as they were pressed"),
            targets: Check::new("keys led to their queue, and to an agent who may take it"),
            reasons: Check::new("every agent who got a call was decided for, with a reason"),
            outcomes: Check::new("records say what the phones saw"),
            known: Check::new("every call that a phone took is a leg in a record"),
            faultless: Check::new("phones found no fault with the router's SIP and RTP"),
        }
    }

    fn checks(self) -> Vec<Check> {
        vec![
            self.records,
            self.caller_hears,
            self.agent_hears,
            self.prompts,
            self.digits,
            self.targets,
            self.reasons,
            self.outcomes,
            self.known,
            self.faultless,
        ]
    }

    fn caller(&mut self, caller: &CallerSeen) {
        let who = format!("{} ({})", caller.caller.number, caller.caller.wish.as_str());
        self.faultless.see(faultless(&who, &caller.seen));
        let cdrs = self.by_call_id.get(caller.seen.call_id.as_str()).cloned().unwrap_or_default();
        let [cdr] = cdrs.as_slice() else {
            let count = cdrs.len();
            self.records.see(Err(format!("{who}: {count} CDRs of {}", caller.seen.call_id)));
            return;
        };
        self.records.see(Ok(()));
        let who = format!("{who}, CDR {}", cdr.opened.call);
        let tell = |verdict: Result<(), String>| verdict.map_err(|why| format!("{who}: {why}"));
        self.talks(caller, cdr, &who);
        if caller.caller.wish.hears_menu() && caller.seen.up_for >= LEAST_LISTENED {
            self.prompts.see(tell(prompts(&caller.seen)));
        }
        if !caller.caller.entries.is_empty() && caller.seen.confirmed {
            self.digits.see(tell(digits(caller, cdr)));
        }
        let target = target(caller, cdr, self.may_take);
        self.targets.see(tell(target));
        for offer in cdr.offers.iter().filter(|o| o.agent && o.outcome == OfferOutcome::Joined) {
            let decided =
                |d: &DecisionRecord| d.winner.as_ref() == Some(&offer.to) && !d.reason.is_empty();
            let found = cdr.decisions.iter().any(decided);
            let why = || format!("no decision for {} among {}", offer.to, cdr.decisions.len());
            self.reasons.see(tell(found.then_some(()).ok_or_else(why)));
        }
        self.outcomes.see(tell(outcome(caller, cdr)));
    }

    /// Both ears of every talk.
    fn talks(&mut self, caller: &CallerSeen, cdr: &Cdr, who: &str) {
        for talk in cdr.talks.iter().filter(|t| t.talk_ms >= LEAST_TALK_MS) {
            let leg = cdr.legs.iter().find(|leg| leg.leg == talk.leg);
            let agent = leg.and_then(|leg| self.agents.get(leg.sip_call_id.as_str()));
            let Some(agent) = agent else {
                let why = format!("{who}: talked with {}, whose phone knows nothing", talk.with);
                self.caller_hears.see(Err(why.clone()));
                self.agent_hears.see(Err(why));
                continue;
            };
            let with = &agent.name;
            let heard = hears(&caller.seen, agent.tone, talk.talk_ms);
            self.caller_hears.see(heard.map_err(|why| format!("{who} with {with}: {why}")));
            let tone = caller.caller.tone;
            let foreign = |(hz, _): &&(u16, Duration)| hz.abs_diff(tone) > TOLERANCE_HZ;
            let heard = match agent.seen.tones.iter().find(foreign) {
                Some((hz, lasted)) => Err(format!("heard {hz} Hz for {lasted:?} as well")),
                None => hears(&agent.seen, tone, talk.talk_ms),
            };
            self.agent_hears.see(heard.map_err(|why| format!("{with} with {who}: {why}")));
        }
    }

    /// Records of calls that nobody placed.
    fn strangers(&mut self, evidence: &Evidence) {
        let placed: BTreeSet<&str> =
            evidence.callers.iter().map(|c| c.seen.call_id.as_str()).collect();
        let unknown = |cdr: &&Cdr| !placed.contains(cdr.opened.sip_call_id.as_str());
        for cdr in evidence.cdrs.iter().filter(unknown) {
            self.records.see(Err(format!("CDR {} of a call that nobody placed", cdr.opened.call)));
        }
    }

    fn agent(&mut self, agent: &AgentSeen) {
        let AgentSeen { name, seen, .. } = agent;
        self.faultless.see(faultless(name, seen));
        let known = self.legs.contains(seen.call_id.as_str());
        let why = || format!("{name} took {}, of which no record tells", seen.call_id);
        self.known.see(known.then_some(()).ok_or_else(why));
    }
}

fn faultless(who: &str, seen: &Seen) -> Result<(), String> {
    if seen.noticed.is_empty() {
        return Ok(());
    }
    Err(format!("{who}, Call-ID {}: {}", seen.call_id, seen.noticed.join("; ")))
}

fn hears(seen: &Seen, hz: u16, talk_ms: u64) -> Result<(), String> {
    let heard = seen.heard(hz);
    if heard >= LEAST_HEARD {
        return Ok(());
    }
    let tones = &seen.tones;
    Err(format!("{hz} Hz heard for {heard:?} of {talk_ms} ms; what was heard: {tones:?}"))
}

fn prompts(seen: &Seen) -> Result<(), String> {
    if seen.speech >= LEAST_HEARD {
        return Ok(());
    }
    let packets = seen.received;
    Err(format!("{:?} of speech within {:?}, {packets} packets", seen.speech, seen.up_for))
}

/// What was taken is what was pressed; a caller who hung up while typing has only begun.
fn digits(caller: &CallerSeen, cdr: &Cdr) -> Result<(), String> {
    let taken: Vec<&String> = cdr.digits.iter().map(|entered| &entered.digits).collect();
    let pressed = &caller.caller.entries;
    let typed_all = caller.seen.up_for >= caller.caller.typed_after + KEY_SETTLES;
    let begun = taken.len() <= pressed.len() && taken.iter().zip(pressed).all(|(t, p)| *t == p);
    if begun && (taken.len() == pressed.len() || !typed_all) {
        return Ok(());
    }
    Err(format!("pressed {pressed:?} by {:?}, taken {taken:?}", caller.caller.way))
}

fn target(
    caller: &CallerSeen,
    cdr: &Cdr,
    may_take: &BTreeMap<String, BTreeSet<String>>,
) -> Result<(), String> {
    let wanted = caller.caller.wish.queue();
    if let Some(stay) = cdr.queues.iter().find(|stay| Some(stay.queue.as_str()) != wanted) {
        return Err(format!("waited in {}, wanted {wanted:?}", stay.queue));
    }
    for offer in cdr.offers.iter().filter(|offer| offer.agent) {
        let queue = wanted.ok_or_else(|| format!("{} was offered to without a queue", offer.to))?;
        if !may_take.get(&offer.to).is_some_and(|queues| queues.contains(queue)) {
            return Err(format!("{} may not take {queue}", offer.to));
        }
    }
    let joined = cdr.offers.iter().any(|offer| offer.outcome == OfferOutcome::Joined);
    if joined && wanted.is_some() && cdr.queues.is_empty() {
        return Err("joined without a queue".to_owned());
    }
    Ok(())
}

/// The record's end is the one that the caller's phone saw. Where two ends crossed on the wire, both
/// are right.
fn outcome(caller: &CallerSeen, cdr: &Cdr) -> Result<(), String> {
    let seen = &caller.seen;
    let (by, cause, status) = (cdr.ended_by.as_str(), cdr.cause.as_str(), cdr.sip_status);
    let answered = cdr.answered_ms.is_some();
    let agrees = match seen.ended {
        Some(Ended::ByUs) => answered && (by == "caller" || seen.bye_seen),
        Some(Ended::ByPeer) => answered && by != "caller",
        Some(Ended::Refused(refused)) => !answered && by != "caller" && status == refused,
        Some(Ended::Cancelled) => by == "caller" && (answered || cause == "cancelled"),
        Some(
            Ended::WeRefused(_)
            | Ended::TimedOut
            | Ended::NoAck
            | Ended::NotRefreshed
            | Ended::BadSession,
        )
        | None => false,
    };
    if agrees {
        return Ok(());
    }
    let ended = seen.ended;
    let was = if answered { "answered" } else { "not answered" };
    Err(format!("the phone saw {ended:?}, the record says {was}, ended by {by}, {cause}, {status}"))
}

#[cfg(test)]
mod tests;
