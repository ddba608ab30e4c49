//! `strategy_evolution.csv`: what every agent did, got and has become.
//!
//! A round voided by an illegal completion is played and pays no agent. Means of payoffs, rewards and regrets are over
//! all rounds, so that a sum of payoffs is a mean times a number of rounds or decisions. What was done is known only
//! for legal actions, so shares of actions are over those. The number of void rounds is given next to both.

use super::column::{Column, Table};
use super::nearest_strategy;
use super::row_file::{number, optional};
use crate::games::{Observation, first};
use crate::world::{
    Account, AgentId, ExpectedScore, LearningStats, Lineages, ReadOut, ReadOutSource, Reputations, Rules, Structure,
    TypeNames,
};
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
        Column::number("cooperation_rate", "cooperative share of the legal actions, as played", |row| {
            number(row.cooperation_rate())
        }),
        Column::number(
            "illegal_rate",
            "share of decisions that named no action. These are never replaced by one. They void their round (nobody is \
             paid) and earn `illegal_reward`",
            |row| number(row.illegal_rate()),
        ),
        Column::number("void_rate", "share of decisions in void rounds, whichever seat answered illegally", |row| {
            number(row.per_decision(row.account.void as f64))
        }),
        Column::number(
            "p_c_start",
            "probability of cooperating in the first round; empty for a Q-table that makes up its first state",
            |row| number(row.p_cooperate[0]),
        ),
        Column::number(
            "p_c_cc",
            "probability of cooperating after CC: own action, then the opponent's. With more than two players the second \
             letter stands for \"all co-players\" (C) or \"none\" (D). With more than two actions C is the first that counts \
             as cooperation, D the first that does not. With `reputation`, towards co-players of the best reputation",
            |row| number(row.p_cooperate[1]),
        ),
        Column::number("p_c_cd", "probability of cooperating after CD (own action, then the opponent's)", |row| {
            number(row.p_cooperate[2])
        }),
        Column::number("p_c_dc", "probability of cooperating after DC (own action, then the opponent's)", |row| {
            number(row.p_cooperate[3])
        }),
        Column::number("p_c_dd", "probability of cooperating after DD (own action, then the opponent's)", |row| {
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
        Column::number("payoff_mean", "mean payoff per decision, void rounds included, which pay 0", |row| {
            number(row.payoff_mean())
        }),
        Column::number("reward_mean", "mean reward per decision, void rounds included", |row| {
            number(row.per_decision(row.account.reward))
        }),
        Column::per_term(
            "reward_<term>",
            "mean per decision of what a reward term pays, weighted; together with the illegal rewards the terms add up to \
             `reward_mean`",
            |row, term| number(row.per_decision(row.account.paid(term))),
        ),
        Column::number(
            "regret_deontological",
            "share of decisions that defected on one who had cooperated, or were illegal",
            |row| number(row.regret_deontological()),
        ),
        Column::number(
            "regret_utilitarian",
            "mean shortfall of the collective payoff from the best joint action, as a share of the game's range; a void \
             round counts 1",
            |row| number(row.regret_utilitarian()),
        ),
        Column::number("entropy", "entropy of the policy, in nats per decision", |row| {
            optional(row.learning.map(|learning| learning.entropy))
        }),
        Column::number("kl", "divergence of the policy from the untrained model, in nats per decision", |row| {
            optional(row.learning.map(|learning| learning.kl))
        }),
        Column::number("grad_norm", "norm of the gradient before clipping", |row| {
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
        Column::reputation(
            "reputation",
            "with `reputation`: the agent's at the end of the row's last tick: an image score, or 1 for good and 0 for bad",
            |row| optional(row.reputation()),
        ),
        Column::reputation(
            "p_c_good",
            "with `reputation`: probability of cooperating towards the good, the mean over all last rounds that a player can \
             have seen and all good reputations, each counted once",
            |row| number(row.cooperation_towards(true)),
        ),
        Column::reputation(
            "p_c_bad",
            "with `reputation`: probability of cooperating towards the bad, read as in `p_c_good`",
            |row| number(row.cooperation_towards(false)),
        ),
        Column::<Self>::text("type", "with `evolution`: the agent's type, that is, what it has inherited", |row| {
            row.lineage(|lineages, agent| row.name_of(lineages.types[agent]))
        })
        .if_evolving(),
        Column::<Self>::whole(
            "life",
            "with `evolution`: the number of the agent's life, which begins with a birth, a mutation or an invasion; no \
             number is given twice",
            |row| row.lineage(|lineages, agent| Some(lineages.lives[agent].to_string())),
        )
        .if_evolving(),
        Column::<Self>::whole(
            "parent",
            "with `evolution`: the life that it descends from; empty for founders and invaders",
            |row| row.lineage(|lineages, agent| Some(lineages.parents[agent]?.to_string())),
        )
        .if_evolving(),
        Column::<Self>::whole(
            "born",
            "with `evolution`: the tick at whose end the life began, or before which an invader came; empty for founders",
            |row| row.lineage(|lineages, agent| Some(lineages.born[agent]?.to_string())),
        )
        .if_evolving(),
        Column::<Self>::whole("x", "with a lattice as `structure`: the agent's column, from 0", |row| {
            row.place().map_or_else(String::new, |[x, _]| x.to_string())
        })
        .if_on_lattice(),
        Column::<Self>::whole("y", "with a lattice as `structure`: the agent's row, from 0", |row| {
            row.place().map_or_else(String::new, |[_, y]| y.to_string())
        })
        .if_on_lattice(),
        Column::<Self>::whole("island", "with islands as `structure`: the number of the agent's island, from 0", |row| {
            row.island().map_or_else(String::new, |island| island.to_string())
        })
        .if_on_islands(),
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

    /// The agent's reputation as a number; `None` where there are none.
    fn reputation(&self) -> Option<f64> {
        let rules = self.world.get_resource::<Rules>()?.reputation.as_ref()?;
        let own = self.agent.get::<AgentId>()?.index();
        Some(rules.norm.score(*self.world.get_resource::<Reputations>()?.0.get(own)?))
    }

    /// The mean chance that the agent cooperates towards co-players who are `good`, or not; NaN if it has no such
    /// number after some last round.
    fn cooperation_towards(&self, good: bool) -> f64 {
        let (rules, read_out) = (self.world.get_resource::<Rules>(), self.agent.get::<ReadOut>());
        let Some((rules, read_out)) = rules.zip(read_out) else { return f64::NAN };
        let Some(of) = &rules.reputation else { return f64::NAN };
        let is_meant = |index: usize| of.norm.is_good(rules.observations.reputation(index)) == good;
        let chances: Vec<f64> =
            read_out.0.iter().enumerate().filter(|&(index, _)| is_meant(index)).map(|(_, &chance)| chance).collect();
        chances.iter().sum::<f64>() / chances.len() as f64
    }

    /// What `cell` makes of the lineages and the agent's number; empty where agents do not inherit.
    fn lineage(&self, cell: impl Fn(&Lineages, usize) -> Option<String>) -> String {
        let lineages = self.world.get_resource::<Lineages>().filter(|lineages| !lineages.types.is_empty());
        lineages
            .zip(self.agent.get::<AgentId>())
            .and_then(|(known, agent)| cell(known, agent.index()))
            .unwrap_or_default()
    }

    /// The name of a type.
    fn name_of(&self, number: u32) -> Option<String> {
        Some(self.world.get_resource::<TypeNames>()?.0.get(&number)?.to_string())
    }

    /// The agent's column and row on its lattice.
    fn place(&self) -> Option<[u32; 2]> {
        self.world.get_resource::<Structure>()?.place(self.agent.get::<AgentId>()?.index())
    }

    /// The agent's island.
    fn island(&self) -> Option<u32> {
        self.world.get_resource::<Structure>()?.island_of.get(self.agent.get::<AgentId>()?.index()).copied()
    }

    /// The source of the probabilities; `None` if there are none.
    pub(super) fn p_source(&self) -> Option<ReadOutSource> {
        self.p_cooperate.iter().any(|p| !p.is_nan()).then_some(self.read_out_source)
    }
}

/// (start, CC, CD, DC, DD) from a read-out over all observations; an empty read-out means that the policy has no such
/// numbers. With more than two seats, "C" of the others means that all cooperated, "D" that none did. With more than
/// two actions, C and D are the first cooperative and the first other action. With reputations, the co-players have the
/// best one.
pub fn memory_one(rules: &Rules, read_out: &[f64]) -> [f64; 5] {
    if read_out.is_empty() {
        return [f64::NAN; 5];
    }
    let game = rules.game.as_ref();
    let find = |cooperative: bool| first(game.actions().len(), |action| game.cooperative(action) == cooperative);
    let (Some(c), Some(d)) = (find(true), find(false)) else { return [f64::NAN; 5] };
    let (others_c, others_d) = if game.seats() == 2 { (c, d) } else { (game.seats() as u8 - 1, 0) };
    let best = (rules.observations.reputations - 1) as u8;
    let after = |own, others| read_out[rules.observations.index_with(Observation::Last { own, others }, best)];
    let start = read_out[rules.observations.index_with(Observation::Opening, best)];
    [start, after(c, others_c), after(c, others_d), after(d, others_c), after(d, others_d)]
}
