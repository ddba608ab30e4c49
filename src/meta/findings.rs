//! What follows from an empirical game, with intervals over training seeds.

use super::game::MetaGame;
use super::numbers::{Leaves, Numbers, VERDICTS};
use super::options::Options;
use super::plan::{Coverage, Plan};
use crate::dynamics::bootstrap::{Diagonal, VALUES_MAX, interval};
use crate::dynamics::replicator::Flow;
use crate::dynamics::rest_points::{self, Stability};
use crate::dynamics::{Payoffs, Symmetric, basins, compositions};
use crate::rng::{Purpose, StreamKey, stream};
use crate::text::counted;
use crate::world::Progress;
use rand::RngExt;
use rayon::prelude::*;
use serde::Serialize;

/// Level of the intervals.
pub const CONFIDENCE: f64 = 0.95;
/// Which pairs of seeds count as a type that meets itself: agents that were trained apart, if a draw has any.
const DIAGONAL: Diagonal = Diagonal::DifferentSeeds;
/// Most steps of all fixations: types squared, times the sizes, the strengths and the draws. Hours on two cores.
const WORK_MAX: f64 = 1e12;
/// Most starts of the basins.
const STARTS_MAX: usize = 2_000;
/// Most types of which every mixture is searched for points at rest.
pub const REST_TYPES_MAX: usize = 12;
/// The same in groups of more than two.
const REST_TYPES_OF_GROUPS_MAX: usize = 6;
/// The trajectories among three types start from the compositions of this number.
const SIMPLEX_PARTS: usize = 6;
/// In groups, points at rest are searched for from the compositions of this number at most; searches times payoffs are
/// this many at most, and so are starts of the basins times payoffs.
const SEARCH_PARTS: usize = 4;
const SEARCHES_MAX: usize = 1 << 22;
const LOOKS_MAX: usize = 1 << 20;

/// A point where the replicator equation rests.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RestPoint {
    /// The share of each type.
    pub shares: Vec<f64>,
    /// What happens near it: `attracts`, `repels`, `saddle` or `undecided`.
    pub stability: &'static str,
    /// The share of mixtures that end there; `None` unless it attracts.
    pub basin: Option<f64>,
}

/// Everything that was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Findings {
    /// Over all seeds.
    pub value: Numbers,
    /// The ends of the intervals; `None` if no type has two seeds, or none were asked for.
    pub ends: Option<[Numbers; 2]>,
    /// Number of the measure that selection looks at.
    pub fitness: usize,
    /// That measure over all seeds.
    pub payoffs: Symmetric,
    /// What is left out, a sentence each.
    pub notes: Vec<String>,
    /// For every verdict and type, the share of draws in which it holds.
    pub support: Option<Vec<Vec<f64>>>,
    /// Times of the replicator equation.
    pub times: Vec<f64>,
    /// Its points at rest; empty beyond [`REST_TYPES_MAX`] types.
    pub rest_points: Vec<RestPoint>,
    /// Sentences about what the points do not tell.
    pub rest_notes: Vec<String>,
    /// With three types: trajectories through the simplex, each a list of shares.
    pub simplex: Option<Vec<Vec<Vec<f64>>>>,
}

/// Computes everything from `game`; `progress` counts the draws.
///
/// # Errors
/// With a sentence, if a process refuses the payoffs, or the numbers are out of bounds.
pub fn find(game: &MetaGame, options: &Options, progress: &Progress) -> Result<Findings, String> {
    let pairs = (game.types.len() * game.types.len()) as f64;
    let work = pairs * options.sizes.iter().map(|size| *size as f64).sum::<f64>() * options.strengths.len() as f64;
    let fitness = game.fitness(options.by_reward)?;
    // Where seeds leave nothing open, nothing is drawn.
    let draws = if game.measures[fitness].values.vary() { options.draws } else { 0 };
    if work * (draws + 1) as f64 > WORK_MAX {
        return Err(format!(
            "{} types at {} strengths and {} sizes, {} times: more than can be computed; ask for fewer or smaller ones",
            game.types.len(),
            options.strengths.len(),
            options.sizes.len(),
            draws + 1
        ));
    }
    let means: Vec<Symmetric> = game.measures.iter().map(|measure| measure.values.mean(DIAGONAL)).collect();
    let payoff = &means[fitness];
    let (plan, mut notes) = Plan::new(options, fitness, payoff, draws)?;
    let value = Numbers::of(&means, &plan, false)?;
    notes.extend(without_numbers(&plan, &value));
    let (ends, support) = match intervals(game, &plan, draws, &value, (progress, &mut notes))? {
        Some((ends, support)) => (Some(ends), Some(support)),
        None => (None, None),
    };
    let (rest_points, rest_notes) = at_rest(payoff)?;
    let simplex = (game.types.len() == 3).then(|| trajectories(payoff, &plan.times)).transpose()?;
    let times = plan.times;
    let payoffs = payoff.clone();
    Ok(Findings { value, ends, fitness, payoffs, notes, support, times, rest_points, rest_notes, simplex })
}

