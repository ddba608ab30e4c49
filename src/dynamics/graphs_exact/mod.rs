//! Exact chances of fixation on small graphs, over all 2^N ways to place two types.
//!
//! One event changes one agent, so the number of invaders changes by one at most. The ways with k invaders are
//! eliminated level by level without a subtraction, as in [`markov`](super::markov): tiny chances keep their digits.
//! This is the reference for what is sampled on graphs, and slow: a graph of 12 takes half a second.

mod elimination;

use super::logs::logistic;
use super::matrix::DenseMatrix;
use super::payoffs;
use super::process::{Fitness, Tally, Update};
pub use elimination::Ends;
use elimination::{eliminate, leads_to_an_end};

/// Most agents on a graph.
pub const AGENTS_MAX: usize = 12;

/// Least chance of one event that is not 0; below, the chances of states would lose digits.
const CHANCE_MIN: f64 = 1e-300;

/// Who takes over whose type on a graph.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rule {
    /// One of the processes of [`Update`], with neighbours in the place of all others.
    Update(Update),
    /// An agent drawn evenly takes over the type of the one with the highest payoff among itself and its neighbours: it
    /// keeps its own if that is among the best, and else draws evenly from the best.
    CopyBest,
}

/// Two types on a graph.
pub struct OnGraph<'a> {
    /// Row: own type; column: the other's.
    pub game: &'a DenseMatrix,
    /// Invader and resident.
    pub pair: [usize; 2],
    /// The neighbours that each agent plays with.
    pub interaction: &'a [Vec<usize>],
    /// The neighbours that each agent copies from or replaces.
    pub replacement: &'a [Vec<usize>],
    /// Who takes over whose type.
    pub rule: Rule,
    /// What an agent's payoff is.
    pub tally: Tally,
}

