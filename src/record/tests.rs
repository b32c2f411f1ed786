//! The folds as a whole: one ordinary call by hand, and any order of anything by proptest.

use super::cdr::{Cdr, OfferOutcome};
use super::live::Phase;
use super::*;
use crate::base::{AgentId, CallKey, Cause, EndedBy, FlowId, LegNo, QueueId, TrunkId};
use crate::media::StreamFigures;
use crate::router::{Candidate, Decision};
use proptest::prelude::*;
use std::sync::Arc;

const CALL: CallKey = CallKey(0x0010_0000_0000_00ab);
const BEGAN_MS: i64 = 1_800_000_000_000;

fn event(at_ms: u64, what: Happened) -> Event {
    let wall_ms = BEGAN_MS + i64::try_from(at_ms).unwrap();
    Event { call: CALL, wall_ms, mono_us: 7_000_000 + at_ms * 1_000, what }
}

fn began(withheld: bool) -> Happened {
    Happened::Began {
        trunk: TrunkId(0),
        trunk_name: "carrier".into(),
        from: "+393331234567".into(),
        withheld,
        to: "+390212345".into(),
        sip_call_id: "a@carrier".into(),
        plan: "hash".into(),
    }
}

fn offered(leg: u16, name: &str) -> Happened {
    Happened::Offered {
        leg: LegNo(leg),
        agent: Some(AgentId(u32::from(leg))),
        name: name.into(),
        sip_call_id: format!("{leg}@us"),
    }
}

fn decision() -> Arc<Decision> {
    let candidate = |id: u32, name: &str, ruled_out: Option<&str>| Candidate {
        agent: AgentId(id),
        name: name.into(),
        ruled_out: ruled_out.map(Arc::from),
        terms: vec![("longest idle", 12.5), ("skill", f64::INFINITY)],
    };
    Arc::new(Decision {
        contact: CALL,
        queue: QueueId(4),
        plan: "ab12".into(),
        lease: None,
        wall_ms: BEGAN_MS + 3_000,
        step: 0,
        waited_ms: 1_000,
        index: 31.0,
        candidates: vec![
            candidate(2, "anna", None),
            candidate(1, "bruno", Some("skill.billing >= 8")),
        ],
        winner: Some(AgentId(2)),
        reason: "longest idle".into(),
    })
}

/// Bruno does not answer, Anna does; the caller is held once and hangs up.
fn ordinary_call() -> Vec<Event> {
    let state = |name: &str| Happened::State { flow: FlowId(0), name: name.into() };
    let figures = StreamFigures { packets_received: 500, digits: 1, ..StreamFigures::default() };
    [
        (0, began(false)),
        (100, Happened::Answered),
        (100, state("choose")),
        (1_500, Happened::Digits("1".into())),
        (1_500, state("bill")),
        (2_000, Happened::Queued { queue: QueueId(4), name: "billing".into() }),
        (2_000, offered(1, "bruno")),
        (2_500, Happened::Ringing { leg: LegNo(1) }),
        (5_500, Happened::OfferEnded { leg: LegNo(1), cause: Cause::NoAnswer }),
        (5_500, Happened::LegEnded { leg: LegNo(1), cause: Cause::NoAnswer }),
        (5_600, Happened::Decided(decision())),
        (6_000, offered(2, "anna")),
        (6_200, Happened::Ringing { leg: LegNo(2) }),
        (8_000, Happened::Joined { leg: LegNo(2) }),
        (20_000, Happened::Held { leg: LegNo(2) }),
        (25_000, Happened::Resumed { leg: LegNo(2) }),
        (38_000, Happened::LegEnded { leg: LegNo::CALLER, cause: Cause::NormalClearing }),
        (38_050, Happened::LegEnded { leg: LegNo(2), cause: Cause::NormalClearing }),
        (38_060, Happened::Media { leg: LegNo::CALLER, figures }),
        (
            38_060,
            Happened::Ended {
                by: EndedBy::Caller,
                cause: Cause::NormalClearing,
                sip_status: 200,
                q850: 16,
            },
        ),
    ]
    .into_iter()
    .map(|(at_ms, what)| event(at_ms, what))
    .collect()
}

