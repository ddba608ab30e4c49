//! `strategy_evolution.csv`: what every agent did, got and has become.
//!
//! A round voided by an illegal completion is played and pays no agent. Means of payoffs, rewards and regrets are over
//! all rounds, so that a sum of payoffs is a mean times a number of rounds or decisions. What was done is known only
//! for legal actions, so shares of actions are over those. The number of void rounds is given next to both.

use super::column::{Column, Table};
use super::nearest_strategy;
use super::row_file::{number, optional};
use crate::games::{Observation, first};
use crate::world::{Account, ExpectedScore, LearningStats, ReadOutSource, Rules};
use bevy_ecs::prelude::{EntityRef, World};

/// The data behind an agent's row: what it did and got in the ticks of the row, and its state after the last of them.
#[derive(Clone, Copy)]
pub struct EvolutionRow<'a> {
    /// The world at the end of the row's last tick.
    pub world: &'a World,
    /// The agent at the end of the row's last tick, with all its components.
    pub agent: EntityRef<'a>,
    /// The last tick of the row.
    pub tick: u32,
    /// Name of the agent.
    pub name: &'a str,
    /// Name of its population.
    pub population: &'a str,
    /// Name of its policy.
    pub policy: &'a str,
    /// What it did and got in the ticks of the row.
    pub account: &'a Account,
    /// Its probability of cooperating in the first round, and after CC, CD, DC, DD (own action first); NaN if there is
    /// no such number.
    pub p_cooperate: [f64; 5],
    /// The source of these probabilities.
    pub read_out_source: ReadOutSource,
    /// The measurements of its learner; `None` for an agent that learns from no gradients.
    pub learning: Option<LearningStats>,
    /// Its expected score over the ticks of the row; NaN once it is unknown in one of them.
    pub expected: ExpectedScore,
}

/// The table: one row per agent and recorded tick.
pub(super) struct Evolution;

