//! Every machine in every state with every input: what it does, or why the pair cannot happen.
//!
//! A row is the state, the input, and the effect over UDP; where TCP differs, ` | ` and the effect
//! there. An effect is the next state, then what is put out, then the timers armed afterwards. A
//! pair that cannot happen begins with `never:` and the reason; the test then holds that nothing
//! is put out and the state stays. Each state begins with the timers that it has in truth.

use super::*;
use crate::transaction::client::{Event as ClientEvent, Heard};
use crate::transaction::server::Event as ServerEvent;
use crate::transaction::table::Place;
use crate::transaction::timers::{Armed, Context, Env, Side, Timer, Wheels};
use crate::transaction::{client_invite, client_other, server_invite, server_other};

const ALL_TIMERS: [Timer; 16] = [
    Timer::A,
    Timer::B,
    Timer::AfterCancel,
    Timer::D,
    Timer::M,
    Timer::Late,
    Timer::E,
    Timer::F,
    Timer::K,
    Timer::Trying,
    Timer::Unanswered,
    Timer::G,
    Timer::H,
    Timer::I,
    Timer::L,
    Timer::J,
];

type Row = (&'static str, &'static str, &'static str);

/// Runs `body` with a context over this flow; gives what was put out and what is armed.
fn with_context<S>(
    flow: Flow,
    mut owner: Option<LegKey>,
    armed_before: &[Timer],
    fires: Option<Timer>,
    body: impl FnOnce(&mut Context<'_, '_>) -> S,
) -> (S, Vec<Output>, Vec<String>) {
    let (mut wheels, mut out, mut armed) = (Wheels::default(), Vec::new(), Armed::default());
    let place = Place { index: 0, generation: 0 };
    // Late enough for a 100 to a non-INVITE.
    let now = Mono(60_000_000);
    let env = &mut Env { now, wheels: &mut wheels, out: &mut out };
    let cx = &mut Context {
        env,
        armed: &mut armed,
        side: Side::Client,
        place,
        flow,
        owner: &mut owner,
        cancel: None,
    };
    for timer in armed_before {
        cx.arm(*timer, Duration::from_secs(1));
    }
    if let Some(timer) = fires {
        cx.disarm(timer);
    }
    let next = body(cx);
    // Sent by the table of transactions, from the machine's own flow.
    let cancel = cx.cancel.take();
    out.extend(cancel.map(|bytes| Output::Send { flow, bytes }));
    let left = ALL_TIMERS.iter().filter(|timer| armed.has(**timer));
    let left: Vec<String> = left.map(|timer| format!("{timer:?}")).collect();
    assert_eq!(wheels.len(), left.len(), "a timer is armed that its transaction does not know");
    (next, out, left)
}

fn effect(next: &str, out: &[Output], armed: &[String]) -> String {
    let mut parts = vec![next.to_owned()];
    parts.extend(out.iter().map(describe));
    if next != "Terminated" {
        parts.push(format!("[{}]", armed.join(" ")));
    }
    parts.join(", ")
}

/// The first word of a `Debug`: the variant.
fn variant(value: &impl std::fmt::Debug) -> String {
    let text = format!("{value:?}");
    text.split([' ', '(', '{']).next().unwrap_or_default().to_owned()
}

/// Compares what every pair does with its row; `run` gives the effect of a pair over a flow.
fn check(
    table: &[Row],
    states: &[&'static str],
    inputs: &[&'static str],
    run: impl Fn(&str, &str, Flow) -> String,
) {
    let mut wrong = Vec::new();
    for state in states {
        for input in inputs {
            let row =
                table.iter().find(|(s, i, _)| s == state && i.split('/').any(|i| i == *input));
            let (udp, tcp) = (run(state, input, udp()), run(state, input, tcp()));
            let found = if udp == tcp { udp.clone() } else { format!("{udp} | {tcp}") };
            match row {
                Some((_, _, effect)) if effect.starts_with("never: ") => {
                    let (next, rest) = udp.split_once(", ").unwrap_or((&udp, ""));
                    let same = state.split(' ').next() == Some(next);
                    if !same || !rest.starts_with('[') {
                        wrong.push(format!("{state} + {input}: never, but {found}"));
                    }
                }
                Some((_, _, effect)) if *effect == found => {}
                Some((_, _, effect)) => {
                    wrong.push(format!("{state} + {input}: {found}; the table says {effect}"));
                }
                None => wrong.push(format!("(\"{state}\", \"{input}\", \"{found}\"),")),
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    for (state, input, _) in table {
        let known = states.contains(state) && input.split('/').all(|i| inputs.contains(&i));
        assert!(known, "a row for a pair that is none: {state} + {input}");
    }
}

fn timer_named(name: &str) -> Option<Timer> {
    ALL_TIMERS.into_iter().find(|timer| format!("{timer:?} fires") == name)
}

fn invite_tx() -> ClientTx {
    ClientTx { branch: Mint::seeded(3, WorkerId(0)).branch(), method: Method::Invite }
}

fn client_event(name: &str, tx: ClientTx) -> ClientEvent {
    let heard = |status| Heard { message: answer(tx, status, "a"), flow: udp() };
    match name {
        "100" => ClientEvent::Trying,
        "1xx" => ClientEvent::Provisional(heard(180)),
        "2xx" => ClientEvent::Success(heard(200)),
        "refusal" => ClientEvent::Refusal(heard(486)),
        "transport fails" => ClientEvent::TransportFailed,
        "cancelling" => ClientEvent::Cancelling,
        "disowned" => ClientEvent::Disowned,
        timer => ClientEvent::Timer(timer_named(timer).unwrap()),
    }
}

fn server_event(name: &str, request: &Message) -> ServerEvent {
    let bytes = |status| response(request, status);
    match name {
        "repeat" => ServerEvent::Repeat,
        "say 100" => ServerEvent::Trying(bytes(100)),
        "say 1xx" => ServerEvent::Provisional(bytes(180)),
        "say 2xx" => ServerEvent::Success(bytes(200)),
        "refuse" => ServerEvent::Refusal { status: 486, bytes: bytes(486) },
        "say 408" => ServerEvent::Refusal { status: 408, bytes: bytes(408) },
        "ACK" => ServerEvent::Ack { message: branched(Method::Ack, "1"), flow: udp() },
        "CANCEL" => ServerEvent::Cancel(branched(Method::Cancel, "1")),
        "disowned" => ServerEvent::Disowned,
        timer => ServerEvent::Timer(timer_named(timer).unwrap()),
    }
}

#[test]
fn every_pair_of_the_invite_client() {
    use client_invite::State;
    let tx = invite_tx();
    let make = |name: &str, flow: Flow| -> (State, Vec<Timer>) {
        let request = ours(tx);
        let mut repeated = match flow.transport.is_reliable() {
            true => vec![Timer::B],
            false => vec![Timer::A, Timer::B],
        };
        match name {
            "Calling" => (State::Calling { request, gap: limits::T1 }, repeated),
            "Calling unowned" => {
                repeated.push(Timer::AfterCancel);
                (State::Calling { request, gap: limits::T1 }, repeated)
            }
            "Proceeding" => (State::Proceeding { request }, vec![]),
            "Completed" => (State::Completed { ack: ack_bytes(), strays: 0 }, vec![Timer::D]),
            "Accepted" => (State::Accepted { strays: 0 }, vec![Timer::M]),
            "Failed cancelled" => (State::Failed { request, cancelled: true }, vec![Timer::Late]),
            _ => (State::Failed { request, cancelled: false }, vec![Timer::Late]),
        }
    };
    check(
        INVITE_CLIENT,
        &[
            "Calling",
            "Calling unowned",
            "Proceeding",
            "Completed",
            "Accepted",
            "Failed",
            "Failed cancelled",
        ],
        &[
            "100",
            "1xx",
            "2xx",
            "refusal",
            "transport fails",
            "cancelling",
            "disowned",
            "A fires",
            "B fires",
            "AfterCancel fires",
            "D fires",
            "M fires",
            "Late fires",
        ],
        |state, input, flow| {
            // Who was told of the failure waits for nothing more.
            let is_unowned = state.starts_with("Failed") || state == "Calling unowned";
            let owner = Some(leg()).filter(|_| !is_unowned);
            let (state, timers) = make(state, flow);
            let event = client_event(input, tx);
            let (next, out, armed) = with_context(flow, owner, &timers, timer_named(input), |cx| {
                state.step(event, tx, cx)
            });
            effect(&variant(&next), &out, &armed)
        },
    );
}

#[test]
fn every_pair_of_the_non_invite_client() {
    use client_other::State;
    let tx = ClientTx { method: Method::Info, ..invite_tx() };
    let make = |name: &str, flow: Flow| -> (State, Vec<Timer>) {
        let request = ours(tx);
        let waiting = match flow.transport.is_reliable() {
            true => vec![Timer::F],
            false => vec![Timer::E, Timer::F],
        };
        match name {
            "Trying" => (State::Trying { request, gap: limits::T1 }, waiting),
            "Proceeding" => (State::Proceeding { request }, waiting),
            _ => (State::Completed, vec![Timer::K]),
        }
    };
    check(
        OTHER_CLIENT,
        &["Trying", "Proceeding", "Completed"],
        &[
            "100",
            "1xx",
            "2xx",
            "refusal",
            "transport fails",
            "cancelling",
            "disowned",
            "E fires",
            "F fires",
            "K fires",
        ],
        |state, input, flow| {
            let (state, timers) = make(state, flow);
            let event = client_event(input, tx);
            let (next, out, armed) =
                with_context(flow, Some(leg()), &timers, timer_named(input), |cx| {
                    state.step(event, tx, cx)
                });
            effect(&variant(&next), &out, &armed)
        },
    );
}

#[test]
fn every_pair_of_the_invite_server() {
    use server_invite::State;
    let request = branched(Method::Invite, "1");
    let make = |name: &str, flow: Flow| -> (State, Vec<Timer>) {
        let repeated = match flow.transport.is_reliable() {
            true => vec![Timer::H],
            false => vec![Timer::G, Timer::H],
        };
        match name {
            "Silent" => (State::Silent { request: request.raw().clone() }, vec![Timer::Trying]),
            "Proceeding" => (State::Proceeding { last: response(&request, 183) }, vec![]),
            "Completed" => {
                let response = response(&request, 404);
                (State::Completed { response, gap: limits::T1 }, repeated)
            }
            "Confirmed" => (State::Confirmed, vec![Timer::I]),
            _ => (State::Accepted, vec![Timer::L]),
        }
    };
    check(
        INVITE_SERVER,
        &["Silent", "Proceeding", "Completed", "Confirmed", "Accepted"],
        &[
            "repeat",
            "say 100",
            "say 1xx",
            "say 2xx",
            "refuse",
            "ACK",
            "CANCEL",
            "disowned",
            "Trying fires",
            "Unanswered fires",
            "G fires",
            "H fires",
            "I fires",
            "L fires",
        ],
        |state, input, flow| {
            let (state, timers) = make(state, flow);
            let event = server_event(input, &request);
            let (next, out, armed) =
                with_context(flow, Some(leg()), &timers, timer_named(input), |cx| {
                    state.step(event, cx)
                });
            effect(&variant(&next), &out, &armed)
        },
    );
}

#[test]
fn every_pair_of_the_non_invite_server() {
    use server_other::State;
    let request = branched(Method::Info, "1");
    let make = |name: &str| -> (State, Vec<Timer>) {
        match name {
            "Trying" => (State::Trying { since: Mono(0) }, vec![Timer::Unanswered]),
            "Proceeding" => {
                (State::Proceeding { last: response(&request, 100) }, vec![Timer::Unanswered])
            }
            "Completed" => (State::Completed { response: response(&request, 404) }, vec![Timer::J]),
            _ => (State::GivenUp, vec![Timer::J]),
        }
    };
    check(
        OTHER_SERVER,
        &["Trying", "Proceeding", "Completed", "GivenUp"],
        &[
            "repeat",
            "say 100",
            "say 1xx",
            "say 2xx",
            "refuse",
            "say 408",
            "ACK",
            "CANCEL",
            "disowned",
            "Unanswered fires",
            "J fires",
        ],
        |state, input, flow| {
            let (state, timers) = make(state);
            let event = server_event(input, &request);
            let (next, out, armed) =
                with_context(flow, Some(leg()), &timers, timer_named(input), |cx| {
                    state.step(event, cx)
                });
            effect(&variant(&next), &out, &armed)
        },
    );
}

fn ack_bytes() -> Bytes {
    ours(ClientTx { method: Method::Ack, ..invite_tx() })
}

/// Its state's timer is disarmed when the state is left.
const LEFT: &str = "never: disarmed when its state was left";
/// Its state's timer is armed by a later state.
const LATER: &str = "never: armed by a later state only";
/// Only an INVITE is acknowledged or cancelled here.
const INVITE_ONLY: &str = "never: matched to an INVITE only";

const INVITE_CLIENT: &[Row] = &[
    ("Calling", "100", "Proceeding, proceeding, []"),
    ("Calling", "1xx", "Proceeding, proceeding, told 180 INVITE, []"),
    ("Calling", "2xx", "Accepted, told 200 INVITE, [M]"),
    (
        "Calling",
        "refusal",
        "Completed, > ACK, told 486 INVITE, [D] | Terminated, > ACK, told 486 INVITE",
    ),
    ("Calling", "transport fails", "Failed, failed Transport, [Late]"),
    // The dialog holds its CANCEL back, so this is the last resort.
    ("Calling", "cancelling/disowned", "Calling, [A B AfterCancel] | Calling, [B AfterCancel]"),
    ("Calling", "A fires", "Calling, > INVITE, [A B]"),
    ("Calling", "B fires/AfterCancel fires", "Failed, failed TimedOut, [Late]"),
    ("Calling", "D fires/M fires/Late fires", LATER),
    // Given up before anything was heard: no CANCEL could go until now.
    ("Calling unowned", "100/1xx", "Proceeding, > CANCEL, [AfterCancel]"),
    ("Calling unowned", "2xx", "Accepted, stray 200 INVITE, [M]"),
    ("Calling unowned", "refusal", "Completed, > ACK, [D] | Terminated, > ACK"),
    ("Calling unowned", "transport fails", "Failed, [Late]"),
    (
        "Calling unowned",
        "cancelling/disowned",
        "Calling, [A B AfterCancel] | Calling, [B AfterCancel]",
    ),
    ("Calling unowned", "A fires", "Calling, > INVITE, [A B AfterCancel]"),
    ("Calling unowned", "B fires/AfterCancel fires", "Failed, [Late]"),
    ("Calling unowned", "D fires/M fires/Late fires", LATER),
    ("Proceeding", "100", "Proceeding, []"),
    ("Proceeding", "1xx", "Proceeding, told 180 INVITE, []"),
    ("Proceeding", "2xx", "Accepted, told 200 INVITE, [M]"),
    (
        "Proceeding",
        "refusal",
        "Completed, > ACK, told 486 INVITE, [D] | Terminated, > ACK, told 486 INVITE",
    ),
    ("Proceeding", "transport fails", "Proceeding, []"),
    ("Proceeding", "cancelling/disowned", "Proceeding, [AfterCancel]"),
    ("Proceeding", "A fires/B fires", LEFT),
    ("Proceeding", "AfterCancel fires", "Failed, failed TimedOut, [Late]"),
    ("Proceeding", "D fires/M fires/Late fires", LATER),
    ("Completed", "100/1xx", "Completed, [D]"),
    ("Completed", "2xx", "Completed, stray 200 INVITE, [D]"),
    ("Completed", "refusal", "Completed, > ACK, [D]"),
    ("Completed", "transport fails/cancelling/disowned", "Completed, [D]"),
    ("Completed", "A fires/B fires/AfterCancel fires/Late fires", LEFT),
    ("Completed", "D fires", "Terminated"),
    ("Completed", "M fires", "never: armed where a 2xx came first"),
    ("Accepted", "100/1xx/refusal", "Accepted, [M]"),
    ("Accepted", "2xx", "Accepted, told 200 INVITE, [M]"),
    ("Accepted", "transport fails/cancelling/disowned", "Accepted, [M]"),
    ("Accepted", "A fires/B fires/AfterCancel fires/Late fires", LEFT),
    ("Accepted", "D fires", "never: armed where a refusal came first"),
    ("Accepted", "M fires", "Terminated"),
    ("Failed", "100/1xx", "Failed, > CANCEL, [Late]"),
    ("Failed", "2xx", "Accepted, stray 200 INVITE, [M]"),
    ("Failed", "refusal", "Completed, > ACK, [D] | Terminated, > ACK"),
    ("Failed", "transport fails/cancelling/disowned", "Failed, [Late]"),
    ("Failed", "A fires/B fires/AfterCancel fires", LEFT),
    ("Failed", "D fires/M fires", LATER),
    ("Failed", "Late fires", "Terminated"),
    ("Failed cancelled", "100/1xx", "Failed, [Late]"),
    ("Failed cancelled", "2xx", "Accepted, stray 200 INVITE, [M]"),
    ("Failed cancelled", "refusal", "Completed, > ACK, [D] | Terminated, > ACK"),
    ("Failed cancelled", "transport fails/cancelling/disowned", "Failed, [Late]"),
    ("Failed cancelled", "A fires/B fires/AfterCancel fires", LEFT),
    ("Failed cancelled", "D fires/M fires", LATER),
    ("Failed cancelled", "Late fires", "Terminated"),
];

const OTHER_CLIENT: &[Row] = &[
    ("Trying", "100", "Proceeding, [E F] | Proceeding, [F]"),
    ("Trying", "1xx", "Proceeding, told 180 INFO, [E F] | Proceeding, told 180 INFO, [F]"),
    ("Trying", "2xx", "Completed, told 200 INFO, [K] | Terminated, told 200 INFO"),
    ("Trying", "refusal", "Completed, told 486 INFO, [K] | Terminated, told 486 INFO"),
    ("Trying", "transport fails", "Terminated, failed Transport"),
    ("Trying", "disowned", "Trying, [E F] | Trying, [F]"),
    ("Trying", "cancelling", INVITE_ONLY),
    ("Trying", "E fires", "Trying, > INFO, [E F]"),
    ("Trying", "F fires", "Terminated, failed TimedOut"),
    ("Trying", "K fires", LATER),
    ("Proceeding", "100", "Proceeding, [E F] | Proceeding, [F]"),
    ("Proceeding", "1xx", "Proceeding, told 180 INFO, [E F] | Proceeding, told 180 INFO, [F]"),
    ("Proceeding", "2xx", "Completed, told 200 INFO, [K] | Terminated, told 200 INFO"),
    ("Proceeding", "refusal", "Completed, told 486 INFO, [K] | Terminated, told 486 INFO"),
    ("Proceeding", "transport fails", "Proceeding, [E F] | Terminated, failed Transport"),
    ("Proceeding", "disowned", "Proceeding, [E F] | Proceeding, [F]"),
    ("Proceeding", "cancelling", INVITE_ONLY),
    ("Proceeding", "E fires", "Proceeding, > INFO, [E F]"),
    ("Proceeding", "F fires", "Terminated, failed TimedOut"),
    ("Proceeding", "K fires", LATER),
    ("Completed", "100/1xx/2xx/refusal/transport fails/disowned", "Completed, [K]"),
    ("Completed", "cancelling", INVITE_ONLY),
    ("Completed", "E fires/F fires", LEFT),
    ("Completed", "K fires", "Terminated"),
];

const INVITE_SERVER: &[Row] = &[
    ("Silent", "repeat", "Silent, [Trying]"),
    ("Silent", "say 100", "Proceeding, > 100 INVITE, []"),
    ("Silent", "say 1xx", "Proceeding, > 180 INVITE, []"),
    ("Silent", "say 2xx", "Accepted, > 200 INVITE, [L]"),
    ("Silent", "refuse", "Completed, > 486 INVITE, [G H] | Completed, > 486 INVITE, [H]"),
    // For no final of ours: a peer's fault, absorbed.
    ("Silent", "ACK", "Silent, [Trying]"),
    ("Silent", "CANCEL", "Silent, cancelled true, [Trying]"),
    ("Silent", "disowned", "Silent, [Trying Unanswered]"),
    ("Silent", "Trying fires", "Proceeding, > 100 INVITE, []"),
    ("Silent", "Unanswered fires", "Terminated"),
    ("Silent", "G fires/H fires/I fires/L fires", LATER),
    ("Proceeding", "repeat", "Proceeding, > 183 INVITE, []"),
    ("Proceeding", "say 100", "Proceeding, > 100 INVITE, []"),
    ("Proceeding", "say 1xx", "Proceeding, > 180 INVITE, []"),
    ("Proceeding", "say 2xx", "Accepted, > 200 INVITE, [L]"),
    ("Proceeding", "refuse", "Completed, > 486 INVITE, [G H] | Completed, > 486 INVITE, [H]"),
    ("Proceeding", "ACK", "Proceeding, []"),
    ("Proceeding", "CANCEL", "Proceeding, cancelled true, []"),
    ("Proceeding", "disowned", "Proceeding, [Unanswered]"),
    ("Proceeding", "Trying fires", LEFT),
    ("Proceeding", "Unanswered fires", "Terminated"),
    ("Proceeding", "G fires/H fires/I fires/L fires", LATER),
    ("Completed", "repeat", "Completed, > 404 INVITE, [G H] | Completed, > 404 INVITE, [H]"),
    (
        "Completed",
        "say 100/say 1xx/say 2xx/refuse/CANCEL/disowned",
        "Completed, [G H] | Completed, [H]",
    ),
    ("Completed", "ACK", "Confirmed, [I] | Terminated"),
    ("Completed", "Trying fires/Unanswered fires", LEFT),
    ("Completed", "G fires", "Completed, > 404 INVITE, [G H]"),
    ("Completed", "H fires", "Terminated, no ack true"),
    ("Completed", "I fires", LATER),
    ("Completed", "L fires", "never: armed by a 2xx only"),
    ("Confirmed", "repeat/say 100/say 1xx/say 2xx/refuse/ACK/CANCEL/disowned", "Confirmed, [I]"),
    ("Confirmed", "Trying fires/Unanswered fires/G fires/H fires", LEFT),
    ("Confirmed", "I fires", "Terminated"),
    ("Confirmed", "L fires", "never: armed by a 2xx only"),
    ("Accepted", "repeat/say 100/say 1xx/refuse/CANCEL/disowned", "Accepted, [L]"),
    ("Accepted", "say 2xx", "Accepted, > 200 INVITE, [L]"),
    ("Accepted", "ACK", "Accepted, told ACK, [L]"),
    ("Accepted", "Trying fires/Unanswered fires", LEFT),
    ("Accepted", "G fires/H fires/I fires", "never: armed by a refusal only"),
    ("Accepted", "L fires", "Terminated"),
];

const OTHER_SERVER: &[Row] = &[
    ("Trying", "repeat", "Trying, [Unanswered]"),
    ("Trying", "say 100", "Proceeding, > 100 INFO, [Unanswered]"),
    // RFC 4320: no provisional but 100, and no 408.
    ("Trying", "say 1xx", "Trying, [Unanswered]"),
    ("Trying", "say 2xx", "Completed, > 200 INFO, [J] | Terminated, > 200 INFO"),
    ("Trying", "refuse", "Completed, > 486 INFO, [J] | Terminated, > 486 INFO"),
    ("Trying", "say 408", "GivenUp, [J]"),
    ("Trying", "ACK/CANCEL", INVITE_ONLY),
    ("Trying", "disowned", "Trying, [Unanswered]"),
    ("Trying", "Unanswered fires", "Terminated"),
    ("Trying", "J fires", LATER),
    ("Proceeding", "repeat", "Proceeding, > 100 INFO, [Unanswered]"),
    ("Proceeding", "say 100", "Proceeding, > 100 INFO, [Unanswered]"),
    ("Proceeding", "say 1xx", "Proceeding, [Unanswered]"),
    ("Proceeding", "say 2xx", "Completed, > 200 INFO, [J] | Terminated, > 200 INFO"),
    ("Proceeding", "refuse", "Completed, > 486 INFO, [J] | Terminated, > 486 INFO"),
    ("Proceeding", "say 408", "GivenUp, [J]"),
    ("Proceeding", "ACK/CANCEL", INVITE_ONLY),
    ("Proceeding", "disowned", "Proceeding, [Unanswered]"),
    ("Proceeding", "Unanswered fires", "Terminated"),
    ("Proceeding", "J fires", LATER),
    ("Completed", "repeat", "Completed, > 404 INFO, [J]"),
    ("Completed", "say 100/say 1xx/say 2xx/refuse/say 408/disowned", "Completed, [J]"),
    ("Completed", "ACK/CANCEL", INVITE_ONLY),
    ("Completed", "Unanswered fires", LEFT),
    ("Completed", "J fires", "Terminated"),
    ("GivenUp", "repeat/say 100/say 1xx/say 2xx/refuse/say 408/disowned", "GivenUp, [J]"),
    ("GivenUp", "ACK/CANCEL", INVITE_ONLY),
    ("GivenUp", "Unanswered fires", LEFT),
    ("GivenUp", "J fires", "Terminated"),
];
