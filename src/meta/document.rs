//! The findings as one JSON document, from which the page is drawn.

use super::findings::{CONFIDENCE, Findings};
use super::game::{MEASURES, MetaGame};
use super::numbers::{Numbers, RATING_CONVENTION, VERDICTS};
use super::options::Options;
use super::types::MetaType;
use crate::dynamics::alpha_rank::Selection;
use crate::dynamics::stability::{self, Contest};
use crate::dynamics::{DenseMatrix, Process, small_mutation};
use serde_json::{Value, json};

/// Conventions of all numbers, a sentence each.
pub fn conventions(options: &Options) -> Vec<String> {
    vec![
        "payoffs: expected sums over a match divided by its expected number of rounds, exact where both players are \
         finite automata and sampled otherwise; a type against itself: agents that were trained apart, and one alone \
         meets itself"
            .into(),
        format!("fixation at strength β: {}", Process::fermi(options.strengths[options.chosen.1]).convention()),
        small_mutation::CONVENTION.into(),
        Selection::Global.convention().to_owned() + "; it is the share in the long run",
        Selection::Local.convention().into(),
        RATING_CONVENTION.into(),
        format!(
            "intervals: {:.0} % by bootstrap, whole training seeds drawn again {} times (percentiles)",
            100.0 * CONFIDENCE,
            options.draws
        ),
    ]
}

/// The document.
pub fn document(game: &MetaGame, options: &Options, findings: &Findings, notes: &[String]) -> Value {
    let Findings { value, ends, times, rest_points, rest_notes, simplex, .. } = findings;
    let (low, high) = match ends {
        Some([low, high]) => (Some(low), Some(high)),
        None => (None, None),
    };
    let matrices: Vec<Value> = MEASURES
        .iter()
        .enumerate()
        .map(|(number, measure)| {
            json!({
                "measure": measure.name, "title": measure.title, "meaning": measure.meaning, "range": measure.range,
                "value": value.measures[number],
                "low": low.map(|low| &low.measures[number]), "high": high.map(|high| &high.measures[number]),
            })
        })
        .collect();
    let cell = |n: usize, b: usize| {
        json!({
            "share": value.long_run[n][b],
            "low": low.map(|low| &low.long_run[n][b]), "high": high.map(|high| &high.long_run[n][b]),
            "cooperation": [
                Some(value.cooperation[n][b]), low.map(|low| low.cooperation[n][b]), high.map(|high| high.cooperation[n][b]),
            ],
            "fixation": value.fixation[n][b],
        })
    };
    let cells: Vec<Vec<Value>> =
        (0..options.sizes.len()).map(|n| (0..options.strengths.len()).map(|b| cell(n, b)).collect()).collect();
    let (n, b) = options.chosen;
    json!({
        "title": format!("{} types in {}", game.types.len(), game.setting.game),
        "setting": game.setting.summary(),
        "conventions": conventions(options),
        "notes": notes,
        "types": types(game),
        "matrices": { "matrices": matrices },
        "invasion": {
            "strengths": options.strengths, "sizes": options.sizes,
            "chosen": { "size": n, "strength": b },
            "cells": cells,
        },
        "replicator": {
            "times": times, "shares": value.replicator,
            "low": low.map(|low| &low.replicator), "high": high.map(|high| &high.replicator),
            "simplex": simplex, "rest_points": rest_points, "notes": rest_notes,
        },
        "verdicts": verdicts(options, findings),
    })
}

/// What game theory says of every type and pair.
fn verdicts(options: &Options, findings: &Findings) -> Value {
    let Findings { value, ends, support, .. } = findings;
    let (low, high) = (ends.as_ref().map(|ends| &ends[0]), ends.as_ref().map(|ends| &ends[1]));
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
        "pairs": pairs(value),
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

/// What payoffs say of every pair.
fn pairs(value: &Numbers) -> Vec<Value> {
    let rows = &value.measures[0];
    let types = rows.len();
    let mut payoff = DenseMatrix::filled(types, types, 0.0);
    for (i, row) in rows.iter().enumerate() {
        payoff.row_mut(i).copy_from_slice(row);
    }
    let pair = |i: usize, j: usize| {
        let says = match stability::contest(&payoff, i, j, super::numbers::TOLERANCE) {
            Contest::FirstDominates => "first",
            Contest::SecondDominates => "second",
            Contest::Bistable => "bistable",
            Contest::Coexistence => "coexist",
            Contest::Neutral => "neutral",
        };
        json!({ "type": i, "other": j, "says": says, "risk": value.risk[i][j] })
    };
    (0..types).flat_map(|i| (i + 1..types).map(move |j| (i, j))).map(|(i, j)| pair(i, j)).collect()
}