/// Where chains over all compositions have no numbers, in a sentence.
fn without_numbers(plan: &Plan, value: &Numbers) -> Option<String> {
    let Options { sizes, strengths, .. } = plan.options;
    let mut points = Vec::new();
    for (n, of_size) in value.chain_cooperation.iter().enumerate() {
        for (cooperation, strength) in of_size.iter().zip(strengths) {
            if plan.coverage(n) != Coverage::Nothing && cooperation.is_nan() {
                points.push(format!("N = {}, β = {strength}", sizes[n]));
            }
        }
    }
    (!points.is_empty()).then(|| {
        format!(
            "the chain over all compositions has no numbers at {}: some of its chances are below 1e-308; ask for weaker \
             selection or more mutation",
            points.join("; ")
        )
    })
}

type Ends = ([Numbers; 2], Vec<Vec<f64>>);

/// Draws whole training seeds again, with replacement, and computes everything from each draw. What some draws do not
/// have is told in a note.
fn intervals(
    game: &MetaGame,
    plan: &Plan,
    draws: usize,
    value: &Numbers,
    (progress, notes): (&Progress, &mut Vec<String>),
) -> Result<Option<Ends>, String> {
    let options = plan.options;
    if draws == 0 {
        return Ok(None);
    }
    let mut each = 0_usize;
    value.clone().each(&mut |_| each += 1);
    if each.saturating_mul(draws) > VALUES_MAX {
        return Err(format!(
            "{draws} draws of {each} numbers: expected at most {VALUES_MAX} numbers in all; ask for fewer draws, strengths \
             or sizes"
        ));
    }
    progress.start(draws as u64);
    let of_draw = |draw: u32| -> Result<Vec<f64>, String> {
        let resampled = game.measures.iter().map(|measure| {
            // The same seeds for every measure.
            let key = StreamKey { tick: draw, ..StreamKey::default() };
            let rng = &mut stream(options.seed, Purpose::Resampling, key);
            measure.values.resample(DIAGONAL, &mut |n| rng.random_range(0..n))
        });
        let resampled: Vec<Symmetric> = resampled.collect();
        let mut numbers = Numbers::of(&resampled, plan, true)?;
        let mut leaves = Vec::new();
        numbers.each(&mut |leaf| leaves.push(*leaf));
        progress.0.inc(1);
        Ok(leaves)
    };
    let replicates: Vec<Vec<f64>> = (0..draws as u32).into_par_iter().map(of_draw).collect::<Result<_, _>>()?;
    let [mut low, mut high] = [value.clone(), value.clone()];
    let all = replicates[0].len();
    let columns: Vec<(f64, f64, f64, usize)> = (0..all)
        .into_par_iter()
        .map(|place| {
            let mut column: Vec<f64> = replicates.iter().map(|draw| draw[place]).collect();
            let mean = column.iter().sum::<f64>() / column.len() as f64;
            let ends = interval(&mut column, CONFIDENCE);
            (ends.low, ends.high, mean, ends.undefined)
        })
        .collect();
    let undefined = columns.iter().map(|column| column.3).filter(|undefined| *undefined < draws).max();
    if let Some(undefined) = undefined.filter(|undefined| *undefined > 0) {
        notes.push(format!(
            "up to {undefined} of {draws} draws have no rating, no replicator–mutator equation or no chain over all \
             compositions, and intervals leave these draws out"
        ));
    }
    let mut mean = value.clone();
    for (numbers, part) in [(&mut low, 0), (&mut high, 1), (&mut mean, 2)] {
        let mut place = 0;
        numbers.each(&mut |leaf| {
            let (low, high, mean, _) = columns[place];
            *leaf = [low, high, mean][part];
            place += 1;
        });
    }
    debug_assert_eq!(mean.verdicts.len(), VERDICTS.len());
    Ok(Some(([low, high], mean.verdicts)))
}

