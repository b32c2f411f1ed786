//! The words of SIP: lazy scanner, writer, URI, typed headers, SDP, digest.
//!
//! On the way of a call everything is ours and keeps bytes as they came; `rsip` is a vocabulary and
//! an oracle behind this folder, and nothing outside it names that crate.

pub mod auth;
mod body;
pub mod headers;
pub mod message;
pub mod method;
pub mod name;
mod scan;
pub mod sdp;
pub mod status;
mod text;
pub mod uri;
pub mod writer;

#[cfg(test)]
mod properties;
#[cfg(test)]
mod torture;
#[cfg(test)]
mod vectors;

pub use headers::{CSeq, HeaderError, NameAddr, Via};
pub use message::{Message, ScanError};
pub use method::Method;
pub use name::Name;
pub use uri::{Host, Scheme, Uri};
pub use writer::Writer;
