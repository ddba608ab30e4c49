//! The findings as one JSON document, from which the page is drawn.

use super::findings::{CONFIDENCE, Findings};
use super::game::{Measure, MetaGame};
use super::numbers::{Numbers, RATING_CONVENTION, VERDICTS};
use super::options::Options;
use super::types::MetaType;
use crate::dynamics::alpha_rank::Selection;
use crate::dynamics::replicator::MUTATOR_CONVENTION;
use crate::dynamics::stability::{self, Contest};
use crate::dynamics::{Payoffs, Process, Symmetric, full_chain, small_mutation};
use serde_json::{Value, json};

/// Conventions of all numbers, a sentence each.
pub fn conventions(game: &MetaGame, options: &Options) -> Vec<String> {
    let fermi = Process::fermi(options.strengths[options.chosen.1]);
    let payoffs = match game.is_of_groups() {
        true => {
            "payoffs: expected per round beside every composition of co-players, exact; groups are drawn from the \
             population without replacement"
        }
        false => {
            "payoffs: expected sums over a match divided by its expected number of rounds, exact where both players are \
             finite automata and sampled otherwise; a type against itself: agents that were trained apart, and one alone \
             meets itself"
        }
    };
    let mut conventions = vec![payoffs.into()];
    if options.by_reward {
        conventions.push(
            "selection looks at the reward per round with the weights of the last tick: each type is as fit as what it \
             values makes it, a strategy as the game pays it"
                .into(),
        );
    }
    conventions.extend([
        format!("fixation at strength β: {}", fermi.convention()),
        small_mutation::CONVENTION.into(),
        Selection::Global.convention().to_owned() + "; it is the share in the long run",
    ]);
    if !game.is_of_groups() {
        conventions.extend([Selection::Local.convention().into(), RATING_CONVENTION.into()]);
    }
    if options.mutation > 0.0 {
        let rate = options.mutation;
        conventions.extend([
            format!("chain over all compositions: {}; Q_ij = μ/(s − 1), μ = {rate}", full_chain::convention(&fermi)),
            format!("{MUTATOR_CONVENTION}; Q_ji = μ/(s − 1), μ = {rate}"),
        ]);
    }
    if game.measures.iter().all(|measure| !measure.values.vary()) {
        return conventions;
    }
    conventions.push(format!(
        "intervals: {:.0} % by bootstrap, whole training seeds drawn again {} times (percentiles)",
        100.0 * CONFIDENCE,
        options.draws
    ));
    conventions
}

/// The document.
pub fn document(game: &MetaGame, options: &Options, findings: &Findings, notes: &[String]) -> Value {
    let Findings { value, times, rest_points, rest_notes, simplex, .. } = findings;
    let [low, high] = ends(findings);
    let (n, b) = options.chosen;
    let points = |n: usize| (0..options.strengths.len()).map(move |b| cell(findings, n, b)).collect();
    let cells: Vec<Vec<Value>> = (0..options.sizes.len()).map(points).collect();
    json!({
        "title": format!("{} types in {}", game.types.len(), game.stage.game()),
        "setting": game.stage.summary(),
        "conventions": conventions(game, options),
        "notes": notes.iter().chain(&findings.notes).collect::<Vec<_>>(),
        "fitness": game.measures[findings.fitness].name,
        "types": types(game),
        "matrices": (!game.is_of_groups()).then(|| json!({ "matrices": matrices(game, findings) })),
        "groups": game.groups().map(|groups| json!({
            "compositions": groups.iter().collect::<Vec<_>>(), "measures": matrices(game, findings),
        })),
        "invasion": {
            "strengths": options.strengths, "sizes": options.sizes, "mutation": options.mutation,
            "chosen": { "size": n, "strength": b },
            "cells": cells,
        },
        "replicator": {
            "times": times, "shares": value.replicator,
            "low": low.map(|low| &low.replicator), "high": high.map(|high| &high.replicator),
            "mutation": options.mutation,
            "mutator": (!value.mutator.is_empty()).then(|| json!({
                "shares": value.mutator, "low": low.map(|low| &low.mutator), "high": high.map(|high| &high.mutator),
            })),
            "simplex": simplex, "rest_points": rest_points, "notes": rest_notes,
        },
        "verdicts": verdicts(options, findings),
    })
}

