//! The choices that make a program: drawn from a seed, or played back from a list.
//!
//! A program is a function of its choices, and smaller choices make smaller programs. So a program is shrunk by shrinking a list of
//! numbers, and everything that comes out of it is well-formed again.

/// Where a generator's choices come from.
pub(crate) struct Choices {
    /// The state of the random numbers; `None` where choices are played back.
    state: Option<u64>,
    taken: Vec<u32>,
    at: usize,
}

impl Choices {
    /// Choices of a seed.
    pub(crate) fn random(seed: u64) -> Choices {
        // Seeds that differ in a bit give other numbers (SplitMix64).
        let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        Choices { state: Some((z ^ (z >> 31)) | 1), taken: vec![], at: 0 }
    }

    /// The choices of a list, and after its end always the first.
    pub(crate) fn replay(taken: Vec<u32>) -> Choices {
        Choices { state: None, taken, at: 0 }
    }

    /// A number below `n`.
    pub(crate) fn below(&mut self, n: u32) -> u32 {
        let n = n.max(1);
        let drawn = match (&mut self.state, self.taken.get(self.at)) {
            (None, recorded) => recorded.copied().unwrap_or(0) % n,
            (Some(x), _) => {
                *x ^= *x >> 12;
                *x ^= *x << 25;
                *x ^= *x >> 27;
                let high = u64::from((x.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 32) as u32);
                let drawn = ((high * u64::from(n)) >> 32) as u32;
                self.taken.push(drawn);
                drawn
            }
        };
        self.at += 1;
        drawn
    }

    /// True once in `n` times; false is the smaller choice.
    pub(crate) fn one_in(&mut self, n: u32) -> bool {
        self.below(n) == n - 1
    }

    /// One of a list.
    pub(crate) fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len() as u32) as usize]
    }

    /// The choices that were made.
    pub(crate) fn made(self) -> Vec<u32> {
        let mut taken = self.taken;
        taken.truncate(self.at);
        taken
    }
}
