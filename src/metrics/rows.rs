//! The rows of `strategy_evolution.csv` and `social_outcomes.csv` and how they are made.
//!
//! A round that somebody's illegal completion voids is played and pays nobody: means of payoffs, rewards and regrets
//! are over all rounds, so that a sum of payoffs is a mean times a number of rounds or decisions. What was done is
//! known of legal actions alone: shares of them are over those, and joint outcomes and their equality over the rounds
//! that counted. The number of void rounds stands beside both.

use super::row_file::{number, optional};
use super::{gini, nearest_strategy};
use crate::games::{Observation, first};
use crate::world::{Account, ExpectedScore, LearningStats, Ledger, ReadOutSource, Rules};

/// Columns of `social_outcomes.csv`, one row per tick.
pub const OUTCOME_COLUMNS: [&str; 13] = [
    "tick",
    "matches",
    "rounds",
    "void_rounds",
    "cooperation_rate",
    "cc",
    "cd",
    "dc",
    "dd",
    "collective_payoff",
    "gini",
    "equality",
    "min_payoff",
];

/// Columns of `strategy_evolution.csv`, one row per tick and agent; one `reward_<term>` for each of `terms`.
pub fn evolution_columns(terms: &[&str]) -> Vec<String> {
    let before = [
        "tick",
        "agent",
        "population",
        "policy",
        "adapter_generation",
        "cooperation_rate",
        "illegal_rate",
        "void_rate",
        "p_c_start",
        "p_c_cc",
        "p_c_cd",
        "p_c_dc",
        "p_c_dd",
        "p_c_source",
        "nearest_strategy",
        "payoff_mean",
        "reward_mean",
    ];
    let after = ["regret_deontological", "regret_utilitarian", "entropy", "kl", "grad_norm"];
    let terms = terms.iter().map(|term| format!("reward_{term}"));
    before.into_iter().map(String::from).chain(terms).chain(after.into_iter().map(String::from)).collect()
}

/// Columns of `strategy_evolution.csv` after all others, if they are asked for.
pub const EXACT_COLUMNS: [&str; 2] = ["payoff_exact", "cooperation_exact"];

/// Columns of `moves.csv`, one row per seat and round.
pub fn move_columns(terms: &[&str]) -> Vec<String> {
    let fixed = ["tick", "match", "round", "seat", "agent", "seen_own", "seen_others", "action", "payoff", "reward"];
    fixed.into_iter().map(String::from).chain(terms.iter().map(|term| format!("reward_{term}"))).collect()
}

/// Columns of `messages.csv`, one row per seat that talks and round.
pub const MESSAGE_COLUMNS: [&str; 6] = ["tick", "match", "round", "seat", "agent", "text"];

/// One agent's tick.
#[derive(Clone, Debug, PartialEq)]
pub struct EvolutionRow {
    /// The tick.
    pub tick: u32,
    /// Name of the agent.
    pub agent: String,
    /// Its population's name.
    pub population: String,
    /// Its policy's name.
    pub policy: String,
    /// Version of the adapter that played; none without one.
    pub adapter_generation: Option<u64>,
    /// Cooperative share of the legal actions; NaN if there were none.
    pub cooperation_rate: f64,
    /// Share of decisions that named no action; NaN if there were none.
    pub illegal_rate: f64,
    /// Share of decisions in rounds that an illegal completion voided, its own or another's; NaN if there were none.
    pub void_rate: f64,
    /// Probability of cooperating in the first round, and after CC, CD, DC, DD (own action first); NaN: no such number.
    pub p_cooperate: [f64; 5],
    /// Where these come from; `None`: there are no such numbers.
    pub p_source: Option<ReadOutSource>,
    /// The known memory-one strategy closest to the last four.
    pub nearest_strategy: Option<&'static str>,
    /// Mean payoff per decision; a void round pays 0.
    pub payoff_mean: f64,
    /// Mean reward per decision.
    pub reward_mean: f64,
    /// Mean of each term's weighted reward per decision; with the illegal reward they add up to `reward_mean`.
    pub terms: Vec<f64>,
    /// Share of decisions that defected on one who had cooperated, or were illegal.
    pub regret_deontological: f64,
    /// Mean shortfall of the collective payoff from the best joint action, as a share of the game's range; a void round
    /// counts 1.
    pub regret_utilitarian: f64,
    /// What the learner measured.
    pub learning: Option<LearningStats>,
    /// What the agent could expect of the tick.
    pub expected: ExpectedScore,
}

