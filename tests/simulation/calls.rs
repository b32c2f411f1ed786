//! What must hold of each call when all is over: of the caller's leg, and of the record beside it.

use crate::legs::{fork_won, leg_of_ours, repeats, versions_count_up};
use crate::run::{Placed, Run, Wrong};
use crate::seen::{Seen, Taken, arrived, is};
use centralino::record::Cdr;
use centralino::sim::clock::FIRST_WALL_MS;
use centralino::sim::{Answer, Ended, Faults, Noticed, Report, Rung};
use centralino::sip::Method;
use std::collections::{BTreeMap, BTreeSet};

/// All that is wrong with the calls of a run.
pub(crate) fn check(run: &Run, seen: &Seen<'_>) -> Vec<Wrong> {
    let music = run.story.house.hold_music.is_some();
    let mut wrong = Wrongs { list: Vec::new(), fair: run.story.fair, music };
    for placed in &run.placed {
        let Some(report) = run.report(placed.phone, placed.no) else { continue };
        caller(placed, report, seen, &mut wrong);
    }
    for taken in seen.all_taken() {
        leg_of_ours(taken, seen, &mut wrong);
    }
    let house = run.world.system();
    let (began, records) = (house.calls().len(), house.cdrs().len());
    if began != records {
        wrong.add(format!("{began} calls began, {records} records"), &[]);
    }
    if house.strays() > 0 {
        wrong.add(format!("{} events behind a record's end", house.strays()), &[]);
    }
    wrong.list
}

/// The list that is being written.
pub(crate) struct Wrongs {
    pub(crate) list: Vec<Wrong>,
    pub(crate) fair: bool,
    /// A party on hold hears music, and is not re-INVITEd.
    pub(crate) music: bool,
}

impl Wrongs {
    pub(crate) fn add(&mut self, what: String, about: &[&str]) {
        let about = about.iter().map(|a| (*a).to_owned()).collect();
        self.list.push(Wrong { what, about });
    }

    pub(crate) fn unless(&mut self, good: bool, about: &[&str], what: impl FnOnce() -> String) {
        if !good {
            self.add(what(), about);
        }
    }
}

fn caller(placed: &Placed, report: &Report, seen: &Seen<'_>, wrong: &mut Wrongs) {
    let id = report.call_id.as_str();
    let legs: Vec<&str> = cdrs_legs(seen.cdrs(id), id);
    noticed(placed.phone, report, &placed.behaviour.faults, seen, &legs, wrong);
    let rungs = seen.rungs(id);
    let reached = rungs.iter().any(|r| r.to == "us" && arrived(r) && is(r, "INVITE"));
    let cdrs = seen.cdrs(id);
    if cdrs.len() != usize::from(reached) {
        wrong.add(format!("{} records, reached us: {reached}", cdrs.len()), &[id]);
    }
    let Some(cdr) = cdrs.first() else { return };
    repeats(&legs, seen, wrong);
    let Some(ended) = report.ended else {
        return wrong.add("the caller's phone still has it".to_owned(), &legs);
    };
    outcome(ended, placed, report, cdr, seen, &legs, wrong);
    talks(placed, report, cdr, seen, &legs, wrong);
    digits(placed, cdr, &legs, wrong);
    tones(placed, report, cdr, seen, &legs, wrong);
    left_alone(cdr, seen, &legs, wrong);
    for leg in cdr.legs.iter().filter(|leg| leg.leg != 0) {
        let sent = seen.rungs(&leg.sip_call_id).iter().any(|r| r.from == "us");
        wrong.unless(sent, &legs, || format!("leg {} is in the record only", leg.leg));
    }
}

