//! A caller whom an agent left: what the call does so that nobody is forgotten, muted or misjudged.

use super::phones::sdp;
use super::places::at;
use super::{Bench, secs};
use crate::base::limits;
use crate::sip::Method;
use std::sync::Arc;

/// The directions that we wrote to the caller in re-INVITEs.
fn shown(bench: &Bench) -> Vec<String> {
    let asked =
        bench.got.iter().filter(|(to, m, _)| *to == 'a' && m.method() == Some(Method::Invite));
    let body = |m: &crate::sip::Message| String::from_utf8(m.body().to_vec()).unwrap();
    let direction = |body: String| {
        let line = body.lines().find(|l| l.starts_with("a=send") || l.starts_with("a=recv"));
        line.map(str::to_owned)
    };
    asked.filter_map(|(_, m, _)| direction(body(m))).collect()
}

/// The agent answers and hangs up before the grant comes: the caller queues again, with what it
/// brought and with the time that it has waited as head start.
#[test]
fn a_grant_for_a_leg_that_is_gone_queues_the_caller_again() {
    for (place, priority) in [("Queued: answered", 7), ("Queued: unanswered, answered", 0)] {
        let mut bench = at(place);
        let (facts, before) = bench.enqueued.take().unwrap();
        assert_eq!(before, priority);
        bench.advance(secs(9));
        assert!(bench.deed("b hangs up"));
        bench.said.clear();
        assert!(bench.deed("router grants"));
        assert_eq!(bench.effect(), "Queued, ?Enqueue", "{place}");
        assert_eq!(bench.enqueued.take(), Some((facts, priority + 9)), "{place}");
        assert!(bench.deed("router offers") && bench.deed("b answers"));
        assert!(bench.deed("router grants"));
        assert_eq!(bench.stage(), "Talking", "{place}");
    }
}

/// A phone that drops every call which it answers is not rung for ever: when the offers are used up
/// the contact leaves the queue, and no agent is thought unreachable for it.
#[test]
fn a_caller_whose_offers_are_used_up_leaves_the_queue() {
    let mut bench = at("Queued");
    for _ in 0..limits::OFFERS {
        assert!(bench.deed("router offers") && bench.deed("b is busy"));
        assert_eq!(bench.stage(), "Queued");
    }
    bench.said.clear();
    assert!(bench.deed("router offers"));
    let effect = bench.effect();
    assert!(
        effect.starts_with("Flow, ?Refused overload, ?LegEnded, ?Gone, #Dequeued overflow"),
        "{effect}"
    );
}

/// A caller who refuses to have its media back with us is asked again once a second, not at the pace of
/// its refusals, and five times; it would hear nothing, so then the call ends.
#[test]
fn a_caller_who_will_not_come_home_is_asked_five_times() {
    let mut bench = at("Flow: after direct media");
    for _ in 0..5 {
        assert!(bench.deed("a refuses"));
        assert!(!bench.deed("a refuses"), "asked again at once");
        assert_eq!(bench.stage(), "Flow");
        bench.advance(secs(1));
    }
    assert_eq!(bench.stage(), "Ending");
}

/// SDP-05: an agent who hangs up while holding leaves a caller who hears us and is heard, without
/// the hold's music.
#[test]
fn sdp_05_a_hold_ends_with_the_talk() {
    let mut bench = at("Talking: a is shown the hold");
    assert_eq!(shown(&bench), ["a=sendonly"]);
    assert!(bench.deed("a answers") && bench.deed("b hangs up"));
    assert_eq!(bench.stage(), "Flow");
    assert_eq!(shown(&bench), ["a=sendonly", "a=sendrecv"]);
    // The same where the caller has not answered yet that it is held.
    let mut bench = at("Talking: a is shown the hold");
    assert!(bench.deed("b hangs up"));
    assert_eq!(shown(&bench), ["a=sendonly"]);
    assert!(bench.deed("a answers"));
    assert_eq!(shown(&bench), ["a=sendonly", "a=sendrecv"]);
}

/// MED-10 with hold music: the music of an agent who hangs up while holding does not go on, neither
/// beside the next target's ringing nor for ever.
#[test]
fn a_holds_music_ends_with_the_talk() {
    let mut bench = Bench::new();
    let music = bench.plan.script.prompt("music").map(|prompt| prompt.id);
    assert!(music.is_some());
    Arc::make_mut(&mut bench.plan).media.hold_music = music;
    bench.call("900", &sdp(1, "sendrecv", "8 0"));
    for deed in ["a acks", "router offers", "b answers", "router grants", "b holds"] {
        assert!(bench.deed(deed));
    }
    let caller = bench.leg_key('a');
    assert!(bench.streams[&caller].is_some(), "the hold's music plays");
    assert!(bench.deed("b hangs up"));
    assert_eq!(bench.stage(), "Dialling");
    assert_eq!(bench.streams[&caller], None);
    assert!(bench.deed("b answers"));
    assert_eq!(bench.stage(), "Talking");
}

/// A Revoke that comes for a leg which was granted already changes nothing: the two talk on, and
/// each can still hang up.
#[test]
fn a_revoke_for_a_joined_leg_parts_nobody() {
    let mut bench = at("Talking");
    assert!(bench.deed("router revokes"));
    assert_eq!(bench.effect(), "Talking");
    assert!(bench.deed("b hangs up"));
    let effect = bench.effect();
    assert!(effect.starts_with("Flow, "), "{effect}");
    assert!(effect.contains(", ?LegEnded, "), "{effect}");
}

/// The record is the last word on a call: neither a decision that crosses the hang-up nor figures
/// that come too late are posted behind it.
#[test]
fn nothing_is_noted_after_the_record() {
    let mut bench = at("Ending: posted without figures");
    assert_eq!(bench.records, 1);
    assert!(bench.deed("router decides"));
    assert!(bench.deed("media closes"));
    assert_eq!(bench.broken, [""; 0]);
}

/// Who hung up after a talk did not end a call that went on to another queue.
#[test]
fn the_end_of_a_talk_is_forgotten_when_the_caller_goes_on() {
    let ended = |bench: &Bench| bench.said.iter().find(|said| said.starts_with("#Ended")).cloned();
    let mut bench = at("Talking");
    assert!(bench.deed("b hangs up"));
    bench.live(60);
    assert_eq!(ended(&bench).as_deref(), Some("#Ended by agent normal_clearing"));

    let mut bench = Bench::new();
    bench.call("700", &sdp(1, "sendrecv", "8 0"));
    for deed in ["a acks", "router offers", "b answers", "router grants", "b hangs up"] {
        assert!(bench.deed(deed));
    }
    assert_eq!(bench.stage(), "Queued");
    assert!(bench.deed("router gives back"));
    assert_eq!(ended(&bench).as_deref(), Some("#Ended by system flow_ended"));

    // Nor one that went on to a target, which did not answer.
    let mut bench = at("Dialling: after a talk on hold");
    assert!(bench.deed("b is busy"));
    assert_eq!(ended(&bench).as_deref(), Some("#Ended by system flow_ended"));
}
