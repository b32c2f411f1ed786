//! The states that a call is brought into, by the way that calls go.

use super::Bench;
use super::phones::sdp;

/// A name, the number called, whether the INVITE has an offer, and the deeds that lead there.
type Place = (&'static str, &'static str, bool, &'static [&'static str]);

/// All of them. What a stage's name stands before is where the call then is.
pub(super) const PLACES: &[Place] = &[
    ("Flow: early prompt", "100", true, &[]),
    ("Flow: menu", "200", true, &["a acks"]),
    ("Flow: not acknowledged", "200", true, &[]),
    ("Flow: late offer", "200", false, &[]),
    (
        "Flow: after a talk on hold",
        "300",
        true,
        &["a acks", "router offers", "b answers", "router grants", "b holds", "b hangs up"],
    ),
    (
        "Flow: after direct media",
        "800",
        true,
        &["b answers", "a acks", "a answers", "b answers", "b hangs up"],
    ),
    (
        "Flow: CANCEL is out",
        "300",
        true,
        &["a acks", "router offers", "b sends early media", "router revokes", "router gives back"],
    ),
    ("Queued", "300", true, &["a acks"]),
    ("Queued: a leg without a word", "300", true, &["a acks", "router offers"]),
    ("Queued: it rings", "300", true, &["a acks", "router offers", "b rings"]),
    ("Queued: early media", "300", true, &["a acks", "router offers", "b sends early media"]),
    ("Queued: answered", "300", true, &["a acks", "router offers", "b answers"]),
    (
        "Queued: early media, answered",
        "300",
        true,
        &["a acks", "router offers", "b sends early media", "b answers"],
    ),
    (
        "Queued: answered, our offer is out",
        "300",
        true,
        &["a acks", "router offers", "b answers", "b asks for an offer"],
    ),
    (
        "Queued: after a talk on hold",
        "700",
        true,
        &["a acks", "router offers", "b answers", "router grants", "b holds", "b hangs up"],
    ),
    ("Queued: not acknowledged", "300", true, &["router offers", "b rings"]),
    ("Queued: refused", "300", true, &["a acks", "router offers", "b is busy"]),
    (
        "Queued: CANCEL is out",
        "300",
        true,
        &["a acks", "router offers", "b sends early media", "router revokes"],
    ),
    (
        "Queued: answered and gone",
        "300",
        true,
        &["a acks", "router offers", "b answers", "b hangs up"],
    ),
    ("Queued: unanswered", "400", true, &[]),
    ("Queued: unanswered, it rings", "400", true, &["router offers", "b rings"]),
    ("Queued: unanswered, answered", "400", true, &["router offers", "b answers"]),
    ("Queued: late offer, it rings", "400", false, &["router offers", "b rings"]),
    ("Dialling", "500", true, &[]),
    ("Dialling: early media", "500", true, &["b sends early media"]),
    ("Dialling: in a flow", "600", true, &["b rings"]),
    (
        "Dialling: not acknowledged",
        "900",
        true,
        &["router offers", "b answers", "router grants", "b hangs up"],
    ),
    (
        "Dialling: after a talk on hold",
        "900",
        true,
        &["a acks", "router offers", "b answers", "router grants", "b holds", "b hangs up"],
    ),
    (
        "Dialling: a CANCEL is out",
        "900",
        true,
        &[
            "a acks",
            "figures held",
            "router offers",
            "b rings",
            "router revokes",
            "router gives back",
        ],
    ),
    ("Dialling: late offer, not a word", "600", false, &[]),
    ("Dialling: late offer", "600", false, &["b rings"]),
    ("Talking: not acknowledged", "500", true, &["b answers"]),
    ("Talking: without a flow", "500", true, &["b answers", "a acks"]),
    ("Talking: late offer", "600", false, &["b answers"]),
    ("Talking", "300", true, &["a acks", "router offers", "b answers", "router grants"]),
    (
        "Talking: a is shown the hold",
        "300",
        true,
        &["a acks", "router offers", "b answers", "router grants", "b holds"],
    ),
    (
        "Talking: b is shown the hold",
        "300",
        true,
        &["a acks", "router offers", "b answers", "router grants", "a holds"],
    ),
    ("Talking: held before the ACK", "500", true, &["b answers", "b holds"]),
    (
        "Talking: a CANCEL is out",
        "300",
        true,
        &[
            "a acks",
            "figures held",
            "router offers",
            "b rings",
            "router revokes",
            "router offers",
            "b answers",
            "router grants",
        ],
    ),
    ("Talking: direct", "800", true, &["b answers", "a acks", "a answers", "b answers"]),
    (
        "Talking: digits by INFO",
        "300",
        true,
        &[
            "a acks",
            "router offers",
            "b answers",
            "router grants",
            "media hears a digit of a",
            "media hears a digit of b",
        ],
    ),
    (
        "Ending: a hung up",
        "300",
        true,
        &["a acks", "router offers", "b answers", "router grants", "figures held", "a hangs up"],
    ),
    (
        "Ending: drained",
        "300",
        true,
        &[
            "a acks",
            "router offers",
            "b answers",
            "router grants",
            "b holds",
            "figures held",
            "drained",
        ],
    ),
    (
        "Ending: drained before the ACK",
        "300",
        true,
        &["router offers", "b rings", "figures held", "drained"],
    ),
    ("Ending: cancelled", "500", true, &["b sends early media", "figures held", "a cancels"]),
    ("Ending: cancelled in the queue", "400", true, &["router offers", "b answers", "a cancels"]),
    ("Ending: refused", "100", true, &["figures held", "media is done with a"]),
    (
        "Ending: posted without figures",
        "300",
        true,
        &[
            "a acks",
            "router offers",
            "b answers",
            "router grants",
            "figures held",
            "a hangs up",
            "time passes",
        ],
    ),
    ("Ending: posted", "500", true, &["b sends early media", "a cancels"]),
];

/// A call that has come there; nothing is left to look at.
pub(super) fn at(name: &str) -> Bench {
    let place = PLACES.iter().find(|(known, ..)| *known == name);
    let (_, number, offer, deeds) = place.unwrap_or_else(|| panic!("{name}"));
    let mut bench = Bench::new();
    let body = if *offer { sdp(1, "sendrecv", "8 0") } else { String::new() };
    bench.call(number, &body);
    for deed in *deeds {
        if *deed == "figures held" {
            bench.figures = false;
        } else {
            assert!(bench.deed(deed), "{name}: {deed}");
        }
    }
    let stage = name.split(':').next().unwrap();
    assert_eq!(bench.stage(), stage, "{name}: {:?}", bench.said);
    bench.said.clear();
    bench.met.clear();
    bench
}