/// The record says what the caller's phone saw.
fn outcome(
    ended: Ended,
    placed: &Placed,
    report: &Report,
    cdr: &Cdr,
    seen: &Seen<'_>,
    legs: &[&str],
    wrong: &mut Wrongs,
) {
    let answered = cdr.answered_ms.is_some();
    let by = cdr.ended_by.as_str();
    // The other side hung up first, and our BYE waits for the caller's ACK (RFC 3261 §15: not before
    // it), which it sends late or the weather has. Where both hang up at once, the first whose BYE comes
    // to us was first.
    let faults = &placed.behaviour.faults;
    let late_ack = faults.ack_after.is_some() || faults.drop_acks > 0;
    let heard_bye = |id: &str| {
        let mut rungs = seen.rungs(id).iter();
        rungs.find(|r| r.from == "us" && is(r, "200 BYE")).map(|r| r.at)
    };
    let came_first = |id: &str| {
        let callers = heard_bye(&report.call_id);
        heard_bye(id).is_some_and(|at| callers.is_none_or(|other| at <= other))
    };
    let waits = by == "agent"
        && (late_ack || !wrong.fair)
        && legs.iter().filter_map(|leg| seen.taken(leg)).any(|taken| {
            let sooner = taken.report.ended_at <= report.ended_at;
            let first = sooner || came_first(&taken.report.call_id);
            taken.report.ended == Some(Ended::ByUs) && first
        });
    // We said BYE before the caller did, and it has not come.
    let is_early_bye = |r: &&Rung| r.from == "us" && is(r, "BYE") && Some(r.at) <= report.ended_at;
    let said_bye = by != "caller" && seen.rungs(&report.call_id).iter().any(is_early_bye);
    // What it asks of a dialog that we have ended gets 481, and that ends its side too (§12.2.1.2).
    let told_gone = [Method::Invite, Method::Update]
        .iter()
        .any(|method| report.statuses_of(*method).contains(&481));
    let good = match ended {
        Ended::ByUs => {
            let unheard = waits || said_bye && !wrong.fair;
            answered && (by == "caller" || report.bye_seen || unheard)
        }
        Ended::ByPeer => answered && by != "caller",
        Ended::Refused(status) => !answered && cdr.sip_status == status && by != "caller",
        // A 2xx that crossed: BYE at once; the other side may have hung up before that.
        Ended::Cancelled => {
            by == "caller" && (answered || cdr.cause == "cancelled") || answered && waits
        }
        Ended::TimedOut => answered && told_gone && (waits || said_bye),
        Ended::NotRefreshed | Ended::BadSession | Ended::NoAck => false,
        Ended::WeRefused(_) => false,
    };
    wrong.unless(good, legs, || {
        format!(
            "the caller saw {ended:?}, the record says by {by}, {}, {}, answered {answered}",
            cdr.cause, cdr.sip_status
        )
    });
    let impossible = ["no_ack", "internal", "lost", "overload", "session_expired", "draining"];
    wrong.unless(!impossible.contains(&cdr.cause.as_str()), legs, || {
        format!("the call ended by {} for {}", cdr.ended_by, cdr.cause)
    });
    if ended == Ended::ByUs {
        let refused = report.statuses_of(Method::Bye).contains(&481);
        wrong.unless(!refused || report.bye_seen, legs, || "481 to the caller's BYE".to_owned());
    }
}

fn cdrs_legs<'a>(cdrs: &[&'a Cdr], caller: &'a str) -> Vec<&'a str> {
    match cdrs.first() {
        Some(cdr) => cdr.legs.iter().map(|l| l.sip_call_id.as_str()).collect(),
        None => vec![caller],
    }
}

/// When the call is over nobody rings or waits on the line for it.
fn left_alone(cdr: &Cdr, seen: &Seen<'_>, legs: &[&str], wrong: &mut Wrongs) {
    let over_ms = u64::try_from(cdr.ended_ms - FIRST_WALL_MS).unwrap_or(0) + 300;
    for taken in cdr.legs.iter().filter_map(|leg| seen.taken(&leg.sip_call_id)) {
        let deaf = taken.behaviour.answer == Answer::Silent
            || taken.behaviour.faults.ignore_cancel
            || taken.behaviour.faults.answer_crosses_cancel;
        let ended_ms = taken.report.ended_at.map_or(u64::MAX, |at| at.0 / 1000);
        wrong.unless(!wrong.fair || deaf || ended_ms <= over_ms, legs, || {
            format!("the call ended at {over_ms} ms, {} at {ended_ms} ms", taken.phone)
        });
    }
}

