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

/// Mean payoffs of a prisoner's dilemma (3, 0, 5, 1) against all neighbours; bit `agent` of `state` says who defects.
fn fitness(graph: &Graph, state: usize) -> Vec<f64> {
    let defects = |agent: usize| state >> agent & 1 == 1;
    let payoff = |own: usize, other: usize| match (defects(own), defects(other)) {
        (false, false) => 3.0,
        (false, true) => 0.0,
        (true, false) => 5.0,
        (true, true) => 1.0,
    };
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

fn birth_death(graph: &Graph, f: &[f64], child: usize, parent: usize) -> f64 {
    let all: f64 = f.iter().map(|f| (BETA * f).exp()).sum();
    let places = if graph.is_complete() { graph.len() } else { graph.degree(parent) };
    let may = graph.is_complete() || is_beside(graph, parent, child);
    if may { (BETA * f[parent]).exp() / all / places as f64 } else { 0.0 }
}

fn death_birth(graph: &Graph, f: &[f64], child: usize, parent: usize) -> f64 {
    if !is_beside(graph, child, parent) {
        return 0.0;
    }
    let all: f64 = graph.neighbours(child).map(|other| (BETA * f[other]).exp()).sum();
    (BETA * f[parent]).exp() / all / graph.len() as f64
}

/// The probability that everyone defects in the end, from each of all 2^N states: the harmonic function of the chain,
/// by relaxation to the last bits.
fn exact(graph: &Graph, chance: Chance) -> Vec<f64> {
    let (agents, states) = (graph.len(), 1usize << graph.len());
    let mut steps: Vec<Vec<(usize, f64)>> = Vec::new();
    for state in 0..states {
        let f = fitness(graph, state);
        let mut to = Vec::new();
        for child in 0..agents {
            for parent in (0..agents).filter(|parent| (state >> parent & 1) != (state >> child & 1)) {
                to.push((state ^ 1 << child, chance(graph, &f, child, parent)));
            }
        }
        steps.push(to);
    }
    let mut fixes = vec![0.0; states];
    fixes[states - 1] = 1.0;
    for _ in 0..20_000 {
        for state in 1..states - 1 {
            let leaves: f64 = steps[state].iter().map(|(_, p)| p).sum();
            fixes[state] = steps[state].iter().map(|(to, p)| p * fixes[*to]).sum::<f64>() / leaves;
        }
    }
    fixes
}

/// The share of `repeats` in which everyone defects in the end, from `state`.
fn sampled(rule: &dyn UpdateRule, graph: &Graph, state: usize, repeats: u32) -> f64 {
    let all = (1usize << graph.len()) - 1;
    let fixed = (0..repeats).filter(|repeat| {
        let rng = &mut stream(u64::from(*repeat), Purpose::Evolution, StreamKey { seat: 7, ..StreamKey::default() });
        let mut state = state;
        while state != 0 && state != all {
            let f = fitness(graph, state);
            for event in rule.events(&Society { fitness: &f, replacement: graph }, rng).unwrap() {
                let Event::Birth { child, parent } = event else { continue };
                let bit = state >> parent.index() & 1;
                state = state & !(1 << child.index()) | bit << child.index();
            }
        }
        state == all
    });
    fixed.count() as f64 / f64::from(repeats)
}

#[test]
fn fixation_on_small_graphs_is_that_of_the_exact_chain() {
    let graphs = [
        Graph::Complete(4),
        Graph::of(5, &[(0, 1), (1, 2), (2, 3), (3, 4), (4, 0)]),
        Graph::of(5, &[(0, 1), (0, 2), (0, 3), (3, 4), (1, 2)]),
        Graph::of(6, &[(0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (5, 1)]),
    ];
    let rules: [(&dyn UpdateRule, Chance); 3] = [
        (&Fermi { strength: BETA, comparisons: 1, synchronous: false }, fermi),
        (&Moran { fitness: MAP, births: 1 }, birth_death),
        (&MoranDeathBirth { fitness: MAP, deaths: 1 }, death_birth),
    ];
    for (number, graph) in graphs.iter().enumerate() {
        for (rule, chance) in rules {
            let expected = exact(graph, chance)[0b10];
            let found = sampled(rule, graph, 0b10, 4000);
            // Four standard errors: twelve comparisons, one false alarm in 1,300 runs of the test.
            let error = (expected * (1.0 - expected) / 4000.0).sqrt();
            assert!((found - expected).abs() < 4.0 * error, "{}, graph {number}: {found}, {expected}", rule.summary());
        }
    }
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
    let drift = FitnessMap::Exponential(0.0);
    let rules: [&dyn UpdateRule; 3] = [
        &Fermi { strength: 0.0, comparisons: 1, synchronous: false },
        &Moran { fitness: drift, births: 1 },
        &MoranDeathBirth { fitness: drift, deaths: 1 },
    ];
    // On a graph in which all have equally many neighbours, one in N.
    let cycle = Graph::of(5, &[(0, 1), (1, 2), (2, 3), (3, 4), (4, 0)]);
    for rule in rules {
        let found = sampled(rule, &cycle, 0b100, 4000);
        // Four standard errors of 0.0063.
        assert!((found - 0.2).abs() < 4.0 * 0.0063, "{}: {found}", rule.summary());
    }
}
