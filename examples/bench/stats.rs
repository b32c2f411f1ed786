//! Medians, spreads, percentiles, and ratios of pairs that were measured side by side.

/// The middle of what was measured, with its lowest and highest.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Spread {
    pub(crate) median: f64,
    pub(crate) low: f64,
    pub(crate) high: f64,
}

pub(crate) fn spread(values: &[f64]) -> Spread {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let (Some(low), Some(high)) = (sorted.first(), sorted.last()) else {
        return Spread { median: f64::NAN, low: f64::NAN, high: f64::NAN };
    };
    let middle = |index: usize| sorted.get(index).copied().unwrap_or(f64::NAN);
    let half = sorted.len() / 2;
    let median = if sorted.len() % 2 == 1 {
        middle(half)
    } else {
        f64::midpoint(middle(half - 1), middle(half))
    };
    Spread { median, low: *low, high: *high }
}

/// One by one, what was measured in the same round.
pub(crate) fn ratios(ours: &[f64], theirs: &[f64]) -> Vec<f64> {
    ours.iter().zip(theirs).map(|(ours, theirs)| ours / theirs).collect()
}

/// The value below which this share of them lies.
pub(crate) fn percentile(sorted: &[u32], share: f64) -> f64 {
    let last = sorted.len().saturating_sub(1);
    let index = (last as f64 * share).ceil() as usize;
    sorted.get(index.min(last)).map_or(f64::NAN, |value| f64::from(*value))
}
