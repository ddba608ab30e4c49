//! Courses of matches of two: their rounds by number, and the books that are made from them.
//!
//! In a two-player game with one round of memory, everything that can happen in a round has a number: what was seen
//! before it, and what both do. What a round is worth to each player is looked up by this number.

use super::collective::CollectiveRange;
use crate::games::{Action, ILLEGAL, inequality};
use crate::world::{
    Account, AgentId, CountedRound, LAST_ROUNDS, MatchTally, PlayerRound, PossibleRound, RewardTable, Rules,
    Tournament, Workers,
};
use bevy_ecs::prelude::*;
use bevy_ecs::system::SystemParam;

/// Most actions of a game whose rounds are numbered.
pub const ACTIONS_MAX: usize = 8;

/// So few different rounds are always counted: those of games of two and three actions.
const FEW: usize = 128;

/// What the members of every population are paid for each possible round, by population: an entity each, whose
/// [`RewardTable`] its terms fill in before every tick.
#[derive(Resource, Clone, Debug, Default)]
pub struct RewardsByPopulation(pub Vec<Entity>);

/// What every population is paid for, and what every round was worth in the tick before.
#[derive(SystemParam)]
pub(super) struct Purses<'w, 's> {
    rules: Res<'w, Rules>,
    range: Res<'w, CollectiveRange>,
    of: Res<'w, RewardsByPopulation>,
    tables: Query<'w, 's, &'static RewardTable>,
    known: Local<'s, Option<Known>>,
}

/// What every round is worth while populations are paid by these tables.
#[derive(Debug)]
struct Known {
    paid: Vec<RewardTable>,
    table: RoundTable,
}

impl Purses<'_, '_> {
    /// Forgets the tick before if the rules have changed since. Every run of a system begins with this: a change that
    /// one run passes over is none for the next.
    pub(super) fn heed_changes(&mut self) {
        if self.rules.is_changed() || self.range.is_changed() || self.of.is_changed() {
            *self.known = None;
        }
    }

    /// The rounds of a game of two players and [`ACTIONS_MAX`] actions at most, made again only where rewards are
    /// others than in the tick before.
    pub(super) fn rounds(&mut self) -> &RoundTable {
        let Self { rules, range, of, tables, known } = self;
        let paid = |purse: &Entity| tables.get(*purse).ok();
        let holds = |known: &Known| {
            known.paid.len() == of.0.len() && of.0.iter().zip(&known.paid).all(|(purse, was)| paid(purse) == Some(was))
        };
        let kept = known.take().filter(holds);
        let make = || {
            let paid: Vec<RewardTable> = of.0.iter().map(|purse| paid(purse).cloned().unwrap_or_default()).collect();
            Known { table: RoundTable::of(rules, range, &paid), paid }
        };
        &known.insert(kept.unwrap_or_else(make)).table
    }
}

/// One seat's share of a round, and what its terms pay.
#[derive(Debug)]
struct Share {
    round: PlayerRound,
    terms: Vec<(usize, f64)>,
}

/// The result of a joint action.
#[derive(Debug)]
pub(super) struct Outcome {
    /// Of both seats.
    pub(super) payoffs: [f64; 2],
    /// Whether each seat cooperated.
    pub(super) cooperated: [bool; 2],
    /// Shortfall of the collective payoff.
    pub(super) shortfall: f64,
}

impl Outcome {
    /// Those of every joint action of two players, by its number.
    pub(super) fn all(rules: &Rules, range: &CollectiveRange) -> Vec<Self> {
        let (game, actions) = (rules.game.as_ref(), rules.observations.actions);
        let outcome = |joint: usize| {
            let pair = joint_actions(joint, actions);
            let mut payoffs = [0.0; 2];
            game.payoffs(&pair, &mut payoffs);
            let cooperated = pair.map(|action| game.cooperative(action));
            Self { payoffs, cooperated, shortfall: range.shortfall(payoffs.iter().sum()) }
        };
        (0..actions * actions).map(outcome).collect()
    }

    /// The result as a match enters it.
    pub(super) fn counted(&self) -> CountedRound<'_> {
        CountedRound { payoffs: &self.payoffs, cooperated: Some(self.cooperated) }
    }
}

/// What both did in the joint action of this number, where each has `actions` actions.
pub(super) fn joint_actions(joint: usize, actions: usize) -> [Action; 2] {
    [(joint / actions) as Action, (joint % actions) as Action]
}

/// What every round is worth.
#[derive(Debug)]
pub(super) struct RoundTable {
    actions: usize,
    /// What each seat sees, by the index of its observation and by what both do.
    seen: Vec<[usize; 2]>,
    /// By joint action.
    outcomes: Vec<Outcome>,
    /// `[population][seat][round]`.
    shares: Vec<Share>,
    /// This many rounds add up to the same sums in any order, to the bit.
    exact_rounds: u64,
}

/// What both seats of a match see: nothing yet, or the last joint action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Seen(usize);