/// Who talked with the caller: one at a time, each a phone that took the call.
fn talks(
    placed: &Placed,
    report: &Report,
    cdr: &Cdr,
    seen: &Seen<'_>,
    legs: &[&str],
    wrong: &mut Wrongs,
) {
    let mut last_end = 0;
    for talk in &cdr.talks {
        wrong.unless(talk.at_ms >= last_end, legs, || "joined to two at once".to_owned());
        last_end = talk.at_ms + talk.talk_ms;
        let leg = cdr.legs.iter().find(|l| l.leg == talk.leg);
        let Some(taken) = leg.and_then(|l| seen.taken(&l.sip_call_id)) else {
            wrong.add(format!("joined to leg {} that no phone took", talk.leg), legs);
            continue;
        };
        wrong.unless(taken.report.dialogs == 1, legs, || {
            format!("joined to {} that did not answer", taken.phone)
        });
    }
    if cdr.talks.is_empty() {
        return;
    }
    let known = report.dialogs == 1;
    wrong.unless(known, legs, || format!("joined a caller with {} dialogs", report.dialogs));
    held(placed, report, cdr, seen, legs, wrong);
}

/// A hold that began and ended within one talk is in the record, and was carried across.
fn held(
    placed: &Placed,
    report: &Report,
    cdr: &Cdr,
    seen: &Seen<'_>,
    legs: &[&str],
    wrong: &mut Wrongs,
) {
    use centralino::sim::Action;
    let at = |what: &Action| {
        let script = placed.behaviour.script.iter();
        script.filter(|(_, a)| a == what).map(|(d, _)| d.as_millis() as u64).next()
    };
    let (Some(hold), Some(confirmed)) = (at(&Action::Hold), report.confirmed_at) else { return };
    let [talk] = cdr.talks.as_slice() else { return };
    let Some(leg) = cdr.legs.iter().find(|l| l.leg == talk.leg) else { return };
    let Some(taken) = seen.taken(&leg.sip_call_id) else { return };
    let began = report.began_at.unwrap_or_default();
    let offset = confirmed.since(began).as_millis() as u64;
    let (from, until) = (offset + hold, talk.at_ms + talk.talk_ms);
    let simple = wrong.fair
        && taken.behaviour.script.is_empty()
        && taken.behaviour.faults.refuse_reinvite.is_none()
        && placed.behaviour.faults.ack_after.is_none()
        && placed.behaviour.faults.drop_acks == 0
        && from > talk.at_ms + 500
        && from + 500 < until;
    if !simple {
        return;
    }
    let to = at(&Action::Resume).map_or(until, |resume| (offset + resume).min(until));
    let wanted = to - from;
    let good = talk.hold_ms.abs_diff(wanted) <= 250;
    wrong.unless(good, legs, || {
        format!("held for {wanted} ms, the record says {} ms", talk.hold_ms)
    });
    let resumed = to + 300 < until;
    let invites = taken.report.requests.iter().filter(|m| **m == Method::Invite).count();
    if wrong.music {
        return;
    }
    if to == until {
        let good = invites == 2 && taken.report.held;
        wrong.unless(good, legs, || format!("hold was not carried: {invites} INVITEs"));
    } else if resumed {
        let good = invites == 3 && !taken.report.held;
        wrong.unless(good, legs, || format!("hold was not taken back: {invites} INVITEs"));
    }
}

/// No digit is heard more often than it was pressed; a `1` in time leads to the queue.
fn digits(placed: &Placed, cdr: &Cdr, legs: &[&str], wrong: &mut Wrongs) {
    use centralino::sim::Action;
    // By both ways at the same time it is one press.
    let mut presses = BTreeSet::new();
    for (at, action) in &placed.behaviour.script {
        match action {
            Action::Digits(digits) => presses.extend(digits.chars().map(|d| (*at, d))),
            Action::Info(digit) => drop(presses.insert((*at, *digit))),
            _ => {}
        }
    }
    let mut pressed: BTreeMap<char, i32> = BTreeMap::new();
    for (_, digit) in presses {
        *pressed.entry(digit).or_default() += 1;
    }
    for digit in cdr.digits.iter().flat_map(|entry| entry.digits.chars()) {
        *pressed.entry(digit).or_default() -= 1;
    }
    let too_many: Vec<char> =
        pressed.iter().filter(|(_, count)| **count < 0).map(|(d, _)| *d).collect();
    wrong.unless(too_many.is_empty(), legs, || format!("{too_many:?} heard more than pressed"));
}

