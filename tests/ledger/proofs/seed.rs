//! Owns chance that can be told again: a generator from a seed that is printed.

use std::time::{SystemTime, UNIX_EPOCH};

/// Names the seed of a run that is to be repeated.
const VARIABLE: &str = "SUBLEDGER_TEST_SEED";

/// `SplitMix64`.
pub(super) struct Seeded(u64);

impl Seeded {
    /// The seed of `SUBLEDGER_TEST_SEED`, else one of this moment; printed, so that a run that fails can be repeated.
    #[allow(clippy::print_stderr, reason = "the harness shows it when the test fails")]
    pub(super) fn printed(test: &str) -> Self {
        let seed = match std::env::var(VARIABLE) {
            Ok(text) => text.parse().unwrap_or_else(|_| panic!("{VARIABLE} is `{text}`, not a number")),
            Err(_) => SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .map_or(0, |since| since.as_secs() ^ u64::from(since.subsec_nanos())),
        };
        eprintln!("{test}: {VARIABLE}={seed}");
        Self(seed)
    }

    /// Another generator, whose numbers do not depend on how many this one still gives.
    pub(super) fn fork(&mut self) -> Self {
        Self(self.next())
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`, which is not 0.
    pub(super) fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    /// One of these, which are not none.
    pub(super) fn one_of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        let index = usize::try_from(self.below(all.len() as u64)).expect("below the length");
        &all[index]
    }
}
