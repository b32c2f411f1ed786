//! Coordinates: every layer is a column, pulled towards its neighbours without anything touching.

use super::layout::{Layout, Point, Size, Wire};
use super::order::{Net, Thing};

/// Between two boxes of a column.
const APART: i64 = 24;
/// Between a bend and its neighbour.
const BEND_APART: i64 = 10;
/// Between two columns at least, and more for each line between them up to `GAP_MOST`.
const GAP: i64 = 56;
const GAP_MOST: i64 = 150;
/// Rounds of pulling, there and back.
const ROUNDS: usize = 16;

pub(super) fn place(sizes: &[Size], wires: &[Wire], net: &Net) -> Layout {
    let tops = Tops::new(net).settled();
    let columns = Columns::new(sizes, net);
    let mut layout = Layout { width: columns.width, ..Layout::default() };
    for (at, size) in sizes.iter().enumerate() {
        let x = columns.left(net.vertex(at).layer);
        let y = tops.top(at);
        layout.height = layout.height.max(y + size.height);
        layout.boxes.push(Point { x, y });
    }
    for (wire, chain) in wires.iter().zip(&net.chains) {
        layout.wires.push(path(sizes, wire, chain, net, &tops, &columns));
    }
    let bends = net.vertices.iter().enumerate().map(|(at, v)| tops.top(at) + v.height);
    layout.height = bends.max().unwrap_or(0).max(layout.height);
    layout
}

/// A line from its row to its box.
fn path(
    sizes: &[Size],
    wire: &Wire,
    chain: &[usize],
    net: &Net,
    tops: &Tops<'_>,
    columns: &Columns,
) -> Vec<Point> {
    let size = |at: usize| sizes.get(at).copied().unwrap_or(Size { width: 0, height: 0, inlet: 0 });
    let mut points = Vec::new();
    let out = tops.top(wire.from) + wire.outlet;
    let into = tops.top(wire.to) + size(wire.to).inlet;
    if chain.is_empty() {
        let x = columns.left(net.vertex(wire.from).layer) + size(wire.from).width;
        return vec![
            Point { x, y: out },
            Point { x, y: out },
            Point { x, y: into },
            Point { x, y: into },
        ];
    }
    let last = chain.len() - 1;
    for (n, at) in chain.iter().enumerate() {
        let layer = net.vertex(*at).layer;
        let (left, right) = (columns.left(layer), columns.right(layer));
        let y = match net.vertex(*at).thing {
            Thing::Bend => tops.top(*at) + net.vertex(*at).height / 2,
            Thing::Box(at) if at == wire.from => out,
            Thing::Box(_) => into,
        };
        // From the right side of the leftmost box, and into the left side of the rightmost.
        let begin = if n == 0 { left + size(*at).width } else { left };
        let end = if n == last { left } else { right };
        points.extend([Point { x: begin, y }, Point { x: end, y }]);
    }
    if chain.first() != Some(&wire.from) {
        points.reverse();
    }
    points
}

/// Left and right of every column.
struct Columns {
    sides: Vec<(i64, i64)>,
    width: i64,
}

impl Columns {
    fn new(sizes: &[Size], net: &Net) -> Columns {
        let mut widths = vec![0i64; net.order.len()];
        for (at, size) in sizes.iter().enumerate() {
            if let Some(width) = widths.get_mut(net.vertex(at).layer) {
                *width = size.width.max(*width);
            }
        }
        let mut lines = vec![0i64; net.order.len()];
        for piece in &net.pieces {
            if let Some(lines) = lines.get_mut(net.vertex(piece.left).layer) {
                *lines += 1;
            }
        }
        let mut x = 0;
        let mut sides = Vec::new();
        for (width, lines) in widths.iter().zip(&lines) {
            sides.push((x, x + width));
            x += width + (GAP + 3 * lines).min(GAP_MOST);
        }
        let width = sides.last().map_or(0, |(_, right)| *right);
        Columns { sides, width }
    }

    fn left(&self, layer: usize) -> i64 {
        self.sides.get(layer).map_or(0, |(left, _)| *left)
    }

    fn right(&self, layer: usize) -> i64 {
        self.sides.get(layer).map_or(0, |(_, right)| *right)
    }
}

/// The upper side of every box and bend.
struct Tops<'n> {
    net: &'n Net,
    tops: Vec<i64>,
}