impl Table for Evolution {
    const FILE: &'static str = "strategy_evolution.csv";
    type Row<'a> = EvolutionRow<'a>;
    const COLUMNS: &'static [Column<Self>] = &[
        Column::whole("tick", "the tick, or the last of those that the row covers", |row| row.tick.to_string()),
        Column::text("agent", "the agent's name", |row| row.name.to_owned()),
        Column::text("population", "the name of its population", |row| row.population.to_owned()),
        Column::text(
            "policy",
            "a strategy's name, `llm`, `frozen:` and a model's name, `q_learning`, `q_network`, `remote`, or a plugin's word",
            |row| row.policy.to_owned(),
        ),
        Column::whole("adapter_generation", "number of updates behind the adapter that played", |row| {
            row.learning.map_or_else(String::new, |learning| learning.generation.to_string())
        }),
        Column::new("cooperation_rate", "cooperative share of the legal actions, as played", |row| {
            number(row.cooperation_rate())
        }),
        Column::new(
            "illegal_rate",
            "share of decisions that named no action. These are never replaced by one. They void their round (nobody is \
             paid) and earn `illegal_reward`",
            |row| number(row.illegal_rate()),
        ),
        Column::new("void_rate", "share of decisions in void rounds, whichever seat answered illegally", |row| {
            number(row.per_decision(row.account.void as f64))
        }),
        Column::new(
            "p_c_start",
            "probability of cooperating in the first round; empty for a Q-table that makes up its first state",
            |row| number(row.p_cooperate[0]),
        ),
        Column::new(
            "p_c_cc",
            "probability of cooperating after CC: own action, then the opponent's. With more than two players the second \
             letter stands for \"all co-players\" (C) or \"none\" (D)",
            |row| number(row.p_cooperate[1]),
        ),
        Column::new("p_c_cd", "probability of cooperating after CD (own action, then the opponent's)", |row| {
            number(row.p_cooperate[2])
        }),
        Column::new("p_c_dc", "probability of cooperating after DC (own action, then the opponent's)", |row| {
            number(row.p_cooperate[3])
        }),
        Column::new("p_c_dd", "probability of cooperating after DD (own action, then the opponent's)", |row| {
            number(row.p_cooperate[4])
        }),
        Column::text(
            "p_c_source",
            "where the probabilities `p_c_*` come from: `exact` (those of the policy that played), `exact_at_end` (of a \
             Q-table, when the tick is over) or `counted` (shares of the decisions of the tick, with `decision: Generate`)",
            |row| row.p_source().map_or("", ReadOutSource::name).to_owned(),
        ),
        Column::text(
            "nearest_strategy",
            "the known memory-one strategy nearest to `p_c_cc`, `p_c_cd`, `p_c_dc`, `p_c_dd`",
            |row| {
                let [_, cc, cd, dc, dd] = row.p_cooperate;
                nearest_strategy([cc, cd, dc, dd]).unwrap_or_default().to_owned()
            },
        ),
        Column::new("payoff_mean", "mean payoff per decision, void rounds included, which pay 0", |row| {
            number(row.payoff_mean())
        }),
        Column::new("reward_mean", "mean reward per decision, void rounds included", |row| {
            number(row.per_decision(row.account.reward))
        }),
        Column::per_term(
            "reward_<term>",
            "mean per decision of what a reward term pays, weighted; together with the illegal rewards the terms add up to \
             `reward_mean`",
            |row, term| number(row.per_decision(row.account.terms[term])),
        ),
        Column::new(
            "regret_deontological",
            "share of decisions that defected on one who had cooperated, or were illegal",
            |row| number(row.regret_deontological()),
        ),
        Column::new(
            "regret_utilitarian",
            "mean shortfall of the collective payoff from the best joint action, as a share of the game's range; a void \
             round counts 1",
            |row| number(row.regret_utilitarian()),
        ),
        Column::new("entropy", "entropy of the policy, in nats per decision", |row| {
            optional(row.learning.map(|learning| learning.entropy))
        }),
        Column::new("kl", "divergence of the policy from the untrained model, in nats per decision", |row| {
            optional(row.learning.map(|learning| learning.kl))
        }),
        Column::new("grad_norm", "norm of the gradient before clipping", |row| {
            optional(row.learning.and_then(|learning| learning.grad_norm))
        }),
        Column::exact("payoff_exact", "with `exact: true`: expected payoffs per expected decision", |row| {
            number(row.expected.payoff_per_decision())
        }),
        Column::exact(
            "cooperation_exact",
            "with `exact: true`: expected cooperative actions per expected legal one",
            |row| number(row.expected.cooperation_rate()),
        ),
    ];
}

impl EvolutionRow<'_> {
    /// The mean per decision of a quantity that adds up to `sum`; NaN without decisions.
    pub fn per_decision(&self, sum: f64) -> f64 {
        sum / self.account.decisions as f64
    }

    /// Cooperative share of the legal actions; NaN if there are none.
    pub fn cooperation_rate(&self) -> f64 {
        self.account.cooperations as f64 / (self.account.decisions - self.account.illegal) as f64
    }

    /// Share of decisions that named no action; NaN if there are none.
    pub fn illegal_rate(&self) -> f64 {
        self.per_decision(self.account.illegal as f64)
    }

    /// Mean payoff per decision; a void round pays 0.
    pub fn payoff_mean(&self) -> f64 {
        self.per_decision(self.account.payoff)
    }

    /// Share of decisions that defected on one who had cooperated, or were illegal.
    pub fn regret_deontological(&self) -> f64 {
        self.per_decision(self.account.norm_breaches as f64)
    }

    /// Mean shortfall of the collective payoff from the best joint action, as a share of the game's range; a void round
    /// counts 1.
    pub fn regret_utilitarian(&self) -> f64 {
        self.per_decision(self.account.collective_shortfall)
    }

    /// The source of the probabilities; `None` if there are none.
    pub(super) fn p_source(&self) -> Option<ReadOutSource> {
        self.p_cooperate.iter().any(|p| !p.is_nan()).then_some(self.read_out_source)
    }
}

/// (start, CC, CD, DC, DD) from a read-out over all observations; an empty read-out means that the policy has no such
/// numbers. With more than two seats, "C" of the others means that all cooperated, "D" that none did. With more than
/// two actions, C and D are the first cooperative and the first other action.
pub fn memory_one(rules: &Rules, read_out: &[f64]) -> [f64; 5] {
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
