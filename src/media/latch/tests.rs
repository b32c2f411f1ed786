//! Who is believed, when, and who is not (MED-07).

mod pairs;

use super::*;

const NAMED: &str = "192.0.2.1:4000";
const NEAR: &str = "192.0.2.1:4444";
const BY_SIGNALLING: &str = "198.51.100.9:6000";
const STRANGER: &str = "203.0.113.66:7000";
const OTHER_STRANGER: &str = "203.0.113.67:7000";

fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

fn spec(remote: Option<&str>) -> StreamSpec {
    StreamSpec {
        remote_rtp: remote.map(address),
        remote_rtcp: None,
        signalling: Some(address(BY_SIGNALLING).ip()),
        send: None,
        receive: smallvec::SmallVec::new(),
        event_send: None,
        event_receive: None,
        comfort_noise: None,
        ptime_ms: 20,
        may_send: true,
        may_receive: true,
        rtcp_mux: false,
    }
}

fn at(ms: u64) -> Mono {
    Mono(ms * 1000)
}

/// Feeds one source's packets every 20 ms and returns the last verdict.
fn feed(latch: &mut Latch, from: &str, ms: std::ops::Range<u64>, spec: &StreamSpec) -> Verdict {
    let mut last = Verdict::Drop;
    for now in ms.step_by(20) {
        last = latch.judge(address(from), spec, at(now));
    }
    last
}

/// MED-07: the SDP's address, its host, and the signalling's host are believed at once.
#[test]
fn med_07_what_sdp_or_signalling_names_is_latched_at_once() {
    for from in [NAMED, NEAR, BY_SIGNALLING] {
        let mut latch = Latch::new(Some(address(NAMED)), at(0));
        assert_eq!(latch.judge(address(from), &spec(Some(NAMED)), at(10)), Verdict::Latched);
        assert_eq!(latch.judge(address(from), &spec(Some(NAMED)), at(30)), Verdict::Take);
        assert_eq!(latch.source(), Some(address(from)));
    }
}

/// MED-07: a stranger is believed only after having sent alone for a while.
#[test]
fn med_07_a_stranger_waits() {
    let (spec, mut latch) = (spec(Some(NAMED)), Latch::new(Some(address(NAMED)), at(0)));
    assert_eq!(feed(&mut latch, STRANGER, 0..2000, &spec), Verdict::Drop);
    assert_eq!(latch.source(), None);
    assert_eq!(feed(&mut latch, STRANGER, 2000..2020, &spec), Verdict::Latched);
    assert_eq!(latch.source(), Some(address(STRANGER)));
}

/// MED-07: a few packets long apart are not enough.
#[test]
fn med_07_a_stranger_must_really_send() {
    let (spec, mut latch) = (spec(Some(NAMED)), Latch::new(Some(address(NAMED)), at(0)));
    for second in 0..20 {
        assert_eq!(latch.judge(address(STRANGER), &spec, at(second * 1000)), Verdict::Drop);
    }
}

/// MED-07: a second stranger does not take the first one's place while that one sends.
#[test]
fn med_07_strangers_do_not_push_each_other_out() {
    let (spec, mut latch) = (spec(Some(NAMED)), Latch::new(Some(address(NAMED)), at(0)));
    for now in (0..2100).step_by(20) {
        latch.judge(address(STRANGER), &spec, at(now));
        assert_eq!(latch.judge(address(OTHER_STRANGER), &spec, at(now)), Verdict::Drop);
    }
    assert_eq!(latch.source(), Some(address(STRANGER)));
}

/// MED-07: whoever comes later cannot steal a stream, not even from the named host's other port.
#[test]
fn med_07_a_locked_source_cannot_be_stolen() {
    let (spec, mut latch) = (spec(Some(NAMED)), Latch::new(Some(address(NAMED)), at(0)));
    for now in (0..10_000).step_by(20) {
        latch.judge(address(BY_SIGNALLING), &spec, at(now));
        for thief in [STRANGER, NEAR] {
            assert_eq!(latch.judge(address(thief), &spec, at(now + 1)), Verdict::Drop, "{now}");
        }
    }
    // After the window not even the SDP's address is let in while the source sends.
    assert_eq!(latch.judge(address(NAMED), &spec, at(10_000)), Verdict::Drop);
}

/// MED-07: within the window the SDP's own address wins over a neighbour.
#[test]
fn med_07_the_named_address_wins_in_the_window() {
    let (spec, mut latch) = (spec(Some(NAMED)), Latch::new(Some(address(NAMED)), at(0)));
    feed(&mut latch, NEAR, 0..500, &spec);
    assert_eq!(latch.judge(address(NAMED), &spec, at(501)), Verdict::Latched);
    assert_eq!(latch.judge(address(NEAR), &spec, at(520)), Verdict::Drop);
}