impl OnGraph<'_> {
    /// What exactly is computed, in a sentence, to be printed beside the numbers.
    pub fn convention(&self) -> String {
        let payoff = match self.tally {
            Tally::Mean => "the mean payoff against the neighbours",
            Tally::Sum => "the sum of the payoffs against the neighbours",
        };
        let rule = match self.rule {
            Rule::CopyBest => {
                "imitate the best, one agent at a time: it copies the highest π among itself and its neighbours, and \
                 keeps its type in a tie"
                    .into()
            }
            Rule::Update(Update::PairwiseComparison { strength }) => {
                format!(
                    "pairwise comparison: an agent copies a neighbour drawn evenly with probability \
                     1/(1 + exp(−β (π_model − π_focal))), β = {strength}"
                )
            }
            Rule::Update(Update::BirthDeath(fitness)) => {
                format!("birth–death: the child of a parent drawn ∝ fitness ({fitness:?}) replaces a neighbour")
            }
            Rule::Update(Update::DeathBirth(fitness)) => {
                format!("death–birth: an agent drawn evenly dies, its neighbours compete ∝ fitness ({fitness:?})")
            }
        };
        format!("{rule}; π is {payoff}; exact, over all 2^N placements")
    }

    /// Where each way to place the types ends.
    ///
    /// # Errors
    /// If a graph is not one, is too large or not connected, a payoff has no fitness, or selection is so strong that
    /// the chance of some event is below 1e-300.
    pub fn ends(&self) -> Result<Ends, String> {
        self.check()?;
        let agents = self.replacement.len();
        let ways = 1usize << agents;
        let steps = (0..ways).map(|way| self.steps(way)).collect::<Result<Vec<_>, _>>()?;
        let lives = leads_to_an_end(&steps, agents);
        if let (Rule::Update(_), Some(way)) = (self.rule, lives.iter().position(|lives| !lives)) {
            return Err(format!("from placement {way:b} neither type ever takes over: some fitness is 0"));
        }
        let mut ends = Ends { fixed: vec![0.0; ways], lost: vec![0.0; ways], stuck: vec![0.0; ways] };
        (ends.lost[0], ends.fixed[ways - 1]) = (1.0, 1.0);
        (0..ways).filter(|&way| !lives[way]).for_each(|way| ends.stuck[way] = 1.0);
        eliminate(&steps, &lives, agents, &mut ends)?;
        Ok(ends)
    }

    fn check(&self) -> Result<(), String> {
        payoffs::check(self.game, &self.pair)?;
        if let Rule::Update(update) = self.rule {
            update.check()?;
        }
        let agents = self.replacement.len();
        for graph in [self.interaction, self.replacement] {
            if !(2..=AGENTS_MAX).contains(&agents) || graph.len() != agents {
                return Err(format!(
                    "a graph of {} agents: expected 2 to {AGENTS_MAX}, and both graphs alike",
                    graph.len()
                ));
            }
            for (agent, neighbours) in graph.iter().enumerate() {
                let is_wrong = |&&other: &&usize| other == agent || other >= agents || !graph[other].contains(&agent);
                if let Some(other) = neighbours.iter().find(is_wrong) {
                    return Err(format!("agent {agent} has neighbour {other}: expected another, with an edge back"));
                }
                if neighbours.is_empty() {
                    return Err(format!("agent {agent} has no neighbours"));
                }
            }
        }
        let mut reached = vec![0];
        for next in 0..agents {
            let Some(&at) = reached.get(next) else {
                return Err(format!("the graph is not connected: agent 0 reaches {next} of {agents} agents"));
            };
            for &other in &self.replacement[at] {
                if !reached.contains(&other) {
                    reached.push(other);
                }
            }
        }
        Ok(())
    }

    /// The ways that one event can lead to, other than `way` itself, with their chances.
    fn steps(&self, way: usize) -> Result<Vec<(usize, f64)>, String> {
        let agents = self.replacement.len();
        if way == 0 || way == (1 << agents) - 1 {
            return Ok(Vec::new());
        }
        let invades = |agent: usize| way >> agent & 1 == 1;
        let payoffs = self.payoffs(invades);
        let mut changes = vec![0.0; agents];
        let n = agents as f64;
        match self.rule {
            Rule::Update(Update::PairwiseComparison { strength }) => {
                self.each_edge(invades, |focal, model, neighbours| {
                    changes[focal] += whole(logistic(strength * (payoffs[model] - payoffs[focal])))? / neighbours / n;
                    Ok(())
                })?;
            }
            Rule::Update(Update::BirthDeath(fitness)) => {
                let weights = weights(fitness, &payoffs)?;
                let all: f64 = weights.iter().sum();
                if all == 0.0 {
                    return Err(format!("nobody has fitness above 0 in placement {way:b}"));
                }
                self.each_edge(invades, |child, parent, _| {
                    changes[child] += weights[parent] / all / self.replacement[parent].len() as f64;
                    Ok(())
                })?;
            }
            Rule::Update(Update::DeathBirth(fitness)) => {
                for (dead, change) in changes.iter_mut().enumerate() {
                    let heirs = &self.replacement[dead];
                    // Relative to the best heir, so that no weight is lost that matters.
                    let own: Vec<f64> = heirs.iter().map(|&heir| payoffs[heir]).collect();
                    let weights = weights(fitness, &own)?;
                    let all: f64 = weights.iter().sum();
                    if all == 0.0 {
                        return Err(format!("nobody has fitness above 0 beside agent {dead} in placement {way:b}"));
                    }
                    let others = heirs.iter().zip(&weights).filter(|(heir, _)| invades(**heir) != invades(dead));
                    *change = others.map(|(_, weight)| weight / all).sum::<f64>() / n;
                }
            }
            Rule::CopyBest => {
                for (focal, change) in changes.iter_mut().enumerate() {
                    let seen = &self.replacement[focal];
                    let best = seen.iter().map(|&other| payoffs[other]).fold(f64::NEG_INFINITY, f64::max);
                    if best > payoffs[focal] {
                        let (mut all, mut others) = (0.0, 0.0);
                        for &other in seen.iter().filter(|&&other| payoffs[other] == best) {
                            all += 1.0;
                            others += f64::from(u8::from(invades(other) != invades(focal)));
                        }
                        *change = others / all / n;
                    }
                }
            }
        }
        let steps = changes.into_iter().enumerate().filter(|(_, chance)| *chance > 0.0);
        Ok(steps.map(|(agent, chance)| (way ^ 1 << agent, chance)).collect())
    }

    /// What each agent gets.
    fn payoffs(&self, invades: impl Fn(usize) -> bool) -> Vec<f64> {
        let type_of = |agent: usize| self.pair[usize::from(!invades(agent))];
        let payoff = |(agent, met): (usize, &Vec<usize>)| {
            let sum: f64 = met.iter().map(|&other| self.game[(type_of(agent), type_of(other))]).sum();
            if self.tally == Tally::Sum { sum } else { sum / met.len() as f64 }
        };
        self.interaction.iter().enumerate().map(payoff).collect()
    }

    /// Every agent with each neighbour of the other type, and the number of its neighbours.
    fn each_edge(
        &self,
        invades: impl Fn(usize) -> bool,
        mut visit: impl FnMut(usize, usize, f64) -> Result<(), String>,
    ) -> Result<(), String> {
        for (agent, neighbours) in self.replacement.iter().enumerate() {
            for &other in neighbours.iter().filter(|&&other| invades(other) != invades(agent)) {
                visit(agent, other, neighbours.len() as f64)?;
            }
        }
        Ok(())
    }
}

