//! Tests of all rules together: against the exact chain over all states of small graphs, and under changes that must
//! change nothing.

use super::fermi::Fermi;
use super::fitness_map::FitnessMap;
use super::imitate_best::ImitateBest;
use super::moran::Moran;
use super::moran_death_birth::MoranDeathBirth;
use super::proportional_imitation::ProportionalImitation;
use super::truncation::Truncation;
use super::wright_fisher::WrightFisher;
use crate::rng::{Purpose, StreamKey, stream};
use crate::world::{AgentId, Event, Graph, Society, UpdateRule};

const BETA: f64 = 0.4;
const MAP: FitnessMap = FitnessMap::Exponential(BETA);
const WEIGHT: f64 = 0.3;
const LINEAR: FitnessMap = FitnessMap::Linear(WEIGHT);

/// Payoffs of those who cooperate and of those who defect, against either.
type Payoffs = [[f64; 2]; 2];

const DILEMMA: Payoffs = [[3.0, 0.0], [5.0, 1.0]];
/// Hawks and doves: the rare do better.
const SNOWDRIFT: Payoffs = [[3.0, 1.5], [5.0, 0.0]];

/// Mean payoffs against all neighbours; bit `agent` of `state` says who defects.
fn fitness_in(game: Payoffs, graph: &Graph, state: usize) -> Vec<f64> {
    let payoff = |own: usize, other: usize| game[state >> own & 1][state >> other & 1];
    let mean =
        |own: usize| graph.neighbours(own).map(|other| payoff(own, other)).sum::<f64>() / graph.degree(own) as f64;
    (0..graph.len()).map(mean).collect()
}

/// The probability that `child` takes over `parent`'s type in one event, by the definition of the rule.
type Chance = fn(graph: &Graph, fitness: &[f64], child: usize, parent: usize) -> f64;

fn is_beside(graph: &Graph, a: usize, b: usize) -> bool {
    graph.neighbours(a).any(|other| other == b)
}

fn fermi(graph: &Graph, f: &[f64], child: usize, parent: usize) -> f64 {
    if !is_beside(graph, child, parent) {
        return 0.0;
    }
    let imitates = 1.0 / (1.0 + (-BETA * (f[parent] - f[child])).exp());
    imitates / (graph.len() * graph.degree(child)) as f64
}

/// How many children a fitness stands for.
type Weight = fn(f64) -> f64;

fn exponential(fitness: f64) -> f64 {
    (BETA * fitness).exp()
}

fn linear(fitness: f64) -> f64 {
    1.0 - WEIGHT + WEIGHT * fitness
}

fn birth_death_by(weight: Weight, graph: &Graph, f: &[f64], child: usize, parent: usize) -> f64 {
    let all: f64 = f.iter().map(|f| weight(*f)).sum();
    let places = if graph.is_complete() { graph.len() } else { graph.degree(parent) };
    let may = graph.is_complete() || is_beside(graph, parent, child);
    if may { weight(f[parent]) / all / places as f64 } else { 0.0 }
}

fn birth_death(graph: &Graph, f: &[f64], child: usize, parent: usize) -> f64 {
    birth_death_by(exponential, graph, f, child, parent)
}

fn death_birth_by(weight: Weight, graph: &Graph, f: &[f64], child: usize, parent: usize) -> f64 {
    if !is_beside(graph, child, parent) {
        return 0.0;
    }
    let all: f64 = graph.neighbours(child).map(|other| weight(f[other])).sum();
    weight(f[parent]) / all / graph.len() as f64
}

fn death_birth(graph: &Graph, f: &[f64], child: usize, parent: usize) -> f64 {
    death_birth_by(exponential, graph, f, child, parent)
}

/// The chance that one of fitness `own` imitates one of fitness `other`.
type Imitates = fn(own: f64, other: f64) -> f64;

fn by_fermi(own: f64, other: f64) -> f64 {
    1.0 / (1.0 + (-BETA * (other - own)).exp())
}

fn in_proportion(own: f64, other: f64) -> f64 {
    ((other - own) / SCALE).clamp(0.0, 1.0)
}

