//! Where boxes and lines go: a layered layout from left to right.
//!
//! After Sugiyama: circles are broken ([`super::layers`]), every box gets a layer behind all that
//! lead to it, long lines get bends in the layers between, the order within each layer is
//! bettered until no fewer lines cross ([`super::order`]), and each layer is pulled towards its
//! neighbours without its boxes touching ([`super::place`]). A line runs level within a layer and
//! bends only between two, so it never goes behind a box. All numbers are whole pixels, so that
//! the same plan gives the same picture everywhere.

use super::{layers, order, place};

/// A box as the layout sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Size {
    pub(super) width: i64,
    pub(super) height: i64,
    /// How far below its top lines come in.
    pub(super) inlet: i64,
}

/// A line as the layout sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wire {
    pub(super) from: usize,
    /// How far below the top of its box it goes out.
    pub(super) outlet: i64,
    pub(super) to: usize,
    /// Lines of the same kind to the same box share their bends.
    pub(super) kind: usize,
}

/// A place in the picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Point {
    pub(super) x: i64,
    pub(super) y: i64,
}

/// What comes out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Layout {
    /// The upper left corner of each box.
    pub(super) boxes: Vec<Point>,
    /// The points of each line, from its row to the box that it leads to: level pieces, each from
    /// one point to the next, with a bend between one piece and the next.
    pub(super) wires: Vec<Vec<Point>>,
    pub(super) width: i64,
    pub(super) height: i64,
}

/// Lays boxes and lines out; what a line names must be there.
pub(super) fn layout(sizes: &[Size], wires: &[Wire]) -> Layout {
    let layers = layers::layers(sizes.len(), wires);
    let mut net = order::Net::new(sizes, wires, &layers);
    net.better();
    place::place(sizes, wires, &net)
}