fn fold(events: &[Event]) -> Vec<Cdr> {
    let mut records = Records::new();
    let posted = events.iter().filter_map(|event| records.apply(event));
    posted
        .filter_map(|posted| match posted {
            Posted::End(cdr) => Some(*cdr),
            Posted::Begin(_) => None,
        })
        .collect()
}

#[test]
fn an_ordinary_call_is_told_in_full() {
    let [cdr] = &fold(&ordinary_call())[..] else { panic!("one CDR") };
    let durations = cdr.durations;
    assert_eq!(durations.setup_ms, 100);
    assert_eq!(durations.ring_ms, 3_000 + 1_800);
    assert_eq!(durations.wait_ms, 6_000);
    assert_eq!(durations.talk_ms, 30_000);
    assert_eq!(durations.hold_ms, 5_000);
    assert_eq!(durations.total_ms, 38_060);
    assert_eq!(cdr.opened.began_ms, BEGAN_MS);
    assert_eq!(cdr.answered_ms, Some(BEGAN_MS + 100));
    assert_eq!(cdr.ended_ms, BEGAN_MS + 38_060);
    assert_eq!((cdr.agent.as_deref(), cdr.queue.as_deref()), (Some("anna"), Some("billing")));
    assert_eq!((cdr.cause.as_str(), cdr.ended_by.as_str()), ("normal_clearing", "caller"));
    assert_eq!((cdr.sip_status, cdr.q850), (200, 16));
    let states: Vec<_> = cdr.states.iter().map(|visited| visited.state.as_str()).collect();
    assert_eq!(states, ["choose", "bill"]);
    assert_eq!(cdr.offers[0].outcome, OfferOutcome::ended(Cause::NoAnswer));
    assert_eq!(cdr.offers[1].outcome, OfferOutcome::Joined);
    assert_eq!(cdr.queues[0].outcome, "joined");
    assert_eq!((cdr.talks[0].talk_ms, cdr.talks[0].hold_ms), (30_000, 5_000));
    let ids: Vec<_> = cdr.legs.iter().map(|leg| leg.sip_call_id.as_str()).collect();
    assert_eq!(ids, ["a@carrier", "1@us", "2@us"]);
    assert_eq!(cdr.legs[0].media.unwrap().packets_received, 500);
    assert_eq!(cdr.decisions[0].winner.as_deref(), Some("anna"));
    assert_eq!(cdr.decisions[0].queue, "billing");
    assert_eq!(cdr.truncated, 0);
}

