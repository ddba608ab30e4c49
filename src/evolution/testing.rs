//! What the tests of rules share.

use super::fitness_map::FitnessMap;
use crate::rng::{Purpose, Stream, StreamKey, stream};
use crate::world::{AgentId, Event, Graph, Society, UpdateRule};
use rand::RngExt;

/// The share of `repeats` in which one defector among 20 players of a one-shot prisoner's dilemma (3, 0, 5, 1) takes
/// over, where fitness is the mean payoff against the 19 others.
pub(super) fn fixations(rule: &dyn UpdateRule, repeats: u32) -> f64 {
    fixations_of(rule, [[1.0, 5.0], [0.0, 3.0]], repeats)
}

/// The share of `repeats` in which one invader among 20 agents takes over, where `payoffs[own][other]` are those of the
/// invader (0) and of residents (1), and fitness is the mean payoff against the 19 others.
pub(super) fn fixations_of(rule: &dyn UpdateRule, payoffs: [[f64; 2]; 2], repeats: u32) -> f64 {
    let n = 20;
    let graph = Graph::Complete(n);
    let taken = (0..repeats).filter(|&repeat| {
        let rng = &mut stream(u64::from(repeat), Purpose::Evolution, StreamKey::default());
        let mut invades = vec![false; n];
        invades[7] = true;
        loop {
            let i = invades.iter().filter(|invades| **invades).count() as f64;
            if i == 0.0 || i == n as f64 {
                return i > 0.0;
            }
            let (r, others) = (n as f64 - i, n as f64 - 1.0);
            let invader = (payoffs[0][0] * (i - 1.0) + payoffs[0][1] * r) / others;
            let resident = (payoffs[1][0] * i + payoffs[1][1] * (r - 1.0)) / others;
            let fitness: Vec<f64> = invades.iter().map(|&i| if i { invader } else { resident }).collect();
            let before = invades.clone();
            for event in rule.events(&Society { fitness: &fitness, replacement: &graph }, rng).unwrap() {
                let Event::Birth { child, parent } = event else { continue };
                let from = if rule.at_once() { &before } else { &invades };
                invades[child.index()] = from[parent.index()];
            }
        }
    });
    taken.count() as f64 / f64::from(repeats)
}

/// An event as the plain references tell it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Happening {
    pub child: usize,
    /// `None` if the agent stays as it is.
    pub parent: Option<usize>,
}

/// A society that a plain reference looks at, with lists in place of everything clever.
pub(super) struct Naive {
    pub fitness: Vec<f64>,
    pub is_complete: bool,
    neighbours: Vec<Vec<usize>>,
    rng: Stream,
}

impl Naive {
    /// The neighbours of an agent.
    pub(super) fn beside(&self, agent: usize) -> Vec<usize> {
        self.neighbours[agent].clone()
    }

    /// One of them.
    pub(super) fn someone_beside(&mut self, agent: usize) -> Option<usize> {
        let beside = self.beside(agent);
        (!beside.is_empty()).then(|| beside[self.number_below(beside.len())])
    }

    pub(super) fn number_below(&mut self, end: usize) -> usize {
        self.rng.random_range(0..end)
    }

    pub(super) fn happens(&mut self, chance: f64) -> bool {
        self.rng.random::<f64>() < chance
    }

    /// One of `agents`, in proportion to what `map` makes of their fitness: a roulette wheel walked along.
    pub(super) fn in_proportion(&mut self, agents: &[usize], map: FitnessMap) -> usize {
        let greatest = agents.iter().map(|&agent| self.fitness[agent]).fold(f64::NEG_INFINITY, f64::max);
        let weight = |&agent: &usize| match map {
            FitnessMap::Raw => self.fitness[agent],
            FitnessMap::Linear(w) => 1.0 - w + w * self.fitness[agent],
            FitnessMap::Exponential(beta) => (beta * (self.fitness[agent] - greatest)).exp(),
        };
        let weights: Vec<f64> = agents.iter().map(weight).collect();
        let u = self.rng.random::<f64>() * weights.iter().sum::<f64>();
        let mut sum = 0.0;
        for (&agent, weight) in agents.iter().zip(weights) {
            sum += weight;
            if u < sum {
                return agent;
            }
        }
        agents[agents.len() - 1]
    }

    /// A generation of imitation, where `imitated` tells whom an agent imitates.
    pub(super) fn imitate(
        &mut self,
        comparisons: u32,
        synchronous: bool,
        imitated: impl Fn(&mut Self, usize) -> Option<usize>,
    ) -> Vec<Happening> {
        let agents = self.fitness.len();
        let times = if synchronous { agents } else { comparisons as usize };
        let mut happened = Vec::new();
        for number in 0..times {
            let child = if synchronous { number } else { self.number_below(agents) };
            happened.push(Happening { child, parent: imitated(self, child) });
        }
        happened
    }
}

/// Checks on many small societies, complete ones and graphs with lonely agents among them, that `rule` does what the
/// plain reference `naive` does with the same draws.
pub(super) fn agrees_with(rule: &dyn UpdateRule, naive: impl Fn(&mut Naive) -> Vec<Happening>) {
    for seed in 0..60u64 {
        let mut made = stream(seed, Purpose::Structure, StreamKey::default());
        let agents = made.random_range(2..9usize);
        let is_complete = seed % 3 == 0;
        // Whole and half numbers, so that there are ties.
        let fitness: Vec<f64> = (0..agents).map(|_| f64::from(made.random_range(1..7u32)) / 2.0).collect();
        let mut edges = Vec::new();
        for a in 0..agents as u32 {
            edges.extend((a + 1..agents as u32).filter(|_| made.random::<f64>() < 0.4).map(|b| (a, b)));
        }
        let mut graph = if is_complete { Graph::Complete(agents) } else { Graph::of(agents, &edges) };
        if !is_complete && graph.edges() == 0 {
            graph = Graph::of(agents, &[(0, 1)]);
        }
        let lonely = (0..agents).find(|&agent| graph.degree(agent) == 0);
        let neighbours = (0..agents).map(|agent| graph.neighbours(agent).collect()).collect();
        let open = || stream(seed, Purpose::Evolution, StreamKey::default());
        let mut society = Naive { fitness: fitness.clone(), is_complete, neighbours, rng: open() };
        if lonely.is_some() && rule.summary().contains("birth–death") {
            // The reference knows no place for the child of one who has no neighbour.
            continue;
        }
        let expected = naive(&mut society);
        let events = rule.events(&Society { fitness: &fitness, replacement: &graph }, &mut open()).unwrap();
        let found: Vec<Happening> = events
            .into_iter()
            .map(|event| match event {
                Event::Birth { child, parent } => Happening { child: child.index(), parent: Some(parent.index()) },
                Event::Stay(AgentId(agent)) => Happening { child: agent as usize, parent: None },
            })
            .collect();
        assert_eq!(found, expected, "{}, seed {seed}", rule.summary());
    }
}