/// The largest difference there can be in either game.
const SCALE: f64 = 5.0;

fn proportional(graph: &Graph, f: &[f64], child: usize, parent: usize) -> f64 {
    let meets = if is_beside(graph, child, parent) { 1.0 } else { 0.0 };
    meets * in_proportion(f[child], f[parent]) / (graph.len() * graph.degree(child)) as f64
}

/// The neighbours who do best, if they do better than `agent`.
fn best_beside(graph: &Graph, f: &[f64], agent: usize) -> Vec<usize> {
    let best = graph.neighbours(agent).map(|other| f[other]).fold(f64::NEG_INFINITY, f64::max);
    graph.neighbours(agent).filter(|&other| f[other] == best && best > f[agent]).collect()
}

fn best(graph: &Graph, f: &[f64], child: usize, parent: usize) -> f64 {
    let models = best_beside(graph, f, child);
    if models.contains(&parent) { 1.0 / (models.len() * graph.len()) as f64 } else { 0.0 }
}

/// Where a generation leads from a state, with its probability; a state may be named more than once.
type Step = Vec<(usize, f64)>;

/// One birth at a time, by the definition of the rule.
fn one_by_one(chance: impl Fn(&Graph, &[f64], usize, usize) -> f64) -> impl Fn(&Graph, &[f64], usize) -> Step {
    move |graph, f, state| {
        let other = |child: usize| (0..graph.len()).filter(move |parent| (state >> parent & 1) != (state >> child & 1));
        let births = (0..graph.len()).flat_map(|child| other(child).map(move |parent| (child, parent)));
        let mut step: Step =
            births.map(|(child, parent)| (state ^ 1 << child, chance(graph, f, child, parent))).collect();
        step.push((state, 1.0 - step.iter().map(|(_, p)| p).sum::<f64>()));
        step
    }
}

/// All agents at the same time, each of which defects afterwards with the probability that `defects` gives.
fn at_once(defects: impl Fn(&Graph, &[f64], usize, usize) -> f64) -> impl Fn(&Graph, &[f64], usize) -> Step {
    move |graph, f, state| {
        let each: Vec<f64> = (0..graph.len()).map(|agent| defects(graph, f, state, agent)).collect();
        let chance = |to: usize| {
            let one = |(agent, p): (usize, &f64)| if to >> agent & 1 == 1 { *p } else { 1.0 - p };
            each.iter().enumerate().map(one).product()
        };
        (0..1usize << graph.len()).map(|to| (to, chance(to))).collect()
    }
}

/// Everyone compares itself with a neighbour.
fn compared(imitates: Imitates) -> impl Fn(&Graph, &[f64], usize, usize) -> f64 {
    move |graph, f, state, agent| {
        let of = |other: usize| (state >> other & 1) as f64;
        let after = |other: usize| {
            let p = imitates(f[agent], f[other]);
            p * of(other) + (1.0 - p) * of(agent)
        };
        graph.neighbours(agent).map(after).sum::<f64>() / graph.degree(agent) as f64
    }
}

/// Everyone does as the best beside it.
fn like_the_best(graph: &Graph, f: &[f64], state: usize, agent: usize) -> f64 {
    let models = best_beside(graph, f, agent);
    let of = |other: &usize| (state >> *other & 1) as f64;
    if models.is_empty() { of(&agent) } else { models.iter().map(of).sum::<f64>() / models.len() as f64 }
}

/// Everyone is replaced by a child of one in reach, in proportion to what its fitness stands for.
fn child_of_all(weight: Weight) -> impl Fn(&Graph, &[f64], usize, usize) -> f64 {
    move |graph, f, state, agent| {
        let mut parents: Vec<usize> = graph.neighbours(agent).collect();
        parents.push(agent);
        let of = |parent: &usize| weight(f[*parent]);
        let all: f64 = parents.iter().map(of).sum();
        parents.iter().filter(|parent| state >> **parent & 1 == 1).map(of).sum::<f64>() / all
    }
}