#[test]
fn a_record_survives_json() {
    let [cdr] = &fold(&ordinary_call())[..] else { panic!("one CDR") };
    let text = serde_json::to_string(cdr).unwrap();
    assert_eq!(&serde_json::from_str::<Cdr>(&text).unwrap(), cdr);
    assert!(text.contains(r#""outcome":"ended","cause":"no_answer""#), "{text}");
}

/// REAL-06: a withheld number is in no record, no view and no debug output.
#[test]
fn real_06_a_withheld_number_is_kept_nowhere() {
    let mut events = ordinary_call();
    events[0].what = began(true);
    let [cdr] = &fold(&events)[..] else { panic!("one CDR") };
    assert!(cdr.opened.caller_withheld);
    assert!(!serde_json::to_string(cdr).unwrap().contains("1234567"));
    let mut live = Live::new();
    live.apply(&events[0]);
    assert_eq!(live.calls(true, 9)[0].caller, "");
    assert!(!format!("{events:?}").contains("1234567"));
}

#[test]
fn debug_output_shows_no_number_and_no_digit() {
    let events = ordinary_call();
    let text = format!("{events:?} {:?}", fold(&events));
    for private in ["1234567", "390212345", "Digits(\"1\")"] {
        assert!(!text.contains(private), "{private} in {text}");
    }
}

#[test]
fn an_abandoned_wait_says_so() {
    let mut events = ordinary_call();
    events.truncate(8);
    let (by, cause) = (EndedBy::Caller, Cause::NormalClearing);
    events.push(event(4_000, Happened::Ended { by, cause, sip_status: 200, q850: 16 }));
    let [cdr] = &fold(&events)[..] else { panic!("one CDR") };
    assert_eq!((cdr.queues[0].outcome.as_str(), cdr.queues[0].wait_ms), ("abandoned", 2_000));
    assert_eq!((&cdr.offers[0].outcome, cdr.offers[0].ring_ms), (&OfferOutcome::Open, 1_500));
    assert_eq!(cdr.agent, None);
}

#[test]
fn the_begin_is_posted_once_and_what_follows_the_end_is_dropped() {
    let events = ordinary_call();
    let mut records = Records::new();
    let posted: Vec<_> =
        events.iter().chain(&events).filter_map(|event| records.apply(event)).collect();
    let [Posted::Begin(opened), Posted::End(cdr)] = &posted[..] else { panic!("{posted:?}") };
    assert_eq!(&cdr.opened, opened);
    assert_eq!((records.open(), records.strays()), (0, events.len() as u64));
}

#[test]
fn the_live_view_follows_the_call() {
    let events = ordinary_call();
    let mut live = Live::new();
    let mut phases = Vec::new();
    for event in &events {
        live.apply(event);
        if let Some(call) = live.calls(false, 1).first() {
            assert_eq!(call.caller, "**********567");
            if phases.last() != Some(&call.phase) {
                phases.push(call.phase);
            }
        }
    }
    use Phase::{Flow, Held, Ringing, Talking, Waiting};
    assert_eq!(phases, [Flow, Waiting, Ringing, Waiting, Ringing, Talking, Held, Talking, Flow]);
    assert!(live.is_empty());
}

#[test]
fn the_figures_count_the_call() {
    let mut figures = Figures::new();
    for event in &ordinary_call() {
        figures.apply(event);
    }
    assert_eq!(figures.in_progress(), 0);
    let figures = figures.totals();
    assert_eq!((figures.calls_began, figures.calls_answered, figures.joins), (1, 1, 1));
    assert_eq!(figures.calls_ended[&("normal_clearing", "caller")], 1);
    assert_eq!(figures.offers_ended[&"no_answer"], 1);
    assert_eq!(figures.queue_stays[&("billing".into(), "joined")], 1);
    assert_eq!((figures.digits_heard, figures.decisions), (1, [0, 1]));
    let close = |a: f64, b: f64| (a - b).abs() < 1e-9;
    assert!(close(figures.setup.sum_seconds(), 0.1) && close(figures.wait.sum_seconds(), 6.0));
    assert!(close(figures.talk.sum_seconds(), 30.0), "{}", figures.talk.sum_seconds());
}

#[test]
fn a_histogram_puts_a_value_on_its_bound_into_the_lower_bucket() {
    let mut histogram = Histogram::new(&figures::SETUP_BOUNDS_MS);
    for us in [0, 5_000, 5_001, 10_000, 31_000_000] {
        histogram.observe_us(us);
    }
    let counts: Vec<u64> = histogram.buckets().map(|(_, count)| count).collect();
    assert_eq!(counts, [2, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
    assert_eq!(histogram.count(), 5);
}

fn any_happened() -> impl Strategy<Value = Happened> {
    let leg = || (0u16..4).prop_map(LegNo);
    let cause = || {
        prop_oneof![
            Just(Cause::Busy),
            Just(Cause::NoAnswer),
            (300u16..700).prop_map(Cause::Rejected),
            Just(Cause::NormalClearing),
        ]
    };
    prop_oneof![
        any::<bool>().prop_map(began),
        Just(Happened::State { flow: FlowId(0), name: "s".into() }),
        "[0-9*#]{0,4}".prop_map(Happened::Digits),
        Just(Happened::Answered),
        (0u32..3)
            .prop_map(|id| Happened::Queued { queue: QueueId(id), name: format!("q{id}").into() }),
        Just(Happened::Dequeued { why: "overflow" }),
        (0u16..4).prop_map(|leg| offered(leg, "anna")),
        leg().prop_map(|leg| Happened::Ringing { leg }),
        (leg(), cause()).prop_map(|(leg, cause)| Happened::OfferEnded { leg, cause }),
        leg().prop_map(|leg| Happened::Joined { leg }),
        leg().prop_map(|leg| Happened::Held { leg }),
        leg().prop_map(|leg| Happened::Resumed { leg }),
        Just(Happened::BroughtHome),
        (leg(), cause()).prop_map(|(leg, cause)| Happened::LegEnded { leg, cause }),
        leg().prop_map(|leg| Happened::Media { leg, figures: StreamFigures::default() }),
        Just(Happened::Decided(decision())),
    ]
}

/// Any events at any times, also times that go back and times at the ends of the range.
fn any_events() -> impl Strategy<Value = Vec<Event>> {
    let mono = prop_oneof![8 => 0u64..100_000_000, 1 => any::<u64>()];
    let wall = prop_oneof![8 => 0i64..1_000_000, 1 => any::<i64>()];
    let one = (wall, mono, any_happened());
    proptest::collection::vec(one, 0..60).prop_map(|list| {
        list.into_iter()
            .map(|(wall_ms, mono_us, what)| Event { call: CALL, wall_ms, mono_us, what })
            .collect()
    })
}

fn check_consistent(cdr: &Cdr) -> Result<(), TestCaseError> {
    let d = cdr.durations;
    prop_assert!(d.hold_ms <= d.talk_ms, "{d:?}");
    prop_assert!(d.wait_ms.saturating_add(d.talk_ms) <= d.total_ms, "{d:?}");
    prop_assert!(d.ring_ms <= d.total_ms && d.setup_ms <= d.total_ms, "{d:?}");
    prop_assert!(cdr.ended_ms >= cdr.opened.began_ms);
    prop_assert!(cdr.answered_ms.is_none_or(|at| at >= cdr.opened.began_ms && at <= cdr.ended_ms));
    prop_assert!(cdr.queues.iter().map(|stay| stay.wait_ms).sum::<u64>() <= d.wait_ms);
    prop_assert!(cdr.talks.iter().map(|talk| talk.talk_ms).sum::<u64>() <= d.talk_ms);
    prop_assert!(cdr.talks.iter().all(|talk| talk.hold_ms <= talk.talk_ms));
    prop_assert!(cdr.offers.iter().all(|offer| offer.ring_ms <= d.ring_ms));
    let mut legs: Vec<u16> = cdr.legs.iter().map(|leg| leg.leg).collect();
    legs.dedup();
    prop_assert_eq!(legs.len(), cdr.legs.len(), "each leg once");
    Ok(())
}

proptest! {
    /// Whatever comes in whatever order, with one or more ends among it: one CDR, and it adds up.
    #[test]
    fn any_order_gives_one_consistent_cdr(
        mut events in any_events(),
        ends in proptest::collection::vec(any::<proptest::sample::Index>(), 1..3),
    ) {
        for end in ends {
            let at = end.index(events.len() + 1);
            let (by, cause) = (EndedBy::Agent, Cause::NormalClearing);
            let what = Happened::Ended { by, cause, sip_status: 0, q850: 16 };
            events.insert(at, Event { call: CALL, wall_ms: 0, mono_us: 50_000_000, what });
        }
        let mut live = Live::new();
        let mut figures = Figures::new();
        for event in &events {
            live.apply(event);
            figures.apply(event);
            prop_assert!(live.calls(false, 9).len() <= 1);
        }
        let cdrs = fold(&events);
        prop_assert_eq!(cdrs.len(), 1);
        check_consistent(&cdrs[0])?;
        let text = serde_json::to_string(&cdrs[0]).unwrap();
        prop_assert_eq!(&serde_json::from_str::<Cdr>(&text).unwrap(), &cdrs[0]);
    }

    /// The events of a real call, shuffled: one CDR, nothing lost that does not depend on order.
    #[test]
    fn a_shuffled_call_gives_one_cdr(mut events in Just(ordinary_call()).prop_shuffle()) {
        let end = events.iter().position(|e| matches!(e.what, Happened::Ended { .. })).unwrap();
        let last = events.len() - 1;
        events.swap(end, last);
        let cdrs = fold(&events);
        prop_assert_eq!(cdrs.len(), 1);
        check_consistent(&cdrs[0])?;
        prop_assert_eq!(cdrs[0].states.len(), 2);
        prop_assert_eq!(cdrs[0].offers.len(), 2);
        prop_assert_eq!(&cdrs[0].opened.sip_call_id, "a@carrier");
    }
}
