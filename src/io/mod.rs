//! The shells: the only folder with sockets, files, threads, the clock, HTTP and the database.
//!
//! `store` and `http` (and `sip`, `media`, `dns`) never import each other; `run` wires them.

pub mod http;
pub mod clock;
pub mod sip;
pub mod store;
