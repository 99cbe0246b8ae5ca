//! What happens by chance, the same at every start.

use beta_kit::entropy::{Entropy as _, SeededEntropy};

/// A die with as many sides as one likes.
pub(super) struct Chance(SeededEntropy);

impl Chance {
    pub(super) fn new(seed: u64) -> Self {
        Self(SeededEntropy::new(seed))
    }

    /// A number from zero to below `sides`.
    pub(super) fn below(&mut self, sides: u64) -> u64 {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes);
        u64::from_le_bytes(bytes) % sides
    }

    /// Whether something happens that happens so many times out of a hundred.
    pub(super) fn percent(&mut self, times: u64) -> bool {
        self.below(100) < times
    }
}
