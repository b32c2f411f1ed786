//! A phone that refreshes its session: nothing is agreed anew, but its media may come from elsewhere.

use super::phones::sdp;
use super::places::at;

/// MED-07: a re-INVITE or UPDATE that changes nothing opens a new latch window, on its leg alone, and
/// the other party hears nothing of it (SDP-06).
#[test]
fn med_07_a_refresh_opens_a_latch_window() {
    let same = sdp(2, "sendrecv", "8 0");
    for (method, body) in [("INVITE", &*same), ("UPDATE", &*same), ("UPDATE", "")] {
        let mut bench = at("Talking");
        assert!(bench.request('a', "INVITE", "", &same));
        bench.be_polite();
        bench.said.clear();
        assert!(bench.request('a', method, "", body));
        let effect = bench.effect();
        assert!(effect.contains("update a send+receive"), "{method}: {effect}");
        assert!(!effect.contains("update b"), "{method}: {effect}");
    }
}
