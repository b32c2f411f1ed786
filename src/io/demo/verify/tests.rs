//! One honest call passes; each thing that is doctored in it fails the check that is for it.

use super::super::cast::{Caller, Temper, Way, Wish};
use super::super::seen::{AgentSeen, CallerSeen, Seen};
use super::*;
use crate::base::{Cause, EndedBy};
use crate::record::Opened;
use crate::record::cdr::{DecisionRecord, Durations, Entered, LegRecord, Offer, QueueStay, Talk};
use crate::sim::Behaviour;

fn seen(call_id: &str, ended: Ended, tone: u16) -> Seen {
    Seen {
        call_id: call_id.to_owned(),
        ended: Some(ended),
        confirmed: true,
        up_for: Duration::from_secs(12),
        tones: vec![(tone, Duration::from_secs(4))],
        speech: Duration::from_secs(3),
        sent: 600,
        received: 600,
        ..Seen::default()
    }
}

fn leg(leg: u16, sip_call_id: &str) -> LegRecord {
    let (sip_call_id, cause) = (sip_call_id.to_owned(), None);
    LegRecord { leg, sip_call_id, began_ms: 0, ended_ms: Some(12_000), cause, media: None }
}

/// A caller who pressed 1, talked with Anna for five seconds and hung up.
fn honest() -> Evidence {
    let caller = Caller {
        number: "+393330000001".to_owned(),
        called: "1000".to_owned(),
        wish: Wish::Sales,
        way: Way::Events,
        entries: vec!["1".to_owned()],
        typed_after: Duration::from_secs(3),
        patience: Duration::from_secs(60),
        talk: Duration::from_secs(5),
        tone: 450,
        behaviour: Behaviour::default(),
    };
    let opened = Opened {
        call: "0000000000000001".to_owned(),
        plan: String::new(),
        trunk: "carrier".to_owned(),
        caller: caller.number.clone(),
        caller_withheld: false,
        called: caller.called.clone(),
        sip_call_id: "caller-1".to_owned(),
        began_ms: 0,
    };
    let offer = Offer {
        at_ms: 5_000,
        leg: 1,
        to: "anna".to_owned(),
        agent: true,
        ring_ms: 1_000,
        outcome: OfferOutcome::Joined,
    };
    let queue = "sales".to_owned();
    let stay = QueueStay {
        at_ms: 5_000,
        queue: queue.clone(),
        wait_ms: 2_000,
        outcome: "joined".to_owned(),
    };
    let with = "anna".to_owned();
    let talk = Talk { at_ms: 7_000, leg: 1, with, talk_ms: 5_000, hold_ms: 0 };
    let decision = DecisionRecord {
        wall_ms: 5_000,
        queue: queue.clone(),
        plan: String::new(),
        step: 0,
        waited_ms: 0,
        index: None,
        winner: Some("anna".to_owned()),
        reason: "the longest idle of 2 free".to_owned(),
        looked_at: 2,
        candidates: Vec::new(),
    };
    let cdr = Cdr {
        opened,
        answered_ms: Some(10),
        ended_ms: 12_000,
        durations: Durations::default(),
        agent: Some("anna".to_owned()),
        queue: Some(queue),
        ended_by: EndedBy::Caller.as_str().to_owned(),
        cause: Cause::NormalClearing.as_str().to_owned(),
        sip_status: 0,
        q850: 16,
        states: Vec::new(),
        digits: vec![Entered { at_ms: 3_000, digits: "1".to_owned() }],
        queues: vec![stay],
        offers: vec![offer],
        routes: Vec::new(),
        talks: vec![talk],
        legs: vec![leg(0, "caller-1"), leg(1, "agent-1")],
        decisions: vec![decision],
        truncated: 0,
    };
    Evidence {
        callers: vec![CallerSeen {
            caller,
            seen: seen("caller-1", Ended::ByUs, 620),
            cut_short: false,
        }],
        agents: vec![AgentSeen {
            name: "anna".to_owned(),
            tone: 620,
            temper: Temper::Answers,
            seen: seen("agent-1", Ended::ByPeer, 450),
        }],
        cdrs: vec![cdr],
        may_take: [("anna".to_owned(), ["sales".to_owned()].into())].into(),
    }
}

fn failing(evidence: &Evidence) -> Vec<&'static str> {
    verify(evidence).iter().filter(|check| !check.holds()).map(|check| check.what).collect()
}

#[test]
fn an_honest_call_holds_every_check() {
    let checks = verify(&honest());
    assert_eq!(failing(&honest()), [] as [&str; 0]);
    assert!(checks.iter().all(|check| check.of > 0), "a check looked at nothing: {checks:?}");
}

#[test]
fn a_demo_without_a_call_proves_nothing() {
    assert_eq!(failing(&Evidence::default()), ["every call has exactly one CDR"]);
}

