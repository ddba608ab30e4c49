//! Keyed random streams: every draw in a run belongs to a stream named by what it is for.
//!
//! There is no shared generator. A stream is a function of (seed, purpose, agent, tick, seat, round), so a draw does
//! not depend on how many other draws were made, on which thread, or before or after a resume.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

/// The generator behind every stream: ChaCha with 8 rounds, portable and the same on every platform.
pub type Stream = ChaCha8Rng;

/// What a stream is drawn for. Two purposes never share a stream. The numbers are part of the file format of a run:
/// changing one changes the results of every scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Purpose {
    /// Who meets whom.
    Pairing = 1,
    /// How many rounds a match lasts.
    Horizon = 2,
    /// The made-up moves before the first round.
    Opening = 3,
    /// A policy's draw of an action.
    Decision = 4,
    /// Whether, and to which action, an intended action slips.
    Noise = 5,
    /// Which order of labels and rows a prompt shows.
    PromptOrder = 6,
    /// Initial adapter weights.
    AdapterInit = 7,
    /// Initial weights of a random base model.
    ModelInit = 8,
    /// Selection and mutation between ticks.
    Evolution = 10,
    /// Draws made by code outside this crate.
    Custom = 11,
    /// Everything an agent that learns by round draws in one match.
    RoundLearner = 12,
    /// The last moves that agents are taken to have made before their first.
    LastMoves = 13,
    /// Whom an agent picks as its partner.
    PartnerChoice = 14,
    /// Initial weights of an agent's own small networks.
    NetworkInit = 15,
    /// The opponent, the made-up moves and the player's draws of a sampled evaluation.
    Evaluation = 16,
    /// The tokens of a completion that is really decoded.
    Generation = 30,
    /// The tokens of a message to the opponent.
    Message = 40,
}

/// Names one stream inside a run. Fields that do not apply stay zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StreamKey {
    /// Agent number.
    pub agent: u32,
    /// Tick number.
    pub tick: u32,
    /// Number of the seat that draws, over all matches of the tick. Where a match draws for all its seats, the match's
    /// own number; where nobody sits, another index.
    pub seat: u32,
    /// Round number inside the match.
    pub round: u32,
}

/// The stream of `purpose` and `key` in the run with `seed`.
///
/// The key is laid out, not hashed, into ChaCha's 256-bit key, so two different keys can never collide.
pub fn stream(seed: u64, purpose: Purpose, key: StreamKey) -> Stream {
    let mut bytes = [0u8; 32];
    bytes[0..8].copy_from_slice(&seed.to_le_bytes());
    bytes[8..12].copy_from_slice(&(purpose as u32).to_le_bytes());
    bytes[12..16].copy_from_slice(&key.agent.to_le_bytes());
    bytes[16..20].copy_from_slice(&key.tick.to_le_bytes());
    bytes[20..24].copy_from_slice(&key.seat.to_le_bytes());
    bytes[24..28].copy_from_slice(&key.round.to_le_bytes());
    Stream::from_seed(bytes)
}

/// The entry of `chances`, which sum to 1, that a uniform draw `u` in [0, 1) selects; never one without a chance.
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