/// The better half survives, and every other agent is replaced by a child of one of them.
fn truncated(graph: &Graph, f: &[f64], state: usize) -> Step {
    let (agents, kept) = (graph.len(), graph.len() / 2);
    // Every set of survivors of which nobody left out is better than anyone in it is as likely as any other.
    let is_fit = |set: usize| {
        let worst =
            (0..agents).filter(|agent| set >> agent & 1 == 1).map(|agent| f[agent]).fold(f64::INFINITY, f64::min);
        (0..agents).filter(|agent| set >> agent & 1 == 0).all(|agent| f[agent] <= worst)
    };
    let sets: Vec<usize> =
        (0..1usize << agents).filter(|set| set.count_ones() as usize == kept && is_fit(*set)).collect();
    let mut step = Step::new();
    for set in &sets {
        let share = (state & set).count_ones() as f64 / kept as f64;
        for to in (0..1usize << agents).filter(|to| to & set == state & set) {
            let born = to & !set;
            let defect = born.count_ones() as i32;
            let chance = share.powi(defect) * (1.0 - share).powi((agents - kept) as i32 - defect);
            step.push((to, chance / sets.len() as f64));
        }
    }
    step
}

/// The probability that everyone defects in the end, from each of all 2^N states: the harmonic function of the chain,
/// by relaxation to the last bits. A state that is never left counts as one in which not everyone defects.
fn exact_in(game: Payoffs, graph: &Graph, step: impl Fn(&Graph, &[f64], usize) -> Step) -> Vec<f64> {
    let states = 1usize << graph.len();
    let steps: Vec<Step> = (0..states).map(|state| step(graph, &fitness_in(game, graph, state), state)).collect();
    let mut fixes = vec![0.0; states];
    fixes[states - 1] = 1.0;
    for _ in 0..20_000 {
        for state in 1..states - 1 {
            let onward = || steps[state].iter().filter(|(to, _)| *to != state);
            let leaves: f64 = onward().map(|(_, p)| p).sum();
            if leaves > 1e-12 {
                fixes[state] = onward().map(|(to, p)| p * fixes[*to]).sum::<f64>() / leaves;
            }
        }
    }
    fixes
}

fn exact(graph: &Graph, chance: Chance) -> Vec<f64> {
    exact_in(DILEMMA, graph, one_by_one(chance))
}

/// The share of `repeats` in which everyone defects in the end, from `state`. A society that is left where that has no
/// chance by `fixes`, as where both types stay for ever, is not followed any further.
fn sampled_in(
    (game, fixes): (Payoffs, &[f64]),
    rule: &dyn UpdateRule,
    graph: &Graph,
    state: usize,
    repeats: u32,
) -> f64 {
    let all = (1usize << graph.len()) - 1;
    let fixed = (0..repeats).filter(|repeat| {
        let rng = &mut stream(u64::from(*repeat), Purpose::Evolution, StreamKey { seat: 7, ..StreamKey::default() });
        let mut state = state;
        while fixes[state] > 0.0 && state != all {
            let (f, before) = (fitness_in(game, graph, state), state);
            for event in rule.events(&Society { fitness: &f, replacement: graph }, rng).unwrap() {
                let Event::Birth { child, parent } = event else { continue };
                let bit = if rule.at_once() { before } else { state } >> parent.index() & 1;
                state = state & !(1 << child.index()) | bit << child.index();
            }
        }
        state == all
    });
    fixed.count() as f64 / f64::from(repeats)
}

/// A rule, what it does by its definition, and whether it looks at neighbours.
type Known<'a> = (&'a dyn UpdateRule, Box<dyn Fn(&Graph, &[f64], usize) -> Step>, bool);