/// A match from its first round to its last.
#[derive(Debug)]
pub(super) struct Course {
    pub(super) rounds: Rounds,
    /// What it adds up to.
    pub(super) tally: MatchTally,
}

/// Agents whose books are made by one thread in a row.
const TOGETHER: usize = 64;

/// Most entries that are kept without a place of their own in memory.
const SHORT: usize = 14;

/// The rounds of a match.
#[derive(Debug)]
pub(super) enum Rounds {
    /// Up to [`SHORT`] small entries of either kind: the number of each round in order, or each number with how often
    /// it occurs.
    Short(u8, [(u8, u8); SHORT]),
    /// The number of each.
    InOrder(Vec<u16>),
    /// Each number with how often it occurs, where the order makes no difference.
    Counted(Vec<(u16, u32)>),
}

impl Default for Rounds {
    fn default() -> Self {
        Self::Short(0, [(0, 0); SHORT])
    }
}

impl Rounds {
    /// These entries as [`Rounds::Short`]; `None` if they are too many or too large.
    fn short(entries: impl Iterator<Item = (usize, u32)>) -> Option<Self> {
        let (mut kept, mut len) = ([(0, 0); SHORT], 0);
        for (number, times) in entries {
            *kept.get_mut(len)? = (u8::try_from(number).ok()?, u8::try_from(times).ok()?);
            len += 1;
        }
        Some(Self::Short(len as u8, kept))
    }

    fn len(&self) -> usize {
        match self {
            Self::Short(len, _) => usize::from(*len),
            Self::InOrder(rounds) => rounds.len(),
            Self::Counted(rounds) => rounds.len(),
        }
    }

    /// An entry: the number of a round, and how often it was played.
    #[inline]
    fn get(&self, place: usize) -> Option<(u16, u32)> {
        match self {
            Self::Short(len, rounds) => {
                let (number, times) = rounds[..usize::from(*len)].get(place)?;
                Some((u16::from(*number), u32::from(*times)))
            }
            Self::InOrder(rounds) => rounds.get(place).map(|&round| (round, 1)),
            Self::Counted(rounds) => rounds.get(place).copied(),
        }
    }
}

impl RoundTable {
    /// The rounds of a game whose populations are `paid` by these tables.
    fn of(rules: &Rules, range: &CollectiveRange, paid: &[RewardTable]) -> Self {
        let (game, actions) = (rules.game.as_ref(), rules.observations.actions);
        assert!(actions <= ACTIONS_MAX, "the checks of a scenario refuse {actions} actions");
        let joints = actions * actions;
        let pair = |joint: usize| joint_actions(joint, actions);
        let outcomes = Outcome::all(rules, range);
        let last = (0..joints).map(|joint| [1 + joint, 1 + joint % actions * actions + joint / actions]);
        let seen: Vec<[usize; 2]> = std::iter::once([0; 2]).chain(last).collect();
        let mut shares = Vec::new();
        for paid in paid {
            for seat in 0..2 {
                for number in 0..(1 + joints) * joints {
                    let joint = number % joints;
                    let observation = seen[number / joints][seat];
                    let (own, other) = (pair(joint)[seat], pair(joint)[1 - seat]);
                    let possible = PossibleRound { seat, observation, own, other };
                    let place = RewardTable::index(rules, possible);
                    let Outcome { payoffs, cooperated, shortfall } = outcomes[joint];
                    let columns = paid.terms.iter().enumerate();
                    let round = PlayerRound {
                        seen: observation,
                        others_cooperated: rules.observations.get(observation).others_cooperated_in(game),
                        cooperated: Some(cooperated[seat]),
                        payoff: payoffs[seat],
                        reward: paid.total(rules, possible),
                        shortfall,
                        is_void: false,
                    };
                    let terms = columns.filter_map(|(term, column)| Some((term, *column.get(place)?))).collect();
                    shares.push(Share { round, terms });
                }
            }
        }
        let exact_rounds = exact_rounds(&outcomes, &shares);
        Self { actions, seen, outcomes, shares, exact_rounds }
    }

    /// What is seen where these were the last actions.
    pub(super) fn seen(&self, last: [Action; 2]) -> Seen {
        Seen(if last.contains(&ILLEGAL) { 0 } else { 1 + self.joint(last) })
    }

    /// The observations of both players who see this, by index.
    #[inline]
    pub(super) fn observations(&self, seen: Seen) -> [usize; 2] {
        self.seen[seen.0]
    }

    #[inline]
    fn joint(&self, actions: [Action; 2]) -> usize {
        usize::from(actions[0]) * self.actions + usize::from(actions[1])
    }

    /// The number of the round in which both did `actions` after they had seen `seen`, and what they see after it.
    #[inline]
    pub(super) fn round(&self, seen: Seen, actions: [Action; 2]) -> (u16, Seen) {
        let joint = self.joint(actions);
        ((seen.0 * self.outcomes.len() + joint) as u16, Seen(1 + joint))
    }

    /// Whether the order in which the rounds of `tournament` are added up makes no difference to any sum.
    pub(super) fn adds_exactly(&self, tournament: &Tournament) -> bool {
        let most = tournament.seats_of.most() as u64;
        most * u64::from(tournament.rounds_max()) <= self.exact_rounds
    }