/// A chance of one event, if it has all its digits.
fn whole(chance: f64) -> Result<f64, String> {
    if chance < CHANCE_MIN {
        return Err(format!("selection is so strong that a chance of one event is below {CHANCE_MIN:e}: lower it"));
    }
    Ok(chance)
}

/// Fitness relative to the greatest.
fn weights(fitness: Fitness, payoffs: &[f64]) -> Result<Vec<f64>, String> {
    let logs = payoffs.iter().map(|payoff| fitness.ln(*payoff)).collect::<Result<Vec<_>, _>>()?;
    let greatest = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let weight = |ln: f64| if ln == f64::NEG_INFINITY { Ok(0.0) } else { whole((ln - greatest).exp()) };
    logs.into_iter().map(weight).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dynamics::fixation::{fixation, ln_fixation};
    use crate::dynamics::process::Process;

    fn complete(n: usize) -> Vec<Vec<usize>> {
        (0..n).map(|i| (0..n).filter(|&j| j != i).collect()).collect()
    }

    fn cycle(n: usize) -> Vec<Vec<usize>> {
        (0..n).map(|i| vec![(i + n - 1) % n, (i + 1) % n]).collect()
    }

    fn star(n: usize) -> Vec<Vec<usize>> {
        (0..n).map(|i| if i == 0 { (1..n).collect() } else { vec![0] }).collect()
    }

    fn updates() -> Vec<Update> {
        let mut updates = vec![Update::PairwiseComparison { strength: 0.7 }];
        for fitness in [Fitness::Raw, Fitness::Linear { weight: 0.3 }, Fitness::Exponential { strength: 0.7 }] {
            updates.extend([Update::BirthDeath(fitness), Update::DeathBirth(fitness)]);
        }
        updates
    }

    fn on<'a>(game: &'a DenseMatrix, graph: &'a [Vec<usize>], rule: Rule) -> OnGraph<'a> {
        OnGraph { game, pair: [0, 1], interaction: graph, replacement: graph, rule, tally: Tally::Mean }
    }

    #[test]
    fn complete_graphs_and_cycles_have_their_closed_forms() {
        let game = DenseMatrix::from([[3.0, 0.5], [5.0, 1.0]]);
        for n in [3, 4, 5, 7] {
            for update in updates() {
                for (graph, process) in [(complete(n), Process::mixed(update)), (cycle(n), Process::cycle(update))] {
                    for tally in [Tally::Mean, Tally::Sum] {
                        let process = Process { tally, ..process };
                        let graph = OnGraph { tally, ..on(&game, &graph, Rule::Update(update)) };
                        let ends = graph.ends().unwrap();
                        let exact = fixation(&game, [0, 1], n, &process).unwrap();
                        assert!((ends.one_invader() / exact - 1.0).abs() < 1e-11, "{n} {process:?}");
                        // Two side by side.
                        let exact = ln_fixation(&game, [0, 1], 2, n, &process).unwrap().exp();
                        assert!((ends.fixed[0b11] / exact - 1.0).abs() < 1e-11, "{n} {process:?}");
                        let sums = ends.fixed.iter().zip(&ends.lost);
                        assert!(sums.into_iter().all(|(fixed, lost)| (fixed + lost - 1.0).abs() < 1e-12));
                    }
                }
            }
        }
    }

    #[test]
    fn tiny_chances_keep_their_digits() {
        let game = DenseMatrix::from([[3.0, 0.0], [5.0, 1.0]]);
        let update = Update::PairwiseComparison { strength: 40.0 };
        for (graph, process) in [(complete(8), Process::mixed(update)), (cycle(8), Process::cycle(update))] {
            let ends = on(&game, &graph, Rule::Update(update)).ends().unwrap();
            let exact = fixation(&game, [0, 1], 8, &process).unwrap();
            assert!(exact < 1e-60 && (ends.one_invader() / exact - 1.0).abs() < 1e-9, "{exact:e}");
        }
    }

    /// On a star, birth–death with constant fitness r has a closed form (Broom & Rychtář 2008; here for r = 1, where a
    /// leaf fixes with (n − 1)-fold the chance of the centre).
    #[test]
    fn without_selection_the_mean_over_places_is_the_share() {
        let even = DenseMatrix::filled(2, 2, 1.0);
        let (path, n) = (vec![vec![1], vec![0, 2], vec![1, 3, 4], vec![2, 4], vec![2, 3]], 5);
        for graph in [path, star(5), cycle(5), complete(5)] {
            for update in updates() {
                let ends = on(&even, &graph, Rule::Update(update)).ends().unwrap();
                for count in 1..n as u32 {
                    let ways: Vec<usize> = (0..1 << n).filter(|way: &usize| way.count_ones() == count).collect();
                    let mean = ways.iter().map(|&way| ends.fixed[way]).sum::<f64>() / ways.len() as f64;
                    assert!((mean - f64::from(count) / n as f64).abs() < 1e-12, "{update:?} {count}");
                }
            }
        }
        let raw = Rule::Update(Update::BirthDeath(Fitness::Raw));
        let graph = star(5);
        let ends = on(&even, &graph, raw).ends().unwrap();
        assert!((ends.fixed[0b10] / ends.fixed[0b1] - 4.0).abs() < 1e-12);
    }

    #[test]
    fn those_who_imitate_the_best_may_never_agree() {
        let even = DenseMatrix::filled(2, 2, 1.0);
        let ring = cycle(6);
        let ends = on(&even, &ring, Rule::CopyBest).ends().unwrap();
        assert_eq!(ends.stuck[0b1], 1.0);
        // A defector beside cooperators always has the best neighbourhood: it spreads to all.
        let game = DenseMatrix::from([[3.0, 0.0], [5.0, 1.0]]);
        let graph = complete(6);
        let ends = on(&game, &graph, Rule::CopyBest).ends().unwrap();
        assert_eq!((ends.lost[0b11111], ends.fixed[0b11111], ends.stuck[0b11111]), (1.0, 0.0, 0.0));
        assert!(on(&game, &graph, Rule::CopyBest).convention().contains("tie"));
    }

    #[test]
    fn what_is_no_graph_is_refused() {
        let game = DenseMatrix::from([[3.0, -1.0], [5.0, 1.0]]);
        let fermi = Rule::Update(Update::PairwiseComparison { strength: 1.0 });
        let refusal = |graph: &[Vec<usize>], rule| on(&game, graph, rule).ends().unwrap_err();
        assert!(refusal(&[vec![1], vec![0], vec![3], vec![2]], fermi).contains("reaches 2 of 4"));
        assert!(refusal(&[vec![1], vec![]], fermi).contains("edge back"));
        assert!(refusal(&[vec![0], vec![0]], fermi).contains("agent 0 has neighbour 0"));
        assert!(refusal(&complete(13), fermi).contains("2 to 12"));
        assert!(refusal(&cycle(4), Rule::Update(Update::BirthDeath(Fitness::Raw))).contains("payoff is -"));
        let strong = Rule::Update(Update::PairwiseComparison { strength: 1e5 });
        assert!(refusal(&cycle(4), strong).contains("1e-300"));
    }
}
