//! What every deed does to a call in every place; and that every input of the machine met every
//! stage, or cannot.
//!
//! An effect is the stage afterwards and then, in order, what was sent (`200+sdp>a` is a 200 with a
//! description to the caller, `BYE>b` goes to our newest leg), told to the router (`?`), to
//! the record (`#`) and to media. Repeats of what was sent are left out, and so is what media
//! answers. One file a stage.

mod dialling;
mod ending;
mod flow;
mod queued;
mod stages;
mod talking;

use super::deeds::DEEDS;
use super::places::{PLACES, at};
use crate::base::pairs::{check, check_met};
use std::collections::BTreeMap;

/// What a deed does; none if nobody can do it there, and then nothing happened.
fn effect(place: &str, deed: &str) -> Option<String> {
    let mut bench = at(place);
    let done = bench.deed(deed);
    assert!(bench.broken.is_empty(), "{place} + {deed}: {:?}", bench.broken);
    if !done {
        assert!(bench.said.is_empty(), "{place} + {deed}: not done, but {:?}", bench.said);
    }
    done.then(|| bench.effect())
}

/// The places of a stage, each with every deed; see `base::pairs`.
fn check_stage(table: &str, stage: &str) {
    let places: Vec<&str> = PLACES.iter().map(|(name, ..)| *name).collect();
    let places: Vec<&str> =
        places.into_iter().filter(|name| name.split(':').next() == Some(stage)).collect();
    assert!(!places.is_empty());
    check(table, &places, DEEDS, effect, |place| at(place).effect());
}