/// The points where the replicator equation rests, with the shares of mixtures that end at those that attract.
fn at_rest(payoff: &Symmetric) -> Result<(Vec<RestPoint>, Vec<String>), String> {
    let types = payoff.types();
    if payoff.matrix().is_none() && types > REST_TYPES_OF_GROUPS_MAX {
        let note = format!("Points at rest are looked for among at most {REST_TYPES_OF_GROUPS_MAX} types in groups.");
        return Ok((Vec::new(), vec![note]));
    }
    if types > REST_TYPES_MAX {
        let note = format!("Points at rest are looked for among at most {REST_TYPES_MAX} types; there are {types}.");
        return Ok((Vec::new(), vec![note]));
    }
    // A step looks at every payoff.
    let payoffs = payoff.rows().iter().map(Vec::len).sum::<usize>();
    let starts_max = STARTS_MAX.min(LOOKS_MAX / payoffs);
    let parts = (1..=60).rev().find(|&parts| compositions::count(parts, types) <= starts_max);
    let starts = basins::lattice(types, parts.unwrap_or(1))?;
    let all = match payoff.matrix() {
        Some(matrix) => rest_points::all(matrix)?,
        None => rest_points::search(payoff, &basins::lattice(types, search_parts(types, payoffs))?)?,
    };
    let attractors: Vec<Vec<f64>> = all
        .points
        .iter()
        .filter(|point| point.stability == Stability::Attractor)
        .map(|point| point.shares.clone())
        .collect();
    let flow = Flow::new(payoff)?;
    // Where all payoffs are 0, everything is at rest at once.
    let time = (2_000.0 / payoff.greatest()).min(f64::MAX);
    let ends = basins::basins(&flow, &attractors, &starts, time)?;
    let share = |number: usize| {
        let end = ends.ends.iter().find(|(end, _)| *end == basins::End::Attractor(number));
        end.map_or(0.0, |(_, share)| *share)
    };
    let mut number = 0;
    let points = all.points.into_iter().map(|point| {
        let basin = (point.stability == Stability::Attractor).then(|| {
            number += 1;
            share(number - 1)
        });
        RestPoint { shares: point.shares, stability: word(point.stability), basin }
    });
    let points = points.collect();
    let elsewhere: f64 =
        ends.ends.iter().filter(|(end, _)| !matches!(end, basins::End::Attractor(_))).map(|(_, share)| share).sum();
    let mut notes = Vec::new();
    if payoff.matrix().is_none() {
        notes.push(
            "Points at rest were searched for from a lattice of mixtures: that none is missing is not proved.".into(),
        );
    }
    if elsewhere > 0.0 {
        notes.push(format!(
            "{:.1} % of {} mixtures end elsewhere: on a line of points at rest, or nowhere within the time.",
            100.0 * elsewhere,
            ends.starts
        ));
    }
    if !all.continua.is_empty() {
        let sets = counted(all.continua.len(), "set");
        notes.push(format!("Points at rest that fill lines or planes: {sets} of types."));
    }
    Ok((points, notes))
}

/// From the compositions of how many points at rest are searched for, among this many types with this many payoffs.
fn search_parts(types: usize, payoffs: usize) -> usize {
    let searches = |parts: usize| compositions::count(parts, types).saturating_mul(1 << types);
    (1..=SEARCH_PARTS).rev().find(|&parts| searches(parts).saturating_mul(payoffs) <= SEARCHES_MAX).unwrap_or(1)
}

fn word(stability: Stability) -> &'static str {
    match stability {
        Stability::Attractor => "attracts",
        Stability::Repeller => "repels",
        Stability::Saddle => "saddle",
        _ => "undecided",
    }
}

/// Trajectories of the replicator equation from a lattice of mixtures of three types.
fn trajectories(payoff: &Symmetric, times: &[f64]) -> Result<Vec<Vec<Vec<f64>>>, String> {
    let flow = Flow::new(payoff)?;
    basins::lattice(3, SIMPLEX_PARTS)?.iter().map(|start| flow.trajectory(start, times)).collect()
}
