//! What holds for all processes alike: names of types and constants in payoffs mean nothing, and agents who are moved
//! one by one end as often as the formulas say.

use super::*;
use alpha_rank::Selection;
use graphs_exact::{OnGraph, Rule};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

fn repeated() -> DenseMatrix {
    DenseMatrix::from([[3.0, 0.1, 3.0], [5.0, 1.0, 1.02], [3.0, 0.995, 3.0]])
}

fn with_fitness(fitness: Fitness) -> Vec<Process> {
    let updates = [Update::BirthDeath(fitness), Update::DeathBirth(fitness)];
    updates.into_iter().flat_map(|update| [Process::mixed(update), Process::cycle(update)]).collect()
}

fn with_fermi(strength: f64) -> [Process; 2] {
    let update = Update::PairwiseComparison { strength };
    [Process::mixed(update), Process::cycle(update)]
}

fn processes() -> Vec<Process> {
    let fitness = [Fitness::Raw, Fitness::Linear { weight: 0.4 }, Fitness::Exponential { strength: 0.6 }];
    let mut all: Vec<Process> = fitness.into_iter().flat_map(with_fitness).collect();
    all.extend(with_fermi(0.6));
    all
}

#[track_caller]
fn close(found: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expected.len());
    let near = |(a, b): (&f64, &f64)| (a - b).abs() <= tolerance * b.abs();
    assert!(found.iter().zip(expected).all(near), "{found:?} where {expected:?} is expected");
}

fn table() -> Table {
    Table::new(3, 3, |own, others| {
        own as f64 + f64::from(others[0] * others[0]) - 0.5 * f64::from(others[1] * (own as u32 + 1))
    })
    .unwrap()
}

#[test]
fn fermi_and_exponential_moran_have_the_same_chances() {
    for strength in [0.0, 0.1, 1.0, 30.0] {
        let moran = with_fitness(Fitness::Exponential { strength });
        for (fermi, moran) in with_fermi(strength).iter().zip(&moran[..2]) {
            let [a, b] = [fermi, moran].map(|process| fixation::ln_fixations(&repeated(), 30, process).unwrap());
            let distance = a.entries().iter().zip(b.entries()).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            assert!(distance < 1e-11, "{strength}: {distance}");
        }
    }
}

#[test]
fn without_selection_i_invaders_take_over_in_i_of_n_cases() {
    let n = 9;
    let mut neutral = with_fitness(Fitness::Exponential { strength: 0.0 });
    neutral.extend(with_fitness(Fitness::Linear { weight: 0.0 }));
    neutral.extend(with_fermi(0.0));
    for process in neutral {
        for count in 1..n {
            let chance = fixation::ln_fixation(&repeated(), [2, 1], count, n, &process).unwrap().exp();
            assert!((chance - count as f64 / n as f64).abs() < 1e-14, "{process:?}");
        }
    }
    // Types that are the same type in all but name.
    for process in processes() {
        let same = DenseMatrix::filled(2, 2, 1.5);
        let chance = fixation::fixation(&same, [0, 1], n, &process).unwrap();
        assert!((chance - 1.0 / n as f64).abs() < 1e-14, "{process:?}");
    }
}

#[test]
fn another_order_of_types_changes_their_names_alone() {
    let (game, order, n) = (repeated(), [2, 0, 1], 12);
    let other = game.reordered(&order);
    let reordered = |values: &[f64]| -> Vec<f64> { order.iter().map(|&i| values[i]).collect() };
    for process in processes() {
        let [a, b] = [&game, &other].map(|game| fixation::ln_fixations(game, n, &process).unwrap());
        close(b.entries(), a.reordered(&order).entries(), 1e-12);
        let [a, b] = [a, b].map(|ln| small_mutation::stationary(&ln).unwrap());
        close(&b, &reordered(&a), 1e-12);
        if process.structure == Structure::Mixed {
            let mutation = full_chain::uniform(3, 0.02).unwrap();
            let [a, b] =
                [&game, &other].map(|game| full_chain::stationary(game, n, &process, &mutation).unwrap().frequencies());
            close(&b, &reordered(&a), 1e-12);
        }
    }
    for selection in [Selection::Global, Selection::Local] {
        let [a, b] = [&game, &other].map(|game| alpha_rank::rank(game, n, 2.0, selection).unwrap());
        close(&b, &reordered(&a), 1e-12);
    }
    let starts = [0.2, 0.3, 0.5];
    let walk = |game: &DenseMatrix, start: &[f64]| {
        replicator::Flow::new(game).unwrap().trajectory(start, &[3.0]).unwrap().remove(0)
    };
    close(&walk(&other, &reordered(&starts)), &reordered(&walk(&game, &starts)), 1e-9);
    let [a, b] = [&game, &other].map(|game| rest_points::all(game).unwrap());
    assert_eq!((a.points.len(), a.continua.len()), (b.points.len(), b.continua.len()));
    for point in &a.points {
        let shares = reordered(&point.shares);
        let same = |other: &&rest_points::RestPoint| {
            other.shares.iter().zip(&shares).all(|(a, b)| (a - b).abs() < 1e-12) && other.stability == point.stability
        };
        assert_eq!(b.points.iter().filter(same).count(), 1, "{point:?}");
    }
}