/// A caller hears prompts and the phones that its own call rang, each no longer than its leg; they
/// hear this caller alone, and its prompts.
fn tones(
    placed: &Placed,
    report: &Report,
    cdr: &Cdr,
    seen: &Seen<'_>,
    legs: &[&str],
    wrong: &mut Wrongs,
) {
    let of_ours = || cdr.legs.iter().filter_map(|leg| seen.taken(&leg.sip_call_id));
    for heard in &report.tones {
        let near = |t: &&Taken<'_>| near(t.behaviour.tone_hz, heard.hz);
        let known = is_prompt(heard.hz) || of_ours().any(|t| near(&t));
        wrong.unless(known, legs, || format!("the caller heard a stranger: {heard:?}"));
    }
    for taken in of_ours() {
        for heard in &taken.report.tones {
            let known = is_prompt(heard.hz) || near(placed.behaviour.tone_hz, heard.hz);
            wrong.unless(known, legs, || format!("{} heard a stranger: {heard:?}", taken.phone));
        }
    }
    for talk in cdr.talks.iter().filter(|talk| talk.talk_ms > 2500) {
        let leg = cdr.legs.iter().find(|l| l.leg == talk.leg);
        let Some(taken) = leg.and_then(|l| seen.taken(&l.sip_call_id)) else { continue };
        let plain = |b: &centralino::sim::Behaviour| {
            b.media
                && b.faults.drop_acks == 0
                && b.faults.ack_after.is_none()
                && !b.script.iter().any(|(_, a)| {
                    !matches!(
                        a,
                        centralino::sim::Action::Digits(_) | centralino::sim::Action::Info(_)
                    )
                })
        };
        // A fork that won sends nothing: it is an answer of the phone's beside its own, which we ended.
        let by_fork = fork_won(seen.rungs(&taken.report.call_id));
        if by_fork || !(wrong.fair && plain(&placed.behaviour) && plain(taken.behaviour)) {
            continue;
        }
        let least = std::time::Duration::from_millis((talk.talk_ms - 500) / 2);
        let ours = taken.behaviour.tone_hz.map(|hz| report.heard_for(hz));
        let theirs = placed.behaviour.tone_hz.map(|hz| taken.report.heard_for(hz));
        wrong.unless(ours >= Some(least) && theirs >= Some(least), legs, || {
            format!("talked for {} ms, heard {ours:?} and {theirs:?}", talk.talk_ms)
        });
    }
}

fn near(tone: Option<u16>, hz: u16) -> bool {
    tone.is_some_and(|tone| tone.abs_diff(hz) <= 5)
}

/// Prompts lie below every phone's tone; ring-back is 425 Hz.
fn is_prompt(hz: u16) -> bool {
    hz < 480
}

/// What a phone found wrong with us. In foul weather a request may be overtaken by the next one.
pub(crate) fn noticed(
    phone: &str,
    report: &Report,
    faults: &Faults,
    seen: &Seen<'_>,
    legs: &[&str],
    wrong: &mut Wrongs,
) {
    let rungs = seen.rungs(&report.call_id);
    for noticed in &report.noticed {
        let by_weather = match noticed {
            Noticed::CSeqOrder(_)
            | Noticed::RtpTimestamp
            | Noticed::RtpUnwanted
            | Noticed::StrayResponse(_) => !wrong.fair || faults.everything_twice,
            // We counted up by one each time, and the phone did not get all of it, or not in order.
            Noticed::OriginVersion { .. } => !wrong.fair && versions_count_up(rungs),
            // The phone has another answer of its own for the call than we: what we ask in the dialog
            // that we kept it refuses with 481, and takes the ACK of that for the fork's.
            Noticed::WrongTag(_) | Noticed::AckMissing(481) => fork_won(rungs),
            _ => false,
        };
        wrong.unless(by_weather, legs, || format!("{phone} noticed {noticed:?}"));
    }
}
