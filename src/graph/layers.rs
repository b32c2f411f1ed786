//! Which layer each box is in: behind all boxes that lead to it, lines of circles left out.

use super::layout::Wire;

/// Layers of the boxes, from 0.
pub(super) fn layers(boxes: usize, wires: &[Wire]) -> Vec<usize> {
    let mut ways: Vec<Vec<usize>> = vec![Vec::new(); boxes];
    for wire in wires.iter().filter(|wire| wire.from != wire.to) {
        if let Some(ways) = ways.get_mut(wire.from) {
            ways.push(wire.to);
        }
    }
    let walk = Walk::over(&ways);
    // Backwards through the order of leaving: every box comes before those it leads to.
    let mut layers = vec![0usize; boxes];
    for from in walk.left.iter().rev() {
        let next = layers.get(*from).copied().unwrap_or(0) + 1;
        for to in walk.forward.get(*from).into_iter().flatten() {
            if let Some(layer) = layers.get_mut(*to) {
                *layer = next.max(*layer);
            }
        }
    }
    pull(&mut layers, &walk);
    layers
}

/// Moves boxes that nothing leads to up to what they lead to.
fn pull(layers: &mut [usize], walk: &Walk) {
    let mut led_to = vec![false; layers.len()];
    for to in walk.forward.iter().flatten() {
        if let Some(led_to) = led_to.get_mut(*to) {
            *led_to = true;
        }
    }
    for (from, ways) in walk.forward.iter().enumerate() {
        let nearest = ways.iter().filter_map(|to| layers.get(*to).copied()).min();
        if let (Some(nearest), Some(false)) = (nearest, led_to.get(from))
            && let Some(layer) = layers.get_mut(from)
        {
            *layer = nearest.saturating_sub(1).max(*layer);
        }
    }
}

/// A walk in depth over all boxes.
struct Walk {
    /// The ways without those that close a circle.
    forward: Vec<Vec<usize>>,
    /// The boxes in the order in which the walk was done with them.
    left: Vec<usize>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Seen {
    Never,
    Open,
    Done,
}

impl Walk {
    fn over(ways: &[Vec<usize>]) -> Walk {
        let mut walk = Walk { forward: vec![Vec::new(); ways.len()], left: Vec::new() };
        let mut seen = vec![Seen::Never; ways.len()];
        // First from boxes that nothing leads to: a walk that began within a circle would cut it
        // at a place that no reader expects.
        let mut led_to = vec![false; ways.len()];
        for to in ways.iter().flatten() {
            if let Some(led_to) = led_to.get_mut(*to) {
                *led_to = true;
            }
        }
        let free = |want: bool| led_to.iter().enumerate().filter(move |(_, led)| **led == want);
        for (begin, _) in free(false).chain(free(true)) {
            walk.from(begin, ways, &mut seen);
        }
        walk
    }

    /// Without recursion: a plan may be a chain of a thousand states.
    fn from(&mut self, begin: usize, ways: &[Vec<usize>], seen: &mut [Seen]) {
        let mut open: Vec<(usize, usize)> = Vec::new();
        enter(begin, seen, &mut open);
        while let Some((at, next)) = open.last_mut() {
            let at = *at;
            let Some(to) = ways.get(at).and_then(|ways| ways.get(*next)).copied() else {
                open.pop();
                self.left.push(at);
                if let Some(seen) = seen.get_mut(at) {
                    *seen = Seen::Done;
                }
                continue;
            };
            *next += 1;
            if seen.get(to) != Some(&Seen::Open)
                && let Some(forward) = self.forward.get_mut(at)
            {
                forward.push(to);
            }
            enter(to, seen, &mut open);
        }
    }
}

fn enter(at: usize, seen: &mut [Seen], open: &mut Vec<(usize, usize)>) {
    if let Some(seen) = seen.get_mut(at)
        && *seen == Seen::Never
    {
        *seen = Seen::Open;
        open.push((at, 0));
    }
}
