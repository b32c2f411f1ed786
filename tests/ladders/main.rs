//! Flows as ladders in memory: whole calls on a virtual clock, every message in its place.

mod direct;
mod direct_faults;
mod direct_offers;
mod phone_alone;
mod proxied;
mod stage;
mod whole;