    /// The match of these rounds. They are counted if `in_any_order`, and if that is worth it.
    pub(super) fn course(&self, rounds: &[u16], in_any_order: bool) -> Course {
        let joints = self.outcomes.len();
        let numbers = (1 + joints) * joints;
        let recent = rounds.len().saturating_sub(LAST_ROUNDS as usize);
        let mut tally = MatchTally { rounds: rounds.len() as u64, ..MatchTally::default() };
        let mut enter = |joint: usize, times: u64, last: u64| {
            tally.enter(self.outcomes[joint].counted(), times, last);
        };
        if !in_any_order || numbers > FEW.max(rounds.len()) {
            for (place, &number) in rounds.iter().enumerate() {
                enter(usize::from(number) % joints, 1, u64::from(place >= recent));
            }
            let short = Rounds::short(rounds.iter().map(|&number| (usize::from(number), 1)));
            return Course { rounds: short.unwrap_or_else(|| Rounds::InOrder(rounds.to_vec())), tally };
        }
        let (mut few, mut many) = ([0u32; FEW], Vec::new());
        let counts = if numbers <= FEW {
            &mut few[..numbers]
        } else {
            many.resize(numbers, 0u32);
            &mut many
        };
        let mut last = [0u64; ACTIONS_MAX * ACTIONS_MAX];
        rounds.iter().for_each(|&number| counts[usize::from(number)] += 1);
        rounds[recent..].iter().for_each(|&number| last[usize::from(number) % joints] += 1);
        for (joint, last) in last[..joints].iter().enumerate() {
            let times: u32 = counts.iter().skip(joint).step_by(joints).sum();
            if times > 0 {
                enter(joint, times.into(), *last);
            }
        }
        let counted = || counts.iter().copied().enumerate().filter(|(_, count)| *count > 0);
        let rounds = Rounds::short(counted())
            .unwrap_or_else(|| Rounds::Counted(counted().map(|(number, count)| (number as u16, count)).collect()));
        Course { rounds, tally }
    }

    /// Enters every agent's matches into its account, round by round as in lockstep: `accounts` and `populations` are
    /// by agent, `rounds` has those of a match by its number.
    pub(super) fn enter<'c>(
        &self,
        tournament: &Tournament,
        populations: &[u32],
        rounds: impl Fn(usize) -> &'c Rounds + Send + Sync,
        accounts: &mut [Account],
        workers: &Workers,
    ) {
        let numbers = (1 + self.outcomes.len()) * self.outcomes.len();
        let course = |population: u32, seat: u32| {
            let begin = (population as usize * 2 + seat as usize % 2) * numbers;
            (rounds(seat as usize / 2), &self.shares[begin..begin + numbers])
        };
        Workers::each_piece(Some(workers), accounts, TOGETHER, |first, accounts| {
            let seats = |place: usize| tournament.seats_of.of(AgentId((first + place) as u32));
            let length = |&seat: &u32| rounds(seat as usize / 2).len();
            let longest = |place: usize| seats(place).iter().map(length).max().unwrap_or(0);
            // The matches lie anywhere in memory; asked in a row for their lengths, they all come at once.
            let longest: Vec<usize> = (0..accounts.len()).map(longest).collect();
            let mut courses: Vec<(&Rounds, &[Share])> = Vec::new();
            for (place, (account, longest)) in accounts.iter_mut().zip(longest).enumerate() {
                courses.clear();
                courses.extend(seats(place).iter().map(|&seat| course(populations[first + place], seat)));
                for place in 0..longest {
                    for (rounds, shares) in &courses {
                        let Some((number, times)) = rounds.get(place) else { continue };
                        let Share { round, terms } = &shares[usize::from(number)];
                        account.enter(round, terms.iter().copied(), u64::from(times));
                    }
                }
            }
        });
    }
}

/// How many rounds with these results may be added up in any order with the same sums to the bit: all results are whole
/// multiples of 2⁻²⁰, and the sums stay below 2³³, so that no addition rounds. 0 if some are not.
fn exact_rounds(outcomes: &[Outcome], shares: &[Share]) -> u64 {
    const UNIT: f64 = (1u64 << 20) as f64;
    let mut values: Vec<f64> = Vec::new();
    for Outcome { payoffs, .. } in outcomes {
        let [a, b] = *payoffs;
        values.extend([a, b, a + b, 1.0 - inequality(payoffs)]);
    }
    for Share { round, terms } in shares {
        values.extend([round.payoff, round.reward, round.shortfall]);
        values.extend(terms.iter().map(|(_, paid)| *paid));
    }
    let greatest = values.into_iter().try_fold(1.0f64, |greatest, value| {
        let units = (value * UNIT).abs();
        (units.fract() == 0.0).then_some(greatest.max(units))
    });
    // 2⁵³ is the first whole number after which there are gaps.
    greatest.map_or(0, |greatest| ((1u64 << 53) as f64 / greatest) as u64)
}