/// Every check can fail, and fails alone.
#[test]
fn each_doctored_report_fails_its_check() {
    type Doctor = fn(&mut Evidence);
    let rows: [(&str, &str, Doctor); 24] = [
        ("no CDR", "every call has", |e| {
            e.cdrs.clear();
            e.agents.clear();
        }),
        ("two CDRs", "every call has", |e| e.cdrs.push(e.cdrs[0].clone())),
        ("a CDR that nobody placed", "every call has", |e| {
            let mut cdr = e.cdrs[0].clone();
            cdr.opened.sip_call_id = "other".to_owned();
            e.cdrs.push(cdr);
        }),
        ("the caller heard silence", "callers heard", |e| e.callers[0].seen.tones.clear()),
        ("the caller heard another agent", "callers heard", |e| {
            e.callers[0].seen.tones[0].0 = 640;
        }),
        ("the caller heard a click only", "callers heard", |e| {
            e.callers[0].seen.tones[0].1 = Duration::from_millis(100);
        }),
        ("the agent heard silence", "agents heard", |e| e.agents[0].seen.tones.clear()),
        ("the agent heard somebody else too", "agents heard", |e| {
            e.agents[0].seen.tones.push((470, Duration::from_millis(150)));
        }),
        ("no prompt", "prompts were", |e| e.callers[0].seen.speech = Duration::ZERO),
        ("another digit", "digits arrived", |e| e.cdrs[0].digits[0].digits = "2".to_owned()),
        ("no digit", "digits arrived", |e| e.cdrs[0].digits.clear()),
        ("a digit twice", "digits arrived", |e| {
            let again = Entered { at_ms: 3_200, digits: "1".to_owned() };
            e.cdrs[0].digits.push(again);
        }),
        ("the wrong queue", "keys led", |e| e.cdrs[0].queues[0].queue = "billing".to_owned()),
        ("no queue", "keys led", |e| e.cdrs[0].queues.clear()),
        ("an agent without the skill", "keys led", |e| e.may_take.clear()),
        ("no decision", "every agent who", |e| e.cdrs[0].decisions.clear()),
        ("no reason", "every agent who", |e| e.cdrs[0].decisions[0].reason.clear()),
        ("the record names another end", "records say", |e| {
            e.cdrs[0].ended_by = "agent".to_owned();
        }),
        ("the record knows no answer", "records say", |e| e.cdrs[0].answered_ms = None),
        ("the caller's BYE had no answer", "records say", |e| {
            e.callers[0].seen.ended = Some(Ended::TimedOut);
        }),
        ("the caller's call never ended", "records say", |e| e.callers[0].seen.ended = None),
        ("a leg that no record tells of", "every call that a phone", |e| {
            let seen = Seen { call_id: "lost".to_owned(), ..e.agents[0].seen.clone() };
            e.agents.push(AgentSeen { seen, ..e.agents[0].clone() });
        }),
        ("the caller noticed something", "phones found", |e| {
            e.callers[0].seen.noticed.push("RtpTimestamp".to_owned());
        }),
        ("the agent noticed something", "phones found", |e| {
            e.agents[0].seen.noticed.push("NoContact(INVITE)".to_owned());
        }),
    ];
    for (what, check, doctor) in rows {
        let mut evidence = honest();
        doctor(&mut evidence);
        let failing = failing(&evidence);
        assert!(failing.len() == 1 && failing[0].starts_with(check), "{what}: {failing:?}");
    }
}

#[test]
fn an_agent_who_was_never_rung_cannot_have_talked() {
    let mut evidence = honest();
    evidence.agents.clear();
    let failing = failing(&evidence);
    assert!(failing.len() == 2 && failing.iter().all(|what| what.contains("heard")), "{failing:?}");
}

#[test]
fn a_caller_who_hung_up_while_typing_may_have_begun_only() {
    let mut evidence = honest();
    evidence.callers[0].caller.entries = vec!["1".to_owned(), "4711".to_owned()];
    assert_eq!(failing(&evidence), ["digits arrived as they were pressed"]);
    evidence.callers[0].caller.typed_after = Duration::from_secs(20);
    assert_eq!(failing(&evidence), [] as [&str; 0]);
}

#[test]
fn ends_that_cross_are_both_right() {
    let mut evidence = honest();
    evidence.cdrs[0].ended_by = "agent".to_owned();
    evidence.callers[0].seen.bye_seen = true;
    assert_eq!(failing(&evidence), [] as [&str; 0]);
}

#[test]
fn refused_and_cancelled_calls_are_told_as_such() {
    let rows = [
        (Ended::Refused(486), "system", "busy", 486, true),
        (Ended::Refused(486), "system", "busy", 480, false),
        (Ended::Refused(486), "caller", "cancelled", 486, false),
        (Ended::Cancelled, "caller", "cancelled", 487, true),
        (Ended::Cancelled, "system", "no_answer", 480, false),
    ];
    for (ended, by, cause, status, right) in rows {
        let mut evidence = honest();
        let seen = &mut evidence.callers[0].seen;
        (seen.ended, seen.confirmed, seen.up_for) = (Some(ended), false, Duration::ZERO);
        let cdr = &mut evidence.cdrs[0];
        (cdr.ended_by, cdr.cause, cdr.sip_status) = (by.to_owned(), cause.to_owned(), status);
        cdr.answered_ms = None;
        let wanted: &[&str] = if right { &[] } else { &["records say what the phones saw"] };
        assert_eq!(failing(&evidence), wanted, "{ended:?} {by} {cause} {status}");
    }
}

#[test]
fn failures_are_told_for_the_first_calls_and_counted_for_all() {
    let mut evidence = honest();
    let noticed = vec!["RtpSource".to_owned()];
    let seen = Seen { noticed, ..evidence.agents[0].seen.clone() };
    evidence.agents = vec![AgentSeen { seen, ..evidence.agents[0].clone() }; 9];
    let checks = verify(&evidence);
    let check = checks.iter().find(|c| c.what.starts_with("phones found")).expect("the check");
    assert_eq!((check.of, check.failed, check.told.len()), (10, 9, TOLD));
}
