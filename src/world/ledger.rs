//! The books of a round and of a tick.

use super::Workers;
use crate::games::inequality;
use bevy_ecs::prelude::Resource;
use serde::{Deserialize, Serialize};

/// What one round brought, seat by seat. Only the entries of live seats mean anything.
#[derive(Resource, Clone, Debug, Default)]
pub struct Rewards {
    /// Payoffs of the game; zero in a match that an illegal completion voided.
    pub payoffs: Vec<f64>,
    /// What each reward term paid, weighted, `[term][seat]`.
    pub terms: Vec<Vec<f64>>,
    /// What the learner gets: the sum of the terms, or the illegal reward.
    pub total: Vec<f64>,
}

impl Rewards {
    /// Empties the books for a round with `seats` seats and `terms` reward terms.
    pub fn clear(&mut self, seats: usize, terms: usize) {
        self.terms.resize_with(terms, Vec::new);
        for column in [&mut self.payoffs, &mut self.total].into_iter().chain(&mut self.terms) {
            column.clear();
            column.resize(seats, 0.0);
        }
    }
}

/// What adds up over rounds, matches and ticks.
pub trait Sum {
    /// Adds `other` to this.
    fn absorb(&mut self, other: &Self);

    /// Begins again, with the memory that is there.
    fn clear(&mut self);
}

impl Sum for u64 {
    fn absorb(&mut self, other: &Self) {
        *self += other;
    }

    fn clear(&mut self) {
        *self = 0;
    }
}

impl Sum for f64 {
    fn absorb(&mut self, other: &Self) {
        *self += other;
    }

    fn clear(&mut self) {
        *self = 0.0;
    }
}

impl<T: Sum, const N: usize> Sum for [T; N] {
    fn absorb(&mut self, other: &Self) {
        self.iter_mut().zip(other).for_each(|(sum, part)| sum.absorb(part));
    }

    fn clear(&mut self) {
        self.iter_mut().for_each(Sum::clear);
    }
}

/// Element by element; this vector becomes as long as `other` if it is shorter.
impl<T: Sum + Default> Sum for Vec<T> {
    fn absorb(&mut self, other: &Self) {
        if self.len() < other.len() {
            self.resize_with(other.len(), T::default);
        }
        self.iter_mut().zip(other).for_each(|(sum, part)| sum.absorb(part));
    }

    fn clear(&mut self) {
        self.iter_mut().for_each(Sum::clear);
    }
}

