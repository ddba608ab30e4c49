//! Keyed random streams: every draw in a run belongs to a stream named by what it is for.
//!
//! There is no shared generator. A stream is a function of (seed, purpose, agent, tick, seat, round), so a draw does
//! not depend on how many other draws were made, on which thread, or before or after a resume.

mod rounds;

pub use rounds::RoundStreams;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

/// The generator behind every stream: ChaCha with 8 rounds, portable and the same on every platform.
pub type Stream = ChaCha8Rng;

/// The purpose that a stream is drawn for. Two purposes never share a stream. The numbers are part of the file format
/// of a run: changing one changes the results of every scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Who meets whom.
    Pairing,
    /// How many rounds a match lasts.
    Horizon,
    /// The made-up moves before the first round.
    Opening,
    /// A policy's draw of an action.
    Decision,
    /// Whether, and to which action, an intended action slips.
    Noise,
    /// Which order of labels and rows a prompt shows.
    PromptOrder,
    /// Initial adapter weights.
    AdapterInit,
    /// Initial weights of a random base model.
    ModelInit,
    /// Selection and mutation between ticks.
    Evolution,
    /// Everything an agent that learns by round draws in one match.
    RoundLearner,
    /// The last moves that agents are taken to have made before their first.
    LastMoves,
    /// Whom an agent picks as its partner.
    PartnerChoice,
    /// Initial weights of an agent's own small networks.
    NetworkInit,
    /// The opponent, the made-up moves and the player's draws of a sampled evaluation.
    Evaluation,
    /// Which seeds a bootstrap draws.
    Resampling,
    /// The cells of a Latin design; the factor's number stands for the agent's.
    Design,
    /// The tokens of a completion that is really decoded.
    Generation,
    /// The tokens of a message to the opponent.
    Message,
    /// Whether a judgement of an agent's reputation is wrong.
    Assessment,
    /// Whether a cooperative action fails to be carried out.
    Execution,
    /// Which agents are next to each other, and where each of them sits.
    Structure,
    /// Draws made by a plugin; see [`Purpose::plugin`].
    Plugin(u32),
}

impl Purpose {
    /// The draws of the plugin called `name`. Plugins with other names draw other numbers for the same key.
    pub const fn plugin(name: &str) -> Self {
        // FNV-1a, which is the same on every machine.
        let (mut hash, mut place) = (0x811c_9dc5_u32, 0);
        while place < name.len() {
            hash = (hash ^ name.as_bytes()[place] as u32).wrapping_mul(0x0100_0193);
            place += 1;
        }
        Self::Plugin(hash)
    }

    /// The number that distinguishes its streams from those of other purposes.
    fn code(self) -> u32 {
        match self {
            Self::Pairing => 1,
            Self::Horizon => 2,
            Self::Opening => 3,
            Self::Decision => 4,
            Self::Noise => 5,
            Self::PromptOrder => 6,
            Self::AdapterInit => 7,
            Self::ModelInit => 8,
            Self::Evolution => 10,
            Self::RoundLearner => 12,
            Self::LastMoves => 13,
            Self::PartnerChoice => 14,
            Self::NetworkInit => 15,
            Self::Evaluation => 16,
            Self::Design => 17,
            Self::Resampling => 18,
            Self::Generation => 30,
            Self::Message => 40,
            Self::Assessment => 50,
            Self::Execution => 51,
            Self::Structure => 52,
            // The upper half of all numbers belongs to plugins.
            Self::Plugin(hash) => hash | 1 << 31,
        }
    }
}

/// Names one stream inside a run. Fields that do not apply stay zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StreamKey {
    /// Agent number.
    pub agent: u32,
    /// Tick number.
    pub tick: u32,
    /// Number of the seat that draws, over all matches of the tick. If a match draws for all its seats, the match's own
    /// number; if no seat is involved, another index.
    pub seat: u32,
    /// Round number inside the match.
    pub round: u32,
}

/// The stream of `purpose` and `key` in the run with `seed`.
///
/// The key is laid out, not hashed, into ChaCha's 256-bit key, so two different keys can never collide.
pub fn stream(seed: u64, purpose: Purpose, key: StreamKey) -> Stream {
    let mut bytes = [0u8; 32];
    for (place, word) in bytes.chunks_exact_mut(4).zip(key_words(seed, purpose, key)) {
        place.copy_from_slice(&word.to_le_bytes());
    }
    Stream::from_seed(bytes)
}

/// The words of the generator's key.
fn key_words(seed: u64, purpose: Purpose, key: StreamKey) -> [u32; 8] {
    [seed as u32, (seed >> 32) as u32, purpose.code(), key.agent, key.tick, key.seat, key.round, 0]
}

/// The entry of `chances`, which sum to 1, that a uniform draw `u` in [0, 1) selects; never one with no chance.
pub fn pick(chances: &[f64], u: f64) -> usize {
    let mut sum = 0.0;
    let found = chances.iter().position(|chance| {
        sum += chance;
        u < sum
    });
    // Rounding may leave the last sum a hair below 1; the last entry with a chance takes the rest.
    found.or_else(|| chances.iter().rposition(|chance| *chance > 0.0)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::RngExt;

    #[test]
    fn plugins_of_other_names_draw_other_numbers_and_never_the_crates_own() {
        let draw = |purpose| stream(1, purpose, StreamKey::default()).random::<u64>();
        assert_eq!(draw(Purpose::plugin("a")), draw(Purpose::plugin("a")));
        assert_ne!(draw(Purpose::plugin("a")), draw(Purpose::plugin("b")));
        assert!([Purpose::plugin(""), Purpose::plugin("a")].iter().all(|purpose| purpose.code() >= 1 << 31));
        assert_eq!((Purpose::Decision.code(), Purpose::Message.code()), (4, 40));
    }

    #[test]
    fn picks_by_running_sums_and_never_what_has_no_chance() {
        let chances = [0.25, 0.0, 0.75, 0.0];
        for (u, entry) in [(0.0, 0), (0.249, 0), (0.25, 2), (0.999, 2)] {
            assert_eq!(pick(&chances, u), entry, "{u}");
        }
        // Sums that rounding left short of 1.
        assert_eq!(pick(&[0.3, 0.6, 0.0], 0.95), 1);
    }
    use rand::Rng;

    fn first_draw(seed: u64, purpose: Purpose, key: StreamKey) -> u64 {
        stream(seed, purpose, key).next_u64()
    }

    #[test]
    fn every_part_of_the_key_names_another_stream() {
        let zero = StreamKey::default();
        let draws = [
            first_draw(1, Purpose::Decision, zero),
            first_draw(2, Purpose::Decision, zero),
            first_draw(1, Purpose::Noise, zero),
            first_draw(1, Purpose::Decision, StreamKey { agent: 1, ..zero }),
            first_draw(1, Purpose::Decision, StreamKey { tick: 1, ..zero }),
            first_draw(1, Purpose::Decision, StreamKey { seat: 1, ..zero }),
            first_draw(1, Purpose::Decision, StreamKey { round: 1, ..zero }),
        ];
        for (i, a) in draws.iter().enumerate() {
            for b in &draws[i + 1..] {
                assert_ne!(a, b);
            }
        }
        assert_eq!(draws[0], first_draw(1, Purpose::Decision, zero));
    }
}
