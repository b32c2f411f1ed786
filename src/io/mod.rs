//! (to come)

pub mod media;