#[test]
fn tables_do_not_care_about_names_either() {
    let (game, order) = (table(), [2usize, 0, 1]);
    let other = Table::new(3, 3, |own, others| {
        let mut old = [0; 3];
        order.iter().zip(others).for_each(|(&i, &count)| old[i] = count);
        game.payoff(order[own], &old)
    });
    let other = other.unwrap();
    let process = Process::fermi(0.4);
    let [a, b] = [&game, &other].map(|game| fixation::ln_fixations(game, 10, &process).unwrap());
    close(b.entries(), a.reordered(&order).entries(), 1e-12);
    let mutation = full_chain::uniform(3, 0.02).unwrap();
    let [a, b] =
        [&game, &other].map(|game| full_chain::stationary(game, 10, &process, &mutation).unwrap().frequencies());
    close(&b, &order.map(|i| a[i]), 1e-12);
    // Two types of the three: the whole chain with rare mutations is the small-mutation chain for tables too.
    let rare = full_chain::uniform(3, 1e-7).unwrap();
    let full = full_chain::stationary(&game, 10, &process, &rare).unwrap().frequencies();
    let small = small_mutation::stationary(&fixation::ln_fixations(&game, 10, &process).unwrap()).unwrap();
    close(&full, &small, 1e-4);
}

#[test]
fn a_constant_in_all_payoffs_changes_nothing_where_only_differences_count() {
    let (game, n) = (repeated(), 12);
    let mut raised = game.clone();
    raised.entries_mut().iter_mut().for_each(|payoff| *payoff += 7.25);
    let mut differences = with_fitness(Fitness::Exponential { strength: 0.6 });
    differences.extend(with_fermi(0.6));
    for process in differences {
        let [a, b] = [&game, &raised].map(|game| fixation::ln_fixations(game, n, &process).unwrap());
        close(b.entries(), a.entries(), 1e-12);
        let graph: Vec<Vec<usize>> = vec![vec![1, 2], vec![0], vec![0, 3, 4], vec![2, 4], vec![2, 3]];
        let on = |game| {
            let (pair, rule) = ([2, 1], Rule::Update(process.update));
            let graph = OnGraph { game, pair, interaction: &graph, replacement: &graph, rule, tally: Tally::Mean };
            graph.ends().unwrap().fixed
        };
        close(&on(&raised), &on(&game), 1e-12);
        if process.structure == Structure::Mixed {
            let mutation = full_chain::uniform(3, 0.02).unwrap();
            let [a, b] = [&game, &raised]
                .map(|game| full_chain::stationary(game, n, &process, &mutation).unwrap().frequencies());
            close(&b, &a, 1e-11);
        }
    }
    let raw = Process::mixed(Update::BirthDeath(Fitness::Raw));
    let [a, b] = [&game, &raised].map(|game| fixation::fixation(game, [2, 1], n, &raw).unwrap());
    assert!((a / b - 1.0).abs() > 0.1, "raw fitness is another matter");
}

/// Agents of two types who are moved one by one, in the plainest way.
struct Agents<'a> {
    game: &'a DenseMatrix,
    types: Vec<usize>,
    neighbours: &'a [Vec<usize>],
    /// Whether a child may take its own parent's place: in well-mixed populations only.
    replaces_itself: bool,
    rng: ChaCha8Rng,
}