/// Writes a struct of sums, which are added field by field. A new measure is a field here, and is counted in `enter`.
macro_rules! sums {
    ($(#[$about:meta])* pub struct $Name:ident { $($(#[$meaning:meta])* pub $field:ident: $Type:ty,)+ }) => {
        $(#[$about])*
        #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
        pub struct $Name {
            $($(#[$meaning])* pub $field: $Type,)+
        }

        impl Sum for $Name {
            fn absorb(&mut self, other: &Self) {
                $(self.$field.absorb(&other.$field);)+
            }

            fn clear(&mut self) {
                $(Sum::clear(&mut self.$field);)+
            }
        }
    };
}

sums! {
    /// What one agent did and got in one tick.
    pub struct Account {
        /// Decisions made.
        pub decisions: u64,
        /// Of these, illegal ones.
        pub illegal: u64,
        /// Decisions in rounds that an illegal completion voided, the agent's own or another's.
        pub void: u64,
        /// Legal actions, as played, that were cooperative.
        pub cooperations: u64,
        /// Sum of payoffs.
        pub payoff: f64,
        /// Sum of rewards.
        pub reward: f64,
        /// Sum of what each term paid, by its number, up to the last that paid anything; see [`Account::paid`].
        pub terms: Vec<f64>,
        /// Decisions made after each observation, by observation index.
        pub met: Vec<u64>,
        /// Legal decisions that defected on a player who had cooperated, plus illegal ones.
        pub norm_breaches: u64,
        /// Sum over rounds of the normalised shortfall of the collective payoff.
        pub collective_shortfall: f64,
    }
}

/// How many of a match's last rounds are tallied apart, to show where its players have ended up.
pub const LAST_ROUNDS: u32 = 20;

sums! {
    /// What one match brought, or several together.
    pub struct MatchTally {
        /// Rounds played, void ones included.
        pub rounds: u64,
        /// Rounds that an illegal completion voided.
        pub void_rounds: u64,
        /// With two seats: rounds that ended CC, CD, DC, DD; CD and DC are told apart by seat.
        pub joint: [u64; 4],
        /// The same for the last [`LAST_ROUNDS`] rounds of each match.
        pub joint_last: [u64; 4],
        /// Sum over rounds of all payoffs.
        pub collective_payoff: f64,
        /// Sum over rounds of the first seat's payoff.
        pub first_payoff: f64,
        /// Sum over rounds of the equality of payoffs.
        pub equality: f64,
        /// Sum over rounds of the smallest payoff.
        pub min_payoff: f64,
    }
}

/// Index of a two-seat outcome in CC, CD, DC, DD; `cooperated` by seat.
pub fn joint_index(cooperated: [bool; 2]) -> usize {
    2 * usize::from(!cooperated[0]) + usize::from(!cooperated[1])
}

/// Every agent's account of this tick, and what the population did together.
#[derive(Resource, Clone, Debug, Default, Serialize, Deserialize)]
pub struct Ledger {
    /// By agent.
    pub accounts: Vec<Account>,
    /// By match.
    pub matches: Vec<MatchTally>,
    /// All matches together, once they are over.
    pub together: MatchTally,
}

impl Ledger {
    /// Empties the books for a tick of `agents` agents in `matches` matches and `observations` observations.
    pub fn clear(&mut self, agents: usize, matches: usize, observations: usize, workers: Option<&Workers>) {
        self.accounts.resize_with(agents, Account::default);
        Workers::each_of(workers, &mut self.accounts, |account| {
            Sum::clear(account);
            account.met.resize(observations, 0);
        });
        self.matches.resize(matches, MatchTally::default());
        Workers::each_of(workers, &mut self.matches, Sum::clear);
        Sum::clear(&mut self.together);
    }

    /// Adds up all matches, in their order. Meanwhile accounts can be `read`.
    pub fn add_matches(&mut self, workers: Option<&Workers>, read: impl FnOnce(&[Account]) + Send) {
        let Self { accounts, matches, together } = self;
        let add = || matches.iter().for_each(|tally| together.absorb(tally));
        Workers::both(workers, matches.len(), add, || read(accounts));
    }

    /// Adds another tick's accounts and sums to these; matches are not kept.
    pub fn absorb(&mut self, other: &Self, workers: Option<&Workers>) {
        add_accounts(&mut self.accounts, &other.accounts, workers);
        self.together.absorb(&other.together);
    }
}

/// Adds every account of `others` to that of the same agent.
pub fn add_accounts(sums: &mut Vec<Account>, others: &[Account], workers: Option<&Workers>) {
    if sums.len() < others.len() {
        sums.resize_with(others.len(), Account::default);
    }
    Workers::each_with(workers, sums, others, Sum::absorb);
}

/// One player's share of a round.
#[derive(Clone, Copy, Debug)]
pub struct PlayerRound {
    /// What it saw before, by observation index.
    pub seen: usize,
    /// Whether every co-player cooperated in what it saw.
    pub others_cooperated: bool,
    /// Whether it cooperated; `None` if its completion named no action.
    pub cooperated: Option<bool>,
    /// Its payoff.
    pub payoff: f64,
    /// What its terms paid, or the illegal reward.
    pub reward: f64,
    /// Normalised shortfall of the collective payoff; 1 in a void round.
    pub shortfall: f64,
    /// Whether an illegal completion voided the round.
    pub is_void: bool,
}

/// What all players of a match did and got in a round that counted.
#[derive(Clone, Copy, Debug)]
pub struct CountedRound<'a> {
    /// Payoffs by seat.
    pub payoffs: &'a [f64],
    /// With two seats: who cooperated.
    pub cooperated: Option<[bool; 2]>,
}

impl MatchTally {
    /// Enters a round that was played `times` times, `last` of them among the last rounds of the match.
    pub fn enter(&mut self, round: CountedRound, times: u64, last: u64) {
        let weight = times as f64;
        self.collective_payoff += weight * round.payoffs.iter().sum::<f64>();
        self.first_payoff += weight * round.payoffs.first().copied().unwrap_or(0.0);
        self.equality += weight * (1.0 - inequality(round.payoffs));
        self.min_payoff += weight * round.payoffs.iter().copied().fold(f64::INFINITY, f64::min);
        if let Some(cooperated) = round.cooperated {
            let index = joint_index(cooperated);
            self.joint[index] += times;
            self.joint_last[index] += last;
        }
    }
}

impl Account {
    /// The sum of what a term paid, by its number.
    #[inline]
    pub fn paid(&self, term: usize) -> f64 {
        self.terms.get(term).copied().unwrap_or(0.0)
    }

    /// Enters a round that was played `times` times; `terms` is what each reward term paid for it, by its number.
    pub fn enter(&mut self, round: &PlayerRound, terms: impl Iterator<Item = (usize, f64)>, times: u64) {
        let weight = times as f64;
        let count = |is_so: bool| if is_so { times } else { 0 };
        self.decisions += times;
        self.illegal += count(round.cooperated.is_none());
        self.void += count(round.is_void);
        self.cooperations += count(round.cooperated == Some(true));
        self.payoff += weight * round.payoff;
        self.reward += weight * round.reward;
        for (term, paid) in terms {
            if self.terms.len() <= term {
                self.terms.resize(term + 1, 0.0);
            }
            self.terms[term] += weight * paid;
        }
        self.met[round.seen] += times;
        let is_breach = match round.cooperated {
            None => true,
            Some(cooperated) => !cooperated && round.others_cooperated,
        };
        self.norm_breaches += count(is_breach);
        self.collective_shortfall += weight * round.shortfall;
    }
}