/// MED-07: silence of the locked source opens the latch again.
#[test]
fn med_07_silence_opens_again() {
    let (spec, mut latch) = (spec(Some(NAMED)), Latch::new(Some(address(NAMED)), at(0)));
    feed(&mut latch, NAMED, 0..5000, &spec);
    assert_eq!(latch.judge(address(NEAR), &spec, at(7900)), Verdict::Drop);
    assert_eq!(latch.judge(address(NEAR), &spec, at(8000)), Verdict::Latched);
}

/// MED-07, REAL-08: a new offer and answer names another place: that one is followed, and the
/// former source is heard until it sends.
#[test]
fn real_08_another_place_is_followed_without_a_hole() {
    let (old, new) = (spec(Some(NAMED)), spec(Some("192.0.2.77:5000")));
    let mut latch = Latch::new(Some(address(NAMED)), at(0));
    feed(&mut latch, NAMED, 0..5000, &old);
    latch.reopen(new.remote_rtp, at(5000));
    assert_eq!(latch.source(), None, "we send to the new place");
    assert_eq!(latch.judge(address(NAMED), &new, at(5010)), Verdict::Take);
    assert_eq!(latch.judge(address("192.0.2.77:5000"), &new, at(5020)), Verdict::Latched);
    assert_eq!(latch.judge(address(NAMED), &new, at(5030)), Verdict::Drop);
}

/// REAL-08: packets still on their way from a port of the same host are not latched again.
#[test]
fn real_08_the_former_port_of_one_host_is_not_latched_again() {
    let (old, new) = (spec(Some(NAMED)), spec(Some("192.0.2.1:5000")));
    let mut latch = Latch::new(Some(address(NAMED)), at(0));
    feed(&mut latch, NAMED, 0..5000, &old);
    latch.reopen(new.remote_rtp, at(5000));
    assert_eq!(feed(&mut latch, NAMED, 5000..5200, &new), Verdict::Take);
    assert_eq!(latch.source(), None);
    assert_eq!(latch.judge(address("192.0.2.1:5000"), &new, at(5200)), Verdict::Latched);
}

/// MED-07: a session refresh that changes nothing keeps the source.
#[test]
fn med_07_a_refresh_keeps_the_source() {
    let (spec, mut latch) = (spec(Some(NAMED)), Latch::new(Some(address(NAMED)), at(0)));
    feed(&mut latch, BY_SIGNALLING, 0..5000, &spec);
    latch.reopen(spec.remote_rtp, at(5000));
    assert_eq!(latch.source(), Some(address(BY_SIGNALLING)));
    assert_eq!(feed(&mut latch, BY_SIGNALLING, 5000..5500, &spec), Verdict::Take);
    assert_eq!(latch.judge(address(STRANGER), &spec, at(5500)), Verdict::Drop);
}

/// MED-07: after a re-INVITE a phone whose NAT mapping moved is latched once the old one stops.
#[test]
fn med_07_a_moved_nat_mapping_is_found_in_the_window() {
    let (spec, mut latch) =
        (spec(Some("10.0.0.5:4000")), Latch::new(Some(address("10.0.0.5:4000")), at(0)));
    feed(&mut latch, BY_SIGNALLING, 0..5000, &spec);
    latch.reopen(spec.remote_rtp, at(5000));
    let moved = "198.51.100.9:6002";
    assert_eq!(latch.judge(address(moved), &spec, at(5200)), Verdict::Latched);
}

/// MED-12: what was learnt before the answer stays when the answer names a place behind NAT.
#[test]
fn med_12_the_answer_does_not_undo_what_early_media_taught() {
    let (early, answered) = (spec(None), spec(Some("10.0.0.5:4000")));
    let mut latch = Latch::new(None, at(0));
    feed(&mut latch, BY_SIGNALLING, 0..500, &early);
    latch.reopen(answered.remote_rtp, at(500));
    assert_eq!(latch.source(), Some(address(BY_SIGNALLING)));
}

/// MED-07: who comes back from hold at another place is found there, though the hold named none.
#[test]
fn med_07_another_place_after_a_hold_is_followed() {
    let (talking, mut latch) = (spec(Some(NAMED)), Latch::new(Some(address(NAMED)), at(0)));
    feed(&mut latch, NAMED, 0..500, &talking);
    latch.reopen(None, at(500));
    assert_eq!(latch.source(), Some(address(NAMED)));
    latch.reopen(Some(address("192.0.2.77:5000")), at(900));
    assert_eq!(latch.source(), None, "we send where the SDP says");
}
