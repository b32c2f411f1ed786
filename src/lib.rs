//! Centralino: a SIP-native intelligent call router.
//!
//! # A call's way
//!
//! ```text
//! trunk ──INVITE──▶ transport ─▶ transaction ─▶ dialog ─▶ call ─▶ ivr ─▶ router
//!                                                          │ ◀─digits─ media │ grant + decision
//! agent ◀──INVITE── transport ◀─ transaction ◀─ dialog ◀───┘◀───────────────┘
//!                                                          └─▶ record (events ─▶ CDR, figures, live view)
//! ```
//!
//! | step | file | function |
//! | --- | --- | --- |
//! | a datagram is taken from a socket | `io/sip/udp.rs` | `Udp::drain` |
//! | it finds the worker that owns its call | `transport/owner.rs` | `owner_of_datagram` |
//! | its headers are indexed | `sip/message.rs` | `Message::scan` |
//! | it meets its transaction, or begins one | `transaction/layer.rs` | `Layer::handle` |
//! | a request finds its dialog by our tag, or is looked at as new | `worker/dispatch.rs` | `Worker::on_request` |
//! | what is no call is answered | `endpoint/screen.rs` | `screen` |
//! | an INVITE becomes a call | `call/intake.rs` | `begin` |
//! | one leg's SIP | `dialog/mod.rs` | `Dialog::handle` |
//! | the flow is asked what to do | `call/flow.rs`, `ivr/run.rs` | `Run::handle` |
//! | prompts and digits | `media/engine.rs` | `Engine::handle_command`, `handle_packet`, `tick` |
//! | who takes the call, and why | `router/assign.rs`, `router/decide.rs` | `Router::handle` |
//! | the agent is rung | `call/hunt.rs` | `Call::begin_leg` |
//! | the two are joined | `call/bridge.rs` | `Call::talk` |
//! | the end, and the record | `call/ending.rs`, `record/build.rs` | `Call::finish`, `CdrBuilder::apply` |
//! | the record is on the disk | `io/store` | `Store::post` |
//!
//! And beside it: another plan is taken under running calls by `io/run/reload`, `Reloader::reload`.
//!
//! # Who may import whom
//!
//! Everything but `io` is a pure machine or plain data: input and time come in, outputs go out in
//! order; no socket, task, lock, clock, thread, file or randomness. `tests/architecture` holds this
//! table and that.
//!
//! | module | may import | what it is |
//! | --- | --- | --- |
//! | [`base`] | nothing | ids, time, owner keys, causes, limits, the timer wheel |
//! | [`expr`], [`number`] | base | the expression language; number patterns |
//! | [`sip`] | base | the words of SIP: scanner, writer, headers, SDP, digest |
//! | [`transport`] | base, sip | flows, Via, next hop, stream framing, owners |
//! | [`transaction`] | + transport | RFC 3261 §17 and RFC 6026 |
//! | [`dialog`] | + transaction | one leg: RFC 3261 §12 to §15, 3262, 3311, 4028 |
//! | [`endpoint`] | base, sip, transport, transaction, dialog | what is no call |
//! | [`media`] | base | RTP, relay, players, DTMF; knows no SDP |
//! | [`ivr`] | base, expr, number | the flow interpreter, one file a verb |
//! | [`router`] | base, expr | contacts, agents, queues, leases, decisions |
//! | [`record`] | base, words of ivr, router, media | events; CDR, figures, live view |
//! | [`plan`] | base, expr, number, sip, transport, ivr, router | the compiled script and roster |
//! | [`graph`] | base, expr, number, ivr, router, plan | a plan as a picture |
//! | [`dialplan`] | plan and all that it may | YAML to plan, findings with their place |
//! | [`call`] | all above but dialplan | the B2BUA |
//! | [`worker`] | all above but dialplan | owns calls, dispatches, drains |
//! | [`sim`] | all above | virtual clock, network, phones |
//! | [`rehearse`] | base, expr, sip, transport, media, ivr, router, record, plan, dialplan, sim | a plan's own tests, on virtual time |
//! | [`io`] | everything | sockets, threads, files, HTTP, database |
//!
//! # Words
//!
//! *trunk*: a SIP peer that calls come from and go to. *leg*: one dialog of ours with one party.
//! *call*: everything that happens to one caller. *plan*: the YAML and what it compiles to: a
//! *script* (flows, prompts) and a *roster* (agents, queues). *flow*: an IVR state machine.
//! *contact*: what the router assigns. *offer*: one contact shown to one agent under a *lease*.
//! *decision*: the router's record of one choice. *CDR*: the one durable record of a call.

pub mod base;
pub mod call;
pub mod dialog;
pub mod dialplan;
pub mod endpoint;
pub mod expr;
pub mod graph;
pub mod io;
pub mod ivr;
pub mod media;
pub mod number;
pub mod plan;
pub mod record;
pub mod rehearse;
pub mod router;
pub mod sim;
pub mod sip;
pub mod transaction;
pub mod transport;
pub mod worker;
