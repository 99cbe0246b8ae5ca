//! Comparing two samples without a belief about their shape: the test of Mann and Whitney.

/// How two samples differ.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Compared {
    /// In how many of all pairs the first value is the larger one; a half when nothing differs.
    pub(crate) share: f64,
    /// The distance of that from a half, in standard deviations.
    pub(crate) z: f64,
    /// How probable such a distance is when nothing differs.
    pub(crate) p: f64,
}

/// Compares the samples by the ranks of their values. Good for samples of twenty and more.
pub(crate) fn compare(first: &[f64], second: &[f64]) -> Compared {
    let ours = first.iter().map(|value| (*value, true));
    let theirs = second.iter().map(|value| (*value, false));
    let mut all: Vec<(f64, bool)> = ours.chain(theirs).collect();
    all.sort_by(|one, other| one.0.total_cmp(&other.0));
    // Each value of the second sample that stands behind one of the first is a lost pair.
    let (mut wins, mut passed) = (0.0, 0.0);
    for (_, is_ours) in &all {
        if *is_ours {
            wins += passed;
        } else {
            passed += 1.0;
        }
    }
    let (m, n) = (count(first), count(second));
    let deviation = (m * n * (m + n + 1.0) / 12.0).sqrt();
    let z = (wins - m * n / 2.0) / deviation;
    Compared {
        share: wins / (m * n),
        z,
        p: two_sided(z),
    }
}

/// The median; sorts the sample.
pub(crate) fn median(sample: &mut [f64]) -> f64 {
    sample.sort_by(f64::total_cmp);
    sample.get(sample.len() / 2).copied().unwrap_or_default()
}

/// From the first to the third quarter; sorts the sample.
pub(crate) fn middle_half(sample: &mut [f64]) -> f64 {
    sample.sort_by(f64::total_cmp);
    let at = |index: usize| sample.get(index).copied().unwrap_or_default();
    at(sample.len() * 3 / 4) - at(sample.len() / 4)
}

fn count(sample: &[f64]) -> f64 {
    sample.iter().map(|_| 1.0).sum()
}

/// The tails of the normal distribution beyond ±z, after Abramowitz and Stegun, 7.1.26.
fn two_sided(z: f64) -> f64 {
    let x = z.abs() / std::f64::consts::SQRT_2;
    let t = 1.0 / (1.0 + 0.327_591_1 * x);
    let factors = [
        0.254_829_592,
        -0.284_496_736,
        1.421_413_741,
        -1.453_152_027,
        1.061_405_429,
    ];
    let sum = factors
        .iter()
        .rev()
        .fold(0.0, |sum, factor| (sum + factor) * t);
    sum * (-x * x).exp()
}