impl EvolutionRow {
    /// The row as text, in the order of [`evolution_columns`].
    pub fn cells(&self) -> Vec<String> {
        let mut cells = vec![
            self.tick.to_string(),
            self.agent.clone(),
            self.population.clone(),
            self.policy.clone(),
            self.adapter_generation.map_or_else(String::new, |g| g.to_string()),
            number(self.cooperation_rate),
            number(self.illegal_rate),
            number(self.void_rate),
        ];
        cells.extend(self.p_cooperate.iter().map(|&p| number(p)));
        cells.push(self.p_source.map_or("", ReadOutSource::name).to_string());
        cells.push(self.nearest_strategy.unwrap_or_default().to_string());
        cells.extend([number(self.payoff_mean), number(self.reward_mean)]);
        cells.extend(self.terms.iter().map(|&r| number(r)));
        cells.extend([number(self.regret_deontological), number(self.regret_utilitarian)]);
        cells.push(optional(self.learning.map(|l| l.entropy)));
        cells.push(optional(self.learning.map(|l| l.kl)));
        cells.push(optional(self.learning.and_then(|l| l.grad_norm)));
        cells
    }
}

impl EvolutionRow {
    /// The cells under [`EXACT_COLUMNS`].
    pub fn exact_cells(&self) -> [String; 2] {
        [number(self.expected.payoff_per_decision()), number(self.expected.cooperation_rate())]
    }
}

/// One tick of the whole population.
#[derive(Clone, Debug, PartialEq)]
pub struct OutcomeRow {
    /// The tick.
    pub tick: u32,
    /// Matches played.
    pub matches: usize,
    /// Rounds played over all matches, void ones included.
    pub rounds: u64,
    /// Rounds that somebody's illegal completion voided.
    pub void_rounds: u64,
    /// Cooperative share of all legal actions.
    pub cooperation_rate: f64,
    /// Shares of the two-seat rounds that counted that ended CC, CD, DC, DD by seat; NaN with more seats.
    pub joint: [f64; 4],
    /// Mean sum of payoffs per round, void ones included, which pay nothing.
    pub collective_payoff: f64,
    /// Gini index of the agents' mean payoffs.
    pub gini: f64,
    /// Mean equality of payoffs within a round, of the rounds that counted.
    pub equality: f64,
    /// Mean smallest payoff of a round, void ones included, which pay nothing.
    pub min_payoff: f64,
}

impl OutcomeRow {
    /// The row as text, in the order of [`OUTCOME_COLUMNS`].
    pub fn cells(&self) -> Vec<String> {
        let mut cells = vec![self.tick.to_string(), self.matches.to_string()];
        cells.extend([self.rounds, self.void_rounds].map(|count| count.to_string()));
        cells.push(number(self.cooperation_rate));
        cells.extend(self.joint.iter().map(|&share| number(share)));
        cells.extend([self.collective_payoff, self.gini, self.equality, self.min_payoff].map(number));
        cells
    }
}

/// What the row of one agent is made of.
pub struct EvolutionSource<'a> {
    /// Name of the agent, of its population and of its policy.
    pub names: [&'a str; 3],
    /// What it did and got.
    pub account: &'a Account,
    /// Its probability of cooperating by observation index; empty: the policy has no such numbers.
    pub read_out: &'a [f64],
    /// Where these come from.
    pub read_out_source: ReadOutSource,
    /// What its learner measured.
    pub learning: Option<LearningStats>,
    /// What it could expect of the ticks of the row.
    pub expected: ExpectedScore,
}

/// The rows of one tick, in the order of `agents`.
pub fn evolution_rows<'a>(
    tick: u32,
    rules: &Rules,
    agents: impl Iterator<Item = EvolutionSource<'a>>,
) -> Vec<EvolutionRow> {
    agents.map(|source| evolution_row(tick, rules, &source)).collect()
}

