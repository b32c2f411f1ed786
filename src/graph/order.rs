//! The order of boxes and bends within their layers, bettered until no fewer lines cross.

use super::layout::{Size, Wire};
use std::collections::BTreeMap;

/// Most rounds there and back.
const ROUNDS: usize = 24;
/// One step in the order, so that rows of one box can lie between two steps.
const STEP: i64 = 1 << 16;
/// Height of a bend.
const BEND: i64 = 12;

/// A box or a bend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Thing {
    Box(usize),
    Bend,
}

/// A box or a bend in its layer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Vertex {
    pub(super) thing: Thing,
    pub(super) layer: usize,
    pub(super) height: i64,
}

/// A piece of a line between neighbouring layers; ports are measured from the top.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Piece {
    pub(super) left: usize,
    pub(super) left_port: i64,
    pub(super) right: usize,
    pub(super) right_port: i64,
}

/// Boxes and bends, and the pieces between them.
pub(super) struct Net {
    pub(super) vertices: Vec<Vertex>,
    /// By layer, in order.
    pub(super) order: Vec<Vec<usize>>,
    pub(super) pieces: Vec<Piece>,
    /// The vertices of each line from left to right; empty for one that leads back to its own box.
    pub(super) chains: Vec<Vec<usize>>,
    /// For each vertex the pieces on its left and on its right.
    pub(super) lefts: Vec<Vec<usize>>,
    pub(super) rights: Vec<Vec<usize>>,
}

impl Net {
    pub(super) fn new(sizes: &[Size], wires: &[Wire], layers: &[usize]) -> Net {
        let layer = |at: usize| layers.get(at).copied().unwrap_or(0);
        let vertices = sizes.iter().enumerate();
        let vertices = vertices.map(|(at, size)| Vertex {
            thing: Thing::Box(at),
            layer: layer(at),
            height: size.height,
        });
        let mut net = Net {
            vertices: vertices.collect(),
            order: Vec::new(),
            pieces: Vec::new(),
            chains: Vec::new(),
            lefts: Vec::new(),
            rights: Vec::new(),
        };
        let mut bends = BTreeMap::new();
        for wire in wires {
            let chain = net.chain(wire, layer(wire.from), layer(wire.to), &mut bends);
            let inlet = sizes.get(wire.to).map_or(0, |size| size.inlet);
            net.lay(wire, inlet, &chain);
            net.chains.push(chain);
        }
        net.pieces.sort();
        net.pieces.dedup();
        net.connect();
        net.order = vec![Vec::new(); layers.iter().max().map_or(0, |last| last + 1)];
        for (at, vertex) in net.vertices.iter().enumerate() {
            if let Some(layer) = net.order.get_mut(vertex.layer) {
                layer.push(at);
            }
        }
        net
    }

    /// The vertices of a line from left to right.
    fn chain(
        &mut self,
        wire: &Wire,
        from: usize,
        to: usize,
        bends: &mut BTreeMap<(usize, usize, bool, usize), usize>,
    ) -> Vec<usize> {
        if wire.from == wire.to {
            return Vec::new();
        }
        let back = from > to;
        let (left, right) = if back { (wire.to, wire.from) } else { (wire.from, wire.to) };
        let mut chain = vec![left];
        for layer in from.min(to) + 1..from.max(to) {
            let bend = *bends.entry((wire.to, wire.kind, back, layer)).or_insert_with(|| {
                self.vertices.push(Vertex { thing: Thing::Bend, layer, height: BEND });
                self.vertices.len() - 1
            });
            chain.push(bend);
        }
        chain.push(right);
        chain
    }

    /// The pieces of a line.
    fn lay(&mut self, wire: &Wire, inlet: i64, chain: &[usize]) {
        let port = |at: usize| match at {
            at if at == wire.from => wire.outlet,
            at if at == wire.to => inlet,
            _ => BEND / 2,
        };
        self.pieces.extend(chain.windows(2).filter_map(|pair| {
            let [left, right] = pair else { return None };
            let (left, right) = (*left, *right);
            Some(Piece { left, left_port: port(left), right, right_port: port(right) })
        }));
    }

    fn connect(&mut self) {
        self.lefts = vec![Vec::new(); self.vertices.len()];
        self.rights = vec![Vec::new(); self.vertices.len()];
        for (at, piece) in self.pieces.iter().enumerate() {
            if let Some(lefts) = self.lefts.get_mut(piece.right) {
                lefts.push(at);
            }
            if let Some(rights) = self.rights.get_mut(piece.left) {
                rights.push(at);
            }
        }
    }

    pub(super) fn vertex(&self, at: usize) -> Vertex {
        let none = Vertex { thing: Thing::Bend, layer: 0, height: 0 };
        self.vertices.get(at).copied().unwrap_or(none)
    }

