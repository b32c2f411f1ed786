//! What must hold of each call when all is over: of the caller's leg, of each leg of ours, of the
//! record beside both.

use crate::run::{Placed, Run, Wrong};
use crate::seen::{Seen, Taken, arrived, is};
use centralino::base::limits::{T1, T1_64, T2};
use centralino::record::Cdr;
use centralino::sim::clock::FIRST_WALL_MS;
use centralino::sim::{Answer, Ended, Faults, Noticed, Report};
use centralino::sip::Method;
use std::collections::{BTreeMap, BTreeSet};

/// How late a timer may be: a tick of the wheel, and what the parts' post adds.
const TICK: std::time::Duration = std::time::Duration::from_millis(30);

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
    noticed(placed.phone, report, &placed.behaviour.faults, &legs, wrong);
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
    outcome(ended, report, cdr, seen, &legs, wrong);
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
    report: &Report,
    cdr: &Cdr,
    seen: &Seen<'_>,
    legs: &[&str],
    wrong: &mut Wrongs,
) {
    // The other side hung up while our BYE still waited for the caller's late ACK (BYE-01).
    let crossed = cdr.ended_by == "agent"
        && legs.iter().filter_map(|leg| seen.taken(leg)).any(|taken| {
            taken.report.ended == Some(Ended::ByUs) && taken.report.ended_at <= report.ended_at
        });
    let answered = cdr.answered_ms.is_some();
    let by = cdr.ended_by.as_str();
    let good = match ended {
        Ended::ByUs => answered && (by == "caller" || report.bye_seen || crossed),
        Ended::ByPeer => answered && by != "caller",
        Ended::Refused(status) => !answered && cdr.sip_status == status && by != "caller",
        // A 2xx that crossed: BYE at once.
        Ended::Cancelled => by == "caller" && (answered || cdr.cause == "cancelled"),
        // Its re-INVITE met our end of the call: 481.
        Ended::TimedOut => crossed && !wrong.fair,
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
        if !(wrong.fair && plain(&placed.behaviour) && plain(taken.behaviour)) {
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

/// A leg that we began: it is in one record, was acknowledged, was cancelled rightly, and is over.
fn leg_of_ours(taken: &Taken<'_>, seen: &Seen<'_>, wrong: &mut Wrongs) {
    let (report, behaviour) = (taken.report, taken.behaviour);
    let id = report.call_id.as_str();
    // A phone that is deaf to CANCEL rings on for ever; the leg is given up after 64·T1 (CAN-08).
    let over = report.ended.is_some() || behaviour.faults.ignore_cancel;
    wrong.unless(over, &[id], || format!("{} still has it", taken.phone));
    let mut of_record = seen.all_cdrs().filter(|c| c.legs.iter().any(|l| l.sip_call_id == id));
    let Some(cdr) = of_record.next() else {
        return wrong.add(format!("the call at {} is in no record", taken.phone), &[id]);
    };
    let legs: Vec<&str> = cdr.legs.iter().map(|l| l.sip_call_id.as_str()).collect();
    noticed(taken.phone, report, &behaviour.faults, &legs, wrong);
    wrong.unless(of_record.next().is_none(), &legs, || "a leg in two records".to_owned());
    let good = match report.ended {
        Some(Ended::NoAck | Ended::NotRefreshed | Ended::BadSession) => false,
        // Our BYE may overtake our ACK.
        Some(Ended::ByPeer) => report.confirmed_at.is_some() || !wrong.fair,
        Some(Ended::ByUs) => report.confirmed_at.is_some(),
        Some(Ended::TimedOut) => behaviour.answer == Answer::Silent || !wrong.fair,
        // Deaf to CANCEL: it rings on, and the leg is given up after 64·T1 (CAN-08).
        None => behaviour.faults.ignore_cancel,
        Some(Ended::Refused(_)) => false,
        Some(Ended::WeRefused(_) | Ended::Cancelled) => true,
    };
    wrong.unless(good, &legs, || format!("{} saw {:?}", taken.phone, report.ended));
    let (acked, ended) = report.forks_ended;
    let forks = u32::from(behaviour.faults.forked_answers);
    let all = report.dialogs == 0 || !wrong.fair || acked >= forks && ended == forks;
    wrong.unless(all, &legs, || {
        format!("{} forked {forks} times: {acked} ACKs, {ended} BYEs", taken.phone)
    });
    acknowledged(id, seen, &legs, wrong);
    rung_for(taken, seen, &legs, wrong);
}

/// Every 200 that came is acknowledged, the repeated ones too; a refusal as well.
fn acknowledged(id: &str, seen: &Seen<'_>, legs: &[&str], wrong: &mut Wrongs) {
    let rungs = seen.rungs(id);
    let came = |what| rungs.iter().filter(|r| r.to == "us" && arrived(r) && is(r, what)).count();
    let answers = came("200 INVITE");
    let acks = rungs.iter().filter(|r| r.from == "us" && is(r, "ACK")).count();
    wrong.unless(acks >= answers, legs, || format!("{answers} answers, {acks} ACKs"));
}

/// We ring for as long as the plan says, cancel then, and never before a provisional (RFC 3261
/// §9.1).
fn rung_for(taken: &Taken<'_>, seen: &Seen<'_>, legs: &[&str], wrong: &mut Wrongs) {
    let id = taken.report.call_id.as_str();
    let (rungs, Some(began)) = (seen.rungs(id), seen.invited_at(id)) else { return };
    let cancelled = rungs.iter().find(|r| r.from == "us" && is(r, "CANCEL"));
    let provisional = rungs.iter().find(|r| r.to == "us" && arrived(r) && r.what.starts_with('1'));
    if let Some(cancel) = cancelled {
        let heard = provisional.is_some_and(|p| p.at <= cancel.at);
        wrong.unless(heard, legs, || "CANCEL before a provisional".to_owned());
    }
    let is_final = |r: &&&centralino::sim::Rung| {
        let status = r.what.split(' ').next().and_then(|w| w.parse::<u16>().ok());
        r.to == "us" && arrived(r) && r.what.contains(" INVITE") && status.is_some_and(|s| s >= 200)
    };
    let over = rungs.iter().find(is_final).map(|r| r.at);
    let ring_ms = if taken.phone == "desk" { 8000 } else { 6000 };
    let slack = std::time::Duration::from_millis(400);
    let until = began + std::time::Duration::from_millis(ring_ms) + slack;
    let until = provisional.map_or(until, |p| until.max(p.at + slack));
    let stopped = [over, cancelled.map(|r| r.at)].into_iter().flatten().min();
    // Lost in the weather: given up unheard, it may still ring until its answer is met with BYE.
    let silent = provisional.is_none() || !wrong.fair;
    wrong.unless(silent || stopped.is_some_and(|at| at <= until), legs, || {
        format!("{} rang from {began:?} to {stopped:?}", taken.phone)
    });
}

/// What we repeat by ourselves is repeated after T1, then twice as long each time, up to T2 where
/// the RFC says so (RFC 3261 §13.3.1.4, §17.1.1.2, §17.1.2.2); no final is waited for beyond 64·T1.
pub(crate) fn repeats(ids: &[&str], seen: &Seen<'_>, wrong: &mut Wrongs) {
    for id in ids {
        let mut sent: BTreeMap<&[u8], Vec<centralino::base::Mono>> = BTreeMap::new();
        for rung in seen.rungs(id).iter().filter(|r| r.from == "us") {
            if is(rung, "INVITE") || is(rung, "BYE") || is(rung, "200 INVITE") {
                sent.entry(&rung.bytes).or_default().push(rung.at);
            }
        }
        for (bytes, times) in sent {
            let most = if bytes.starts_with(b"INVITE") { T1_64 } else { T2 };
            let mut gap = T1;
            for pair in times.windows(2) {
                let took = pair[1].since(pair[0]);
                let good = took >= gap && took <= gap + TICK;
                wrong.unless(good, &[id], || format!("repeated after {took:?}, not {gap:?}"));
                gap = (gap * 2).min(most);
            }
            let all = times.last().zip(times.first()).map(|(l, f)| l.since(*f));
            wrong.unless(all < Some(T1_64), &[id], || format!("repeated for {all:?}"));
        }
    }
}

/// What a phone found wrong with us. In foul weather a request may be overtaken by the next one.
fn noticed(phone: &str, report: &Report, faults: &Faults, legs: &[&str], wrong: &mut Wrongs) {
    for noticed in &report.noticed {
        let by_weather = match noticed {
            Noticed::CSeqOrder(_)
            | Noticed::RtpTimestamp
            | Noticed::RtpUnwanted
            | Noticed::StrayResponse(_) => !wrong.fair || faults.everything_twice,
            // An offer of ours that was lost with its dialog's end took a version with it.
            Noticed::OriginVersion { .. } => !wrong.fair,
            // Of two answers the one that came first counts, whichever was sent first.
            Noticed::WrongTag(_) | Noticed::AckMissing(_) => {
                !wrong.fair && faults.forked_answers > 0
            }
            _ => false,
        };
        wrong.unless(by_weather, legs, || format!("{phone} noticed {noticed:?}"));
    }
}
