//! The streams of the rounds of a match, of which mostly the first draws are needed: those of many rounds are made at
//! once.

use super::{Purpose, Stream, StreamKey, key_words, stream};
use pulp::{Arch, Simd, WithSimd};
use std::sync::LazyLock;

/// Rounds whose first draws are made at once.
const LANES: usize = 16;
/// "expand 32-byte k": the first words of every block (Bernstein 2008, ChaCha, a variant of Salsa20).
const CONSTANTS: [u32; 4] = [0x6170_7865, 0x3320_646e, 0x7962_2d32, 0x6b20_6574];

/// The widest vectors of this processor.
static ARCH: LazyLock<Arch> = LazyLock::new(Arch::new);

/// The streams of one purpose and key in every round of a match.
#[derive(Clone, Debug)]
pub struct RoundStreams {
    seed: u64,
    purpose: Purpose,
    key: StreamKey,
    /// The first of the rounds in `firsts`; `None` while nothing was drawn.
    begun: Option<u32>,
    firsts: [[f64; 2]; LANES],
}

impl RoundStreams {
    /// The streams of `purpose` whose keys are `key` but for the round.
    pub fn new(seed: u64, purpose: Purpose, key: StreamKey) -> Self {
        Self { seed, purpose, key, begun: None, firsts: [[0.0; 2]; LANES] }
    }

    /// Goes on with the streams whose keys are `key` but for the round.
    #[inline]
    pub fn begin_with(&mut self, key: StreamKey) {
        (self.key, self.begun) = (key, None);
    }

    /// The first two draws from [0, 1) of the stream of `round`. Cheap where rounds are asked for in order.
    #[inline]
    pub fn first(&mut self, round: u32) -> [f64; 2] {
        let (begin, lane) = (round / LANES as u32 * LANES as u32, round as usize % LANES);
        if self.begun != Some(begin) {
            self.fill(begin);
        }
        self.firsts[lane]
    }

    #[cold]
    fn fill(&mut self, begin: u32) {
        let key = key_words(self.seed, self.purpose, StreamKey { round: begin, ..self.key });
        self.firsts = ARCH.dispatch(Firsts(key));
        self.begun = Some(begin);
    }

    /// The stream of `round`, from its first draw on.
    pub fn stream(&self, round: u32) -> Stream {
        stream(self.seed, self.purpose, StreamKey { round, ..self.key })
    }
}

/// The first two uniform draws of the streams whose keys are these words, but for the round, which rises by one from
/// lane to lane. The generator is that of [`Stream`]; every lane of a vector is a stream.
struct Firsts([u32; 8]);

impl WithSimd for Firsts {
    type Output = [[f64; 2]; LANES];

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Self::Output {
        let rounds: [u32; LANES] = std::array::from_fn(|lane| self.0[ROUND].wrapping_add(lane as u32));
        let mut words = [[0; LANES]; 4];
        let mut outputs = words.each_mut().map(|word| S::as_mut_simd_u32s(word).0);
        for (group, &rounds) in S::as_simd_u32s(&rounds).0.iter().enumerate() {
            for (output, word) in outputs.iter_mut().zip(first_words(simd, self.0, rounds)) {
                output[group] = word;
            }
        }
        std::array::from_fn(|lane| {
            // 53 bits, as `rand` makes a number in [0, 1) of two words.
            let bits = |low: usize| u64::from(words[low][lane]) | u64::from(words[low + 1][lane]) << 32;
            [0, 2].map(|low| (bits(low) >> 11) as f64 / (1u64 << 53) as f64)
        })
    }
}

/// Place of the round among the words of a key.
const ROUND: usize = 6;

/// The first four words of the first block of each stream.
#[inline(always)]
fn first_words<S: Simd>(simd: S, key: [u32; 8], rounds: S::u32s) -> [S::u32s; 4] {
    let key = |place: usize| if place == ROUND { rounds } else { simd.splat_u32s(key[place]) };
    let mut a = CONSTANTS.map(|word| simd.splat_u32s(word));
    let mut b = [key(0), key(1), key(2), key(3)];
    let mut c = [key(4), key(5), key(6), key(7)];
    // The number of the block, and of the stream within the key: both 0.
    let mut d = [simd.splat_u32s(0); 4];
    for _ in 0..4 {
        for i in 0..4 {
            quarter(simd, [&mut a[i], &mut b[i], &mut c[i], &mut d[i]]);
        }
        for i in 0..4 {
            quarter(simd, [&mut a[i], &mut b[(i + 1) % 4], &mut c[(i + 2) % 4], &mut d[(i + 3) % 4]]);
        }
    }
    for (word, begun) in a.iter_mut().zip(CONSTANTS) {
        *word = simd.add_u32s(*word, simd.splat_u32s(begun));
    }
    a
}

/// A quarter round.
#[inline(always)]
fn quarter<S: Simd>(simd: S, [a, b, c, d]: [&mut S::u32s; 4]) {
    for (bits_d, bits_b) in [(16, 12), (8, 7)] {
        *a = simd.add_u32s(*a, *b);
        *d = rotate(simd, simd.xor_u32s(*d, *a), bits_d);
        *c = simd.add_u32s(*c, *d);
        *b = rotate(simd, simd.xor_u32s(*b, *c), bits_b);
    }
}

/// Every lane of `words`, rotated to the left.
#[inline(always)]
fn rotate<S: Simd>(simd: S, words: S::u32s, bits: u32) -> S::u32s {
    let high = simd.wrapping_dyn_shl_u32s(words, simd.splat_u32s(bits));
    simd.or_u32s(high, simd.wrapping_dyn_shr_u32s(words, simd.splat_u32s(32 - bits)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::property_config;
    use proptest::prelude::*;
    use rand::RngExt;

    proptest! {
        #![proptest_config(property_config(64))]

        #[test]
        fn first_draws_are_those_of_the_streams(seed: u64, agent: u32, tick: u32, seat: u32, from in 0u32..1000) {
            for purpose in [Purpose::Decision, Purpose::Noise] {
                let key = StreamKey { agent, tick, seat, round: 0 };
                let mut rounds = RoundStreams::new(seed, purpose, StreamKey { seat: seat ^ 1, ..key });
                rounds.first(from);
                rounds.begin_with(key);
                // In order over the edge of a block, and back.
                for round in (from..from + 40).chain([from, 0]) {
                    let mut one = stream(seed, purpose, StreamKey { round, ..key });
                    prop_assert_eq!(rounds.first(round), [one.random::<f64>(), one.random()]);
                    let mut again = rounds.stream(round);
                    prop_assert_eq!(again.random::<f64>(), rounds.first(round)[0]);
                }
            }
        }

        #[test]
        fn every_width_of_vectors_draws_the_same(key: [u32; 8]) {
            prop_assert_eq!(ARCH.dispatch(Firsts(key)), Firsts(key).with_simd(pulp::Scalar::new()));
        }
    }
}