/// The ends of the intervals, if there are any.
fn ends(findings: &Findings) -> [Option<&Numbers>; 2] {
    [0, 1].map(|end| findings.ends.as_ref().map(|ends| &ends[end]))
}

/// What every type gets from every other; nothing for types that have no such number.
fn matrices(game: &MetaGame, findings: &Findings) -> Vec<Value> {
    let [low, high] = ends(findings);
    let matrix = |(number, measure): (usize, &Measure)| {
        let rows = |numbers: &Numbers| -> Vec<Option<Vec<f64>>> {
            let rows = measure.has.iter().zip(&numbers.measures[number]);
            rows.map(|(has, row)| has.then(|| row.clone())).collect()
        };
        json!({
            "measure": measure.name, "title": measure.title, "meaning": measure.meaning, "range": measure.range,
            "value": rows(&findings.value), "low": low.map(rows), "high": high.map(rows),
        })
    };
    game.measures.iter().enumerate().map(matrix).collect()
}

/// What selection makes of the types at the size number `n` and the strength number `b`.
fn cell(findings: &Findings, n: usize, b: usize) -> Value {
    let value = &findings.value;
    let [low, high] = ends(findings);
    let with_ends = |of: &dyn Fn(&Numbers) -> f64| [Some(of(value)), low.map(of), high.map(of)];
    let chain = (!value.chain[n].is_empty()).then(|| {
        json!({
            "share": value.chain[n][b],
            "low": low.map(|low| &low.chain[n][b]), "high": high.map(|high| &high.chain[n][b]),
            "cooperation": with_ends(&|numbers| numbers.chain_cooperation[n][b]),
        })
    });
    json!({
        "share": value.long_run[n][b],
        "low": low.map(|low| &low.long_run[n][b]), "high": high.map(|high| &high.long_run[n][b]),
        "cooperation": with_ends(&|numbers| numbers.cooperation[n][b]),
        "fixation": value.fixation[n][b],
        "chain": chain,
    })
}

/// What game theory says of every type and pair.
fn verdicts(options: &Options, findings: &Findings) -> Value {
    let Findings { value, support, .. } = findings;
    let [low, high] = ends(findings);
    let (n, b) = options.chosen;
    let rank = |numbers: &Numbers| numbers.local_alpha_rank[n][b].clone();
    json!({
        "verdicts": VERDICTS.iter().enumerate().map(|(number, verdict)| json!({
            "name": verdict.name, "title": verdict.title, "meaning": verdict.meaning,
            "holds": value.verdicts[number].iter().map(|holds| *holds > 0.5).collect::<Vec<_>>(),
            "support": support.as_ref().map(|support| &support[number]),
        })).collect::<Vec<_>>(),
        "alpha_rank": { "share": rank(value), "low": low.map(rank), "high": high.map(rank) },
        "size": options.sizes[n], "strength": options.strengths[b],
        "ratings": value.ratings,
        "ratings_low": low.map(|low| &low.ratings), "ratings_high": high.map(|high| &high.ratings),
        "pairs": pairs(&findings.payoffs, &value.risk),
    })
}

/// The types, and what each is made of.
fn types(game: &MetaGame) -> Vec<Value> {
    let described = |of: &MetaType| {
        let seeds: Vec<u64> = of.replicates.iter().filter_map(|replicate| replicate.seed).collect();
        let runs = of.replicates.iter().map(|replicate| &replicate.source).filter(|run| !run.is_empty());
        json!({
            "name": of.name,
            "policy": of.policy,
            "replicates": of.replicates.len(),
            "seeds": seeds,
            "runs": runs.collect::<Vec<_>>(),
        })
    };
    game.types.iter().map(described).collect()
}

/// What the payoffs say of every pair.
fn pairs(payoff: &Symmetric, risk: &[Vec<f64>]) -> Vec<Value> {
    let types = payoff.types();
    let pair = |i: usize, j: usize| {
        let says = match stability::contest(payoff, i, j, super::numbers::TOLERANCE) {
            Contest::FirstDominates => "first",
            Contest::SecondDominates => "second",
            Contest::Bistable => "bistable",
            Contest::Coexistence => "coexist",
            Contest::Neutral => "neutral",
        };
        json!({ "type": i, "other": j, "says": says, "risk": risk[i][j] })
    };
    (0..types).flat_map(|i| (i + 1..types).map(move |j| (i, j))).map(|(i, j)| pair(i, j)).collect()
}