impl Tops<'_> {
    /// Each column from the top without a gap more than needed.
    fn new(net: &Net) -> Tops<'_> {
        let mut tops = Tops { net, tops: vec![0; net.vertices.len()] };
        for layer in &net.order {
            let offsets = tops.offsets(layer);
            for (at, offset) in layer.iter().zip(offsets) {
                tops.put(*at, offset);
            }
        }
        tops
    }

    fn top(&self, at: usize) -> i64 {
        self.tops.get(at).copied().unwrap_or(0)
    }

    fn put(&mut self, at: usize, top: i64) {
        if let Some(slot) = self.tops.get_mut(at) {
            *slot = top;
        }
    }

    /// How far each of a column lies below its first, as near as they may be.
    fn offsets(&self, layer: &[usize]) -> Vec<i64> {
        let mut offsets = Vec::with_capacity(layer.len());
        let mut y = 0;
        let mut before: Option<Thing> = None;
        for at in layer {
            let vertex = self.net.vertex(*at);
            y += match (before, vertex.thing) {
                (None, _) => 0,
                (Some(Thing::Box(_)), Thing::Box(_)) => APART,
                (Some(_), _) => BEND_APART,
            };
            offsets.push(y);
            y += vertex.height;
            before = Some(vertex.thing);
        }
        offsets
    }

    /// Pulls columns towards their neighbours, there and back.
    fn settled(mut self) -> Self {
        let layers = self.net.order.len();
        for round in 0..ROUNDS {
            let there = round % 2 == 0;
            for n in 0..layers {
                let layer = if there { n } else { layers - 1 - n };
                self.pull(layer, there, round + 2 >= ROUNDS);
            }
        }
        let first = self.tops.iter().copied().min().unwrap_or(0);
        self.tops.iter_mut().for_each(|top| *top -= first);
        self
    }

    /// Moves one column as near as can be to where its lines would be level.
    fn pull(&mut self, layer: usize, by_left: bool, by_both: bool) {
        let Some(vertices) = self.net.order.get(layer) else { return };
        let offsets = self.offsets(vertices);
        let wishes: Vec<(i64, i64)> = vertices
            .iter()
            .zip(&offsets)
            .map(|(at, offset)| {
                let (wish, weight) = self.wish(*at, by_left, by_both);
                (wish - offset, weight)
            })
            .collect();
        for ((at, offset), shift) in vertices.iter().zip(&offsets).zip(rising(&wishes)) {
            self.put(*at, shift + offset);
        }
    }

    /// Where a box or bend would like to be, and how much.
    fn wish(&self, at: usize, by_left: bool, by_both: bool) -> (i64, i64) {
        let mut sum = 0;
        let mut count = 0;
        for left in [true, false] {
            if left != by_left && !by_both {
                continue;
            }
            for piece in self.net.beside(at, left) {
                sum += if left {
                    self.top(piece.left) + piece.left_port - piece.right_port
                } else {
                    self.top(piece.right) + piece.right_port - piece.left_port
                };
                count += 1;
            }
        }
        let bend = matches!(self.net.vertex(at).thing, Thing::Bend);
        // Long lines are drawn straight before boxes are drawn near.
        let weight = if bend { 8 } else { 1 };
        if count == 0 { (self.top(at), 1) } else { (sum / count, weight * count) }
    }
}

/// The rising row of numbers that is nearest to the wishes, each with its weight: neighbours that
/// would stand in each other's way meet at their mean.
fn rising(wishes: &[(i64, i64)]) -> Vec<i64> {
    let mut blocks: Vec<(i64, i64, usize)> = Vec::new();
    for (wish, weight) in wishes {
        let mut block = (wish * weight, *weight, 1);
        while let Some((sum, weight, count)) = blocks.last().copied() {
            if sum.div_euclid(weight) < block.0.div_euclid(block.1) {
                break;
            }
            block = (block.0 + sum, block.1 + weight, block.2 + count);
            blocks.pop();
        }
        blocks.push(block);
    }
    blocks
        .into_iter()
        .flat_map(|(sum, weight, count)| std::iter::repeat_n(sum.div_euclid(weight), count))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::rising;

    #[test]
    fn wishes_that_cross_meet_at_their_mean() {
        for (wishes, expected) in [
            (vec![(1, 1), (5, 1)], vec![1, 5]),
            (vec![(5, 1), (1, 1)], vec![3, 3]),
            (vec![(0, 1), (9, 3), (1, 1)], vec![0, 7, 7]),
            (vec![(-3, 1), (-9, 1), (4, 2)], vec![-6, -6, 4]),
        ] {
            assert_eq!(rising(&wishes), expected, "{wishes:?}");
        }
    }
}
