//! The shells: the only folder with sockets, files, threads, the clock, HTTP and the database.
//!
//! `sip`, `media`, `store` and `http` never import each other; `run` wires them.

pub mod clock;
pub mod demo;
pub mod http;
pub mod media;
pub mod run;
pub mod sip;
pub mod store;