    /// The pieces on one side of a vertex.
    pub(super) fn beside(&self, at: usize, left: bool) -> impl Iterator<Item = Piece> {
        let side = if left { &self.lefts } else { &self.rights };
        let pieces = side.get(at).into_iter().flatten();
        pieces.filter_map(|piece| self.pieces.get(*piece).copied())
    }

    /// Sorts layer by layer, there and back, by the middle of each vertex's neighbours, and keeps
    /// the best order seen.
    pub(super) fn better(&mut self) {
        let mut best = (self.crossings(), self.order.clone());
        let mut idle = 0;
        for round in 0..ROUNDS {
            let there = round % 2 == 0;
            let layers = self.order.len();
            for n in 0..layers {
                let layer = if there { n } else { layers - 1 - n };
                self.sort(layer, there);
            }
            let crossings = self.crossings();
            if crossings < best.0 {
                best = (crossings, self.order.clone());
                idle = 0;
            } else {
                idle += 1;
            }
            if best.0 == 0 || idle > 6 {
                break;
            }
        }
        self.order = best.1;
    }

    /// The place of every vertex within its layer.
    fn ranks(&self) -> Vec<i64> {
        let mut ranks = vec![0; self.vertices.len()];
        for layer in &self.order {
            for (rank, at) in (0i64..).zip(layer) {
                if let Some(slot) = ranks.get_mut(*at) {
                    *slot = rank * STEP;
                }
            }
        }
        ranks
    }

    /// Where a port lies in the order of its layer.
    fn height_of(&self, ranks: &[i64], at: usize, port: i64) -> i64 {
        let height = self.vertex(at).height.max(1);
        ranks.get(at).copied().unwrap_or(0) + port.clamp(0, height) * (STEP - 1) / height
    }

    fn sort(&mut self, layer: usize, by_left: bool) {
        let ranks = self.ranks();
        let Some(mut vertices) = self.order.get(layer).cloned() else { return };
        let wanted = |at: usize| {
            let mut sum = 0i64;
            let mut count = 0i64;
            for piece in self.beside(at, by_left) {
                sum += if by_left {
                    self.height_of(&ranks, piece.left, piece.left_port)
                } else {
                    self.height_of(&ranks, piece.right, piece.right_port)
                };
                count += 1;
            }
            // One without neighbours there stays about where it is.
            if count == 0 { ranks.get(at).copied().unwrap_or(0) } else { sum / count }
        };
        vertices.sort_by_cached_key(|at| wanted(*at));
        if let Some(slot) = self.order.get_mut(layer) {
            *slot = vertices;
        }
    }

    /// How many pieces cross.
    pub(super) fn crossings(&self) -> usize {
        let ranks = self.ranks();
        let mut layers: BTreeMap<usize, Vec<(i64, i64)>> = BTreeMap::new();
        for piece in &self.pieces {
            let ends = (
                self.height_of(&ranks, piece.left, piece.left_port),
                self.height_of(&ranks, piece.right, piece.right_port),
            );
            layers.entry(self.vertex(piece.left).layer).or_default().push(ends);
        }
        layers
            .into_values()
            .map(|mut ends| {
                ends.sort_unstable();
                let mut rights: Vec<i64> = ends.into_iter().map(|(_, right)| right).collect();
                inversions(&mut rights)
            })
            .sum()
    }
}

/// How many pairs stand in the wrong order; sorts them.
fn inversions(values: &mut [i64]) -> usize {
    if values.len() < 2 {
        return 0;
    }
    let (left, right) = values.split_at_mut(values.len() / 2);
    let mut count = inversions(left) + inversions(right);
    let mut merged = Vec::with_capacity(left.len() + right.len());
    let (mut lefts, mut rights) = (left.iter().peekable(), right.iter().peekable());
    while let Some(l) = lefts.peek() {
        match rights.peek() {
            Some(r) if r < l => {
                count += lefts.len();
                merged.extend(rights.next());
            }
            Some(_) | None => merged.extend(lefts.next()),
        }
    }
    merged.extend(rights);
    values.copy_from_slice(&merged);
    count
}

#[cfg(test)]
mod tests {
    use super::inversions;

    #[test]
    fn pairs_in_the_wrong_order_are_counted() {
        for (values, count) in [
            (vec![], 0),
            (vec![1, 2, 3], 0),
            (vec![3, 2, 1], 3),
            (vec![2, 2, 1], 2),
            (vec![1, 4, 2, 3, 0], 6),
        ] {
            assert_eq!(inversions(&mut values.clone()), count, "{values:?}");
        }
    }
}