impl Agents<'_> {
    fn payoff(&self, agent: usize) -> f64 {
        let met = &self.neighbours[agent];
        met.iter().map(|&other| self.game[(self.types[agent], self.types[other])]).sum::<f64>() / met.len() as f64
    }

    fn fitness(&self, agent: usize, fitness: Fitness) -> f64 {
        match fitness {
            Fitness::Raw => self.payoff(agent),
            Fitness::Linear { weight } => 1.0 - weight + weight * self.payoff(agent),
            Fitness::Exponential { strength } => (strength * self.payoff(agent)).exp(),
        }
    }

    fn drawn(&mut self, among: &[usize], fitness: Fitness) -> usize {
        let weights: Vec<f64> = among.iter().map(|&agent| self.fitness(agent, fitness)).collect();
        let mut rest = self.rng.random::<f64>() * weights.iter().sum::<f64>();
        let found = weights.iter().position(|weight| {
            rest -= weight;
            rest < 0.0
        });
        among[found.unwrap_or(among.len() - 1)]
    }

    fn any(&mut self, among: &[usize]) -> usize {
        among[self.rng.random_range(0..among.len())]
    }

    fn event(&mut self, rule: Rule) {
        let all: Vec<usize> = (0..self.types.len()).collect();
        let focal = self.any(&all);
        let (child, parent) = match rule {
            Rule::Update(Update::PairwiseComparison { strength }) => {
                let model = self.any(&self.neighbours[focal].clone());
                let chance = 1.0 / (1.0 + (-strength * (self.payoff(model) - self.payoff(focal))).exp());
                (focal, if self.rng.random::<f64>() < chance { model } else { focal })
            }
            Rule::Update(Update::BirthDeath(fitness)) => {
                let parent = self.drawn(&all, fitness);
                let child = if self.replaces_itself { focal } else { self.any(&self.neighbours[parent].clone()) };
                (child, parent)
            }
            Rule::Update(Update::DeathBirth(fitness)) => (focal, self.drawn(&self.neighbours[focal].clone(), fitness)),
            Rule::CopyBest => {
                let seen = self.neighbours[focal].clone();
                let best = seen.iter().map(|&other| self.payoff(other)).fold(self.payoff(focal), f64::max);
                let models: Vec<usize> = seen.into_iter().filter(|&other| self.payoff(other) == best).collect();
                (focal, if self.payoff(focal) == best { focal } else { self.any(&models) })
            }
        };
        self.types[child] = self.types[parent];
    }

    /// Whether invaders (type 0) take over from one; `None` if nothing is decided for very long.
    fn play(&mut self, start: usize, rule: Rule) -> Option<bool> {
        self.types.iter_mut().enumerate().for_each(|(agent, own)| *own = usize::from(agent != start));
        for _ in 0..20_000 {
            match self.types.iter().filter(|own| **own == 0).count() {
                0 => return Some(false),
                all if all == self.types.len() => return Some(true),
                _ => self.event(rule),
            }
        }
        None
    }
}

const TRIALS: usize = 10_000;

/// Standard errors allowed. Beyond them once in 150,000 comparisons; there are 26 here, so that another seed raises a
/// false alarm once in 5,000.
const ERRORS: f64 = 4.5;

fn agrees(agents: &mut Agents, rule: Rule, expected: f64) {
    let n = agents.types.len();
    let fixed = (0..TRIALS).filter(|trial| agents.play(trial % n, rule) == Some(true)).count();
    let error = (expected * (1.0 - expected) / TRIALS as f64).sqrt();
    let found = fixed as f64 / TRIALS as f64;
    assert!((found - expected).abs() <= ERRORS * error, "{rule:?}: {found} where {expected} is expected");
}

fn sampled<'a>(game: &'a DenseMatrix, neighbours: &'a [Vec<usize>], replaces_itself: bool) -> Agents<'a> {
    let types = vec![1; neighbours.len()];
    Agents { game, types, neighbours, replaces_itself, rng: ChaCha8Rng::seed_from_u64(11) }
}

#[test]
fn agents_moved_one_by_one_take_over_as_often_as_the_formulas_say() {
    let (game, n) = (DenseMatrix::from([[4.0, 1.0], [3.0, 1.5]]), 6);
    let complete: Vec<Vec<usize>> = (0..n).map(|i| (0..n).filter(|&j| j != i).collect()).collect();
    let cycle: Vec<Vec<usize>> = (0..n).map(|i| vec![(i + n - 1) % n, (i + 1) % n]).collect();
    for process in processes() {
        let mixed = process.structure == Structure::Mixed;
        let expected = fixation::fixation(&game, [0, 1], n, &process).unwrap();
        let mut agents = sampled(&game, if mixed { &complete } else { &cycle }, mixed);
        agrees(&mut agents, Rule::Update(process.update), expected);
    }
}

