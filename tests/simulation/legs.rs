//! What must hold of each leg that we began, and of what we send by ourselves: it is in one record,
//! every answer of every fork is acknowledged, a phone rings no longer than it may, repeats keep
//! their times.
//!
//! The weather excuses only what it can have done, as the ladder tells it: what was sent, and whether
//! it arrived.

use crate::calls::{Wrongs, noticed};
use crate::seen::{Seen, Taken, arrived, is};
use centralino::base::limits::{T1, T1_64, T2};
use centralino::sim::{Answer, Ended, Rung};
use centralino::sip::Message;
use std::collections::{BTreeMap, BTreeSet};

/// How late a timer may be: a tick of the wheel, and what the parts' post adds.
const TICK: std::time::Duration = std::time::Duration::from_millis(30);

/// A leg that we began: it is in one record, was acknowledged, was cancelled rightly, and is over.
pub(crate) fn leg_of_ours(taken: &Taken<'_>, seen: &Seen<'_>, wrong: &mut Wrongs) {
    let (report, behaviour) = (taken.report, taken.behaviour);
    let id = report.call_id.as_str();
    let mut of_record = seen.all_cdrs().filter(|c| c.legs.iter().any(|l| l.sip_call_id == id));
    let Some(cdr) = of_record.next() else {
        return wrong.add(format!("the call at {} is in no record", taken.phone), &[id]);
    };
    let legs: Vec<&str> = cdr.legs.iter().map(|l| l.sip_call_id.as_str()).collect();
    noticed(taken.phone, report, &behaviour.faults, seen, &legs, wrong);
    wrong.unless(of_record.next().is_none(), &legs, || "a leg in two records".to_owned());
    let good = match report.ended {
        Some(Ended::NoAck | Ended::NotRefreshed | Ended::BadSession) => false,
        // Our BYE may overtake our ACK.
        Some(Ended::ByPeer) => report.confirmed_at.is_some() || !wrong.fair,
        Some(Ended::ByUs) => report.confirmed_at.is_some(),
        Some(Ended::TimedOut) => behaviour.answer == Answer::Silent || !wrong.fair,
        // It heard our CANCEL, is deaf to it, and answers nothing by itself: it rings for ever, and
        // the leg is given up after 64·T1 (RFC 3261 §9.1).
        None => {
            let deaf = behaviour.faults.ignore_cancel && behaviour.answer == Answer::Never;
            deaf && report.cancel_seen && report.dialogs == 0
        }
        Some(Ended::Refused(_)) => false,
        Some(Ended::WeRefused(_) | Ended::Cancelled) => true,
    };
    wrong.unless(good, &legs, || format!("{} saw {:?}", taken.phone, report.ended));
    let (acked, ended) = report.forks_ended;
    let forks = u32::from(behaviour.faults.forked_answers);
    // In foul weather an answer may not have come, or ours to it: there the ladder is asked, below.
    let all = report.dialogs == 0 || !wrong.fair || acked >= forks && ended == forks;
    wrong.unless(all, &legs, || {
        format!("{} forked {forks} times: {acked} ACKs, {ended} BYEs", taken.phone)
    });
    answers(id, seen, &legs, wrong);
    rung_for(taken, seen, &legs, wrong);
}

/// Every 2xx that came is acknowledged, the repeated ones too, in the dialog that it made; all dialogs
/// but one are ended by a BYE of ours (RFC 3261 §13.2.2.4).
fn answers(id: &str, seen: &Seen<'_>, legs: &[&str], wrong: &mut Wrongs) {
    let rungs = seen.rungs(id);
    let mut came: BTreeMap<(Vec<u8>, u32), usize> = BTreeMap::new();
    for rung in rungs.iter().filter(|r| r.to == "us" && arrived(r) && is(r, "200 INVITE")) {
        *came.entry(dialog_and_number(rung)).or_default() += 1;
    }
    let sent = |what: &str| -> Vec<(Vec<u8>, u32)> {
        rungs.iter().filter(|r| r.from == "us" && is(r, what)).map(dialog_and_number).collect()
    };
    let (acks, byes) = (sent("ACK"), sent("BYE"));
    for (answer, times) in &came {
        let acked = acks.iter().filter(|ack| *ack == answer).count();
        wrong.unless(acked >= *times, legs, || format!("{times} answers, {acked} ACKs"));
    }
    let dialogs: BTreeSet<&[u8]> = came.keys().map(|(tag, _)| tag.as_slice()).collect();
    let kept = kept_dialog(rungs);
    for tag in dialogs.into_iter().filter(|tag| kept.as_deref() != Some(tag)) {
        let ended = byes.iter().any(|(of, _)| of == tag);
        wrong.unless(ended, legs, || "a fork's dialog was not ended".to_owned());
    }
}

/// The To tag of a message and its CSeq number.
fn dialog_and_number(rung: &&Rung) -> (Vec<u8>, u32) {
    let Ok(message) = Message::scan(rung.bytes.clone()) else { return Default::default() };
    let number = message.cseq().map(|cseq| cseq.number).unwrap_or_default();
    (message.to_tag().unwrap_or_default().to_vec(), number)
}

/// Of several answers the one that comes first counts (RFC 3261 §13.2.2.4 leaves the choice to the
/// UAC): the dialog of our first ACK of a 2xx, since what comes is acknowledged at once.
fn kept_dialog(rungs: &[&Rung]) -> Option<Vec<u8>> {
    let answers = rungs.iter().filter(|r| r.to == "us" && is(r, "200 INVITE"));
    let answers: BTreeSet<_> = answers.map(dialog_and_number).collect();
    let acks = rungs.iter().filter(|r| r.from == "us" && is(r, "ACK"));
    acks.map(dialog_and_number).find(|ack| answers.contains(ack)).map(|(tag, _)| tag)
}

/// Whether the dialog that we kept is a fork's: the phone, which sends its own answer first, then has
/// one that we ended, and knows of requests in another.
pub(crate) fn fork_won(rungs: &[&Rung]) -> bool {
    let own = rungs.iter().find(|r| r.to == "us" && is(r, "200 INVITE")).map(dialog_and_number);
    let kept = kept_dialog(rungs);
    kept.is_some() && kept != own.map(|(tag, _)| tag)
}

/// Whether our session descriptions on a leg count up by one, in the order in which they were sent
/// (RFC 3264 §8). Where they do, a phone that misses a version did not get what was between.
///
/// An answer may be one further on: an offer of ours that waited for the phone's ACK has a version, and
/// is never said if the phone makes an offer first (RFC 3261 §14.1).
pub(crate) fn versions_count_up(rungs: &[&Rung]) -> bool {
    let mut said = BTreeSet::new();
    let mut last = None;
    for rung in rungs.iter().filter(|r| r.from == "us") {
        let Ok(message) = Message::scan(rung.bytes.clone()) else { continue };
        let version = message.sdp().and_then(|sdp| {
            let text = String::from_utf8_lossy(&sdp).into_owned();
            let origin = text.lines().find(|line| line.starts_with("o="))?.to_owned();
            origin.split(' ').nth(2)?.parse::<u64>().ok()
        });
        // What is repeated says what it said before.
        let Some(version) = version.filter(|_| said.insert(rung.bytes.clone())) else { continue };
        let most = if message.method().is_none() { 2 } else { 1 };
        if last.is_some_and(|last| version < last || version > last + most) {
            return false;
        }
        last = Some(version);
    }
    true
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
    let silent = provisional.is_none();
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