fn evolution_row(tick: u32, rules: &Rules, source: &EvolutionSource) -> EvolutionRow {
    let account = source.account;
    let decisions = account.decisions as f64;
    let per_decision = |sum: f64| sum / decisions;
    let p_cooperate = memory_one(rules, source.read_out);
    EvolutionRow {
        tick,
        agent: source.names[0].to_string(),
        population: source.names[1].to_string(),
        policy: source.names[2].to_string(),
        adapter_generation: source.learning.map(|l| l.generation),
        cooperation_rate: account.cooperations as f64 / (account.decisions - account.illegal) as f64,
        illegal_rate: per_decision(account.illegal as f64),
        void_rate: per_decision(account.void as f64),
        p_cooperate,
        p_source: p_cooperate.iter().any(|p| !p.is_nan()).then_some(source.read_out_source),
        nearest_strategy: nearest_strategy([p_cooperate[1], p_cooperate[2], p_cooperate[3], p_cooperate[4]]),
        payoff_mean: per_decision(account.payoff),
        reward_mean: per_decision(account.reward),
        terms: account.terms.iter().map(|&sum| per_decision(sum)).collect(),
        regret_deontological: per_decision(account.norm_breaches as f64),
        regret_utilitarian: per_decision(account.collective_shortfall),
        learning: source.learning,
        expected: source.expected,
    }
}

/// (start, CC, CD, DC, DD) out of a read-out over all observations. With more than two seats "C" of the others means
/// that all cooperated, "D" that none did. With more than two actions C and D are the first cooperative and the first
/// other action.
fn memory_one(rules: &Rules, read_out: &[f64]) -> [f64; 5] {
    if read_out.is_empty() {
        return [f64::NAN; 5];
    }
    let game = rules.game.as_ref();
    let find = |cooperative: bool| first(game.actions().len(), |action| game.cooperative(action) == cooperative);
    let (Some(c), Some(d)) = (find(true), find(false)) else { return [f64::NAN; 5] };
    let (others_c, others_d) = if game.seats() == 2 { (c, d) } else { (game.seats() as u8 - 1, 0) };
    let after = |own, others| read_out[rules.observations.index(Observation::Last { own, others })];
    [read_out[0], after(c, others_c), after(c, others_d), after(d, others_c), after(d, others_d)]
}

/// The row of one tick.
pub fn outcome_row(tick: u32, matches: usize, seats_per_match: usize, ledger: &Ledger) -> OutcomeRow {
    let sum = |count: fn(&Account) -> u64| ledger.accounts.iter().map(count).sum::<u64>() as f64;
    let (all, counted) = (ledger.rounds as f64, (ledger.rounds - ledger.void_rounds) as f64);
    let joint = if seats_per_match == 2 { ledger.joint.map(|n| n as f64 / counted) } else { [f64::NAN; 4] };
    let players = ledger.accounts.iter().filter(|a| a.decisions > 0);
    let means: Vec<f64> = players.map(|a| a.payoff / a.decisions as f64).collect();
    OutcomeRow {
        tick,
        matches,
        rounds: ledger.rounds,
        void_rounds: ledger.void_rounds,
        cooperation_rate: sum(|a| a.cooperations) / (sum(|a| a.decisions) - sum(|a| a.illegal)),
        joint,
        collective_payoff: ledger.collective_payoff / all,
        gini: gini(&means),
        equality: ledger.equality / counted,
        min_payoff: ledger.min_payoff / all,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Six rounds of two players, two of them void: what nobody does in a void round is divided by the four others.
    #[test]
    fn void_rounds_are_counted_apart_in_the_row_of_all_matches() {
        let account = |decisions, cooperations, illegal, payoff| Account {
            decisions,
            cooperations,
            illegal,
            payoff,
            ..Account::default()
        };
        let ledger = Ledger {
            accounts: vec![account(6, 3, 2, 6.0), account(6, 1, 0, 18.0)],
            rounds: 6,
            void_rounds: 2,
            joint: [1, 2, 0, 1],
            collective_payoff: 24.0,
            equality: 3.0,
            min_payoff: 6.0,
            ..Ledger::default()
        };
        let row = outcome_row(7, 1, 2, &ledger);
        let cells: Vec<String> =
            OUTCOME_COLUMNS.iter().zip(row.cells()).map(|(name, cell)| format!("{name}={cell}")).collect();
        let expected = "tick=7 matches=1 rounds=6 void_rounds=2 cooperation_rate=0.4 cc=0.25 cd=0.5 dc=0 dd=0.25 \
                        collective_payoff=4 gini=0.25 equality=0.75 min_payoff=1";
        assert_eq!(cells.join(" "), expected);
    }
}