#[test]
fn agents_on_a_graph_take_over_as_often_as_the_exact_chain_says() {
    let game = DenseMatrix::from([[4.0, 1.0], [3.0, 1.5]]);
    // Degrees from one to three, with a triangle.
    let graph: Vec<Vec<usize>> = vec![vec![1, 2], vec![0, 2, 3], vec![0, 1], vec![1, 4, 5], vec![3], vec![3]];
    let exponential = Fitness::Exponential { strength: 0.6 };
    for rule in [
        Rule::Update(Update::PairwiseComparison { strength: 0.6 }),
        Rule::Update(Update::BirthDeath(exponential)),
        Rule::Update(Update::DeathBirth(exponential)),
        Rule::Update(Update::BirthDeath(Fitness::Raw)),
        Rule::Update(Update::DeathBirth(Fitness::Linear { weight: 0.5 })),
        Rule::CopyBest,
    ] {
        let on =
            OnGraph { game: &game, pair: [0, 1], interaction: &graph, replacement: &graph, rule, tally: Tally::Mean };
        agrees(&mut sampled(&game, &graph, false), rule, on.ends().unwrap().one_invader());
    }
}

/// The share of time that agents spend as each type under mutation. Events far apart are nearly independent: the mean
/// over 40 stretches has a standard error, and beyond 4.5 of them (t with 39 degrees of freedom) is once in 17,000.
#[test]
fn agents_who_mutate_spend_their_time_as_the_whole_chain_says() {
    let (game, n, rate) = (DenseMatrix::from([[4.0, 1.0], [3.0, 1.5]]), 6, 0.05);
    let complete: Vec<Vec<usize>> = (0..n).map(|i| (0..n).filter(|&j| j != i).collect()).collect();
    let mutation = full_chain::uniform(2, rate).unwrap();
    let fitness = Fitness::Exponential { strength: 0.6 };
    for update in
        [Update::PairwiseComparison { strength: 0.6 }, Update::BirthDeath(fitness), Update::DeathBirth(fitness)]
    {
        let exact = full_chain::stationary(&game, n, &Process::mixed(update), &mutation).unwrap().frequencies()[0];
        let mut agents = sampled(&game, &complete, true);
        let mut stretch = || {
            let mut sum = 0;
            for _ in 0..5000 {
                let before = agents.types.clone();
                let mutates = agents.rng.random::<f64>() < rate;
                if mutates && matches!(update, Update::PairwiseComparison { .. }) {
                    let focal = agents.rng.random_range(0..n);
                    agents.types[focal] = 1 - agents.types[focal];
                } else {
                    agents.mutating_event(update, mutates);
                }
                sum += before.iter().filter(|own| **own == 0).count();
            }
            sum as f64 / (5000 * n) as f64
        };
        let means: Vec<f64> = (0..40).map(|_| stretch()).collect();
        let mean = means.iter().sum::<f64>() / 40.0;
        let squares: f64 = means.iter().map(|value| (value - mean).powi(2)).sum();
        let error = (squares / 39.0 / 40.0).sqrt();
        assert!((mean - exact).abs() < 4.5 * error, "{update:?}: {mean} ± {error}, {exact}");
    }
}

impl Agents<'_> {
    /// An event whose child is of the other type if it `mutates`.
    fn mutating_event(&mut self, update: Update, mutates: bool) {
        let all: Vec<usize> = (0..self.types.len()).collect();
        match update {
            Update::PairwiseComparison { .. } => self.event(Rule::Update(update)),
            Update::BirthDeath(fitness) => {
                let (child, parent) = (self.any(&all), self.drawn(&all, fitness));
                self.types[child] = if mutates { 1 - self.types[parent] } else { self.types[parent] };
            }
            Update::DeathBirth(fitness) => {
                let dead = self.any(&all);
                let parent = self.drawn(&self.neighbours[dead].clone(), fitness);
                self.types[dead] = if mutates { 1 - self.types[parent] } else { self.types[parent] };
            }
        }
    }
}
