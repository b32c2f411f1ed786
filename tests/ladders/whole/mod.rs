//! Whole calls through the whole router: workers, router, media engines and record in memory, with
//! phones that are not ours on both sides. Each test carries the id of the behaviour that it proves.

mod by_hand;
mod cancel;
mod desk;
mod dialogs;
mod digits;
mod direct_media;
mod early;
mod ending;
mod failover;
mod families;
mod happy;
mod identity;
mod limits;
mod media;
mod messages;
mod moves;
mod numbers;
mod offers;
mod one_offer;
mod probe;
mod queue;
mod refusals;
mod reliable;
mod reload;
mod repeats;
mod routes;
mod set;
mod storm;
mod streams;
mod transactions;
mod transport;
mod vias;
mod voice;