#[test]
fn fixation_under_every_rule_is_that_of_the_exact_chain() {
    let graphs = [
        Graph::Complete(4),
        Graph::of(5, &[(0, 1), (1, 2), (2, 3), (3, 4), (4, 0)]),
        Graph::of(5, &[(0, 1), (0, 2), (0, 3), (3, 4), (1, 2)]),
        Graph::of(6, &[(0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (5, 1)]),
    ];
    let (comparisons, map) = (1, MAP);
    let rules: [Known; 13] = [
        (&Fermi { strength: BETA, comparisons, synchronous: false }, Box::new(one_by_one(fermi)), true),
        (&Fermi { strength: BETA, comparisons, synchronous: true }, Box::new(at_once(compared(by_fermi))), true),
        (&Moran { fitness: map, births: 1 }, Box::new(one_by_one(birth_death)), true),
        (&MoranDeathBirth { fitness: map, deaths: 1 }, Box::new(one_by_one(death_birth)), true),
        (
            &ProportionalImitation { scale: SCALE, comparisons, synchronous: false },
            Box::new(one_by_one(proportional)),
            true,
        ),
        (
            &ProportionalImitation { scale: SCALE, comparisons, synchronous: true },
            Box::new(at_once(compared(in_proportion))),
            true,
        ),
        (&ImitateBest { comparisons, synchronous: false }, Box::new(one_by_one(best)), true),
        (&ImitateBest { comparisons, synchronous: true }, Box::new(at_once(like_the_best)), true),
        (&WrightFisher { fitness: map }, Box::new(at_once(child_of_all(exponential))), true),
        (
            &Moran { fitness: LINEAR, births: 1 },
            Box::new(one_by_one(|graph, f, child, parent| birth_death_by(linear, graph, f, child, parent))),
            true,
        ),
        (
            &MoranDeathBirth { fitness: LINEAR, deaths: 1 },
            Box::new(one_by_one(|graph, f, child, parent| death_birth_by(linear, graph, f, child, parent))),
            true,
        ),
        (&WrightFisher { fitness: LINEAR }, Box::new(at_once(child_of_all(linear))), true),
        (&Truncation { share: 0.5 }, Box::new(truncated), false),
    ];
    const REPEATS: u32 = 2000;
    let mut compared = 0;
    for (game, name) in [(DILEMMA, "dilemma"), (SNOWDRIFT, "snowdrift")] {
        for (number, graph) in graphs.iter().enumerate() {
            for (rule, step, by_neighbours) in &rules {
                if !by_neighbours && !graph.is_complete() {
                    continue;
                }
                let fixes = exact_in(game, graph, step);
                let expected = fixes[0b10];
                let found = sampled_in((game, &fixes), *rule, graph, 0b10, REPEATS);
                // Four and a half standard errors: 98 comparisons, one false alarm in 1,500 runs of the test.
                let error = 4.5 * (expected * (1.0 - expected) / f64::from(REPEATS)).sqrt() + 1e-9;
                let summary = rule.summary();
                assert!((found - expected).abs() < error, "{summary}, {name}, graph {number}: {found}, {expected}");
                compared += 1;
            }
        }
    }
    assert_eq!(compared, 2 * (12 * graphs.len() + 1));
}

#[test]
fn the_exact_chain_is_the_closed_form_where_there_is_one() {
    // Fermi and exponential Moran on a complete graph: 1/(1 + Σ Π exp(−β (f_I(j) − f_R(j)))), with N = 4.
    let (n, mut sum, mut product) = (4.0, 1.0, 1.0);
    for j in 1..4 {
        let j = f64::from(j);
        let (invader, resident) = ((j - 1.0 + 5.0 * (n - j)) / (n - 1.0), 3.0 * (n - j - 1.0) / (n - 1.0));
        product *= (-BETA * (invader - resident)).exp();
        sum += product;
    }
    for chance in [fermi as Chance, birth_death] {
        let found = exact(&Graph::Complete(4), chance)[1];
        assert!((found - 1.0 / sum).abs() < 1e-9, "{found}, {}", 1.0 / sum);
    }
}

/// The events of `rule` for this fitness.
fn events(rule: &dyn UpdateRule, fitness: &[f64], graph: &Graph) -> Vec<Event> {
    let rng = &mut stream(5, Purpose::Evolution, StreamKey::default());
    rule.events(&Society { fitness, replacement: graph }, rng).unwrap()
}

#[test]
fn adding_a_constant_to_all_payoffs_changes_nothing_where_only_differences_count() {
    // Halves and quarters, so that differences are exact.
    let fitness: Vec<f64> = [3.0, 0.5, 2.25, 1.0, 5.0, 0.0].into();
    let shifted: Vec<f64> = fitness.iter().map(|f| f + 64.0).collect();
    let graphs = [Graph::Complete(6), Graph::of(6, &[(0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (5, 0), (0, 3)])];
    let rules: [&dyn UpdateRule; 7] = [
        &Fermi { strength: 0.7, comparisons: 40, synchronous: false },
        &Moran { fitness: MAP, births: 40 },
        &MoranDeathBirth { fitness: MAP, deaths: 40 },
        &WrightFisher { fitness: MAP },
        &ImitateBest { comparisons: 40, synchronous: false },
        &ProportionalImitation { scale: 4.0, comparisons: 40, synchronous: false },
        &Truncation { share: 0.5 },
    ];
    for graph in &graphs {
        for rule in rules {
            assert_eq!(events(rule, &fitness, graph), events(rule, &shifted, graph), "{}", rule.summary());
        }
    }
    let raw = Moran { fitness: FitnessMap::Raw, births: 40 };
    assert_ne!(events(&raw, &fitness, &graphs[0]), events(&raw, &shifted, &graphs[0]), "raw fitness is not of these");
}

#[test]
fn permuting_agents_changes_nothing_but_names() {
    let fitness = [3.0, 0.5, 2.25, 1.0, 5.0, 0.0];
    let names = [4u32, 2, 0, 5, 1, 3];
    let graph = Graph::of(6, &[(0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (5, 0), (0, 3)]);
    let mut permuted = [0.0; 6];
    for (agent, name) in names.iter().enumerate() {
        permuted[*name as usize] = fitness[agent];
    }
    // A rule without ties draws nothing, so that the very events are the same.
    let rule = ImitateBest { comparisons: 1, synchronous: true };
    let named = |agent: AgentId| AgentId(names[agent.index()]);
    let renamed = events(&rule, &fitness, &graph).into_iter().map(|event| match event {
        Event::Birth { child, parent } => Event::Birth { child: named(child), parent: named(parent) },
        Event::Stay(agent) => Event::Stay(named(agent)),
    });
    let mut renamed: Vec<Event> = renamed.collect();
    renamed.sort_by_key(|event| event.agent());
    assert_eq!(renamed, events(&rule, &permuted, &graph.renamed(&names)));
    // Where there are draws, the probabilities are the same: those of the exact chain.
    for chance in [fermi as Chance, birth_death, death_birth] {
        let (plain, other) = (exact(&graph, chance), exact(&graph.renamed(&names), chance));
        for agent in 0..6 {
            assert!((plain[1 << agent] - other[1 << names[agent]]).abs() < 1e-9, "{agent}");
        }
    }
}

#[test]
fn neutral_drift_fixes_with_the_share_of_one_agent() {
    const EQUAL: Payoffs = [[1.0, 1.0], [1.0, 1.0]];
    let drift = FitnessMap::Exponential(0.0);
    let rules: [(&dyn UpdateRule, bool); 6] = [
        (&Fermi { strength: 0.0, comparisons: 1, synchronous: false }, true),
        (&Fermi { strength: 0.0, comparisons: 1, synchronous: true }, true),
        (&Moran { fitness: drift, births: 1 }, true),
        (&MoranDeathBirth { fitness: drift, deaths: 1 }, true),
        (&WrightFisher { fitness: drift }, true),
        (&Truncation { share: 0.5 }, false),
    ];
    // Where all have equally many neighbours, one in N.
    let cycle = Graph::of(5, &[(0, 1), (1, 2), (2, 3), (3, 4), (4, 0)]);
    for (rule, by_neighbours) in rules {
        for graph in [&cycle, &Graph::Complete(5)] {
            if !by_neighbours && !graph.is_complete() {
                continue;
            }
            let found = sampled_in((EQUAL, &[&[0.0][..], &[0.5; 31]].concat()), rule, graph, 0b100, 4000);
            // Four standard errors of 0.0063: eleven comparisons, one false alarm in 1,400 runs of the test.
            assert!((found - 0.2).abs() < 4.0 * 0.0063, "{}: {found}", rule.summary());
        }
    }
}
