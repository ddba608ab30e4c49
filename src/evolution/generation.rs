//! Carries out the events of a generation on types and lives: pure functions, without a world.

use super::mutation::MutationSpec;
use crate::rng::{Purpose, StreamKey, stream};
use crate::world::{AgentId, BirthRow, Event, Heritage, Lineages, Origin, Type};
use rand::RngExt;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;

/// Place of the strategy, and of the weights, among the mutable traits of a type.
pub(super) const STRATEGY: usize = 0;
pub(super) const WEIGHTS: usize = 1;

/// The rounds that stand for other kinds of draws in the keys of evolution's streams; selection has round 0.
const MUTATION: u32 = 1;
pub(super) const INVASION: u32 = 2;
pub(super) const MIGRATION: u32 = 3;
/// Whether an adapter mutates, its noise, and whether it is mixed with another.
const ADAPTER: u32 = 4;
pub(super) const NOISE: u32 = 5;
const CROSSOVER: u32 = 6;

/// What the founding types are made of, as far as mutation is concerned.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Founders {
    /// Their names.
    pub names: Vec<Arc<str>>,
    /// The first founding type with the same strategy, by founding type.
    pub strategies: Vec<u32>,
    /// The names of these strategies, by founding type.
    pub strategy_names: Vec<Arc<str>>,
    /// The numbers of their mutable traits; `None` where a type has no such trait.
    pub numbers: Vec<[Option<Vec<f64>>; 2]>,
    /// Names of the terms whose weights are inherited.
    pub terms: Vec<String>,
}

impl Founders {
    /// The numbers of a trait of a type; `None` if it has none.
    pub(super) fn numbers_of<'a>(&'a self, known: &'a Type, number: usize) -> Option<&'a [f64]> {
        match known.numbers.get(number) {
            Some(changed) if !changed.is_empty() => Some(changed),
            _ => self.numbers[known.base as usize][number].as_deref(),
        }
    }

    /// The name of a type: that of the founding type, or what mutation has made of it.
    pub(super) fn name_of(&self, known: &Type) -> Arc<str> {
        if known.numbers.iter().all(Vec::is_empty) {
            return self.names[known.base as usize].clone();
        }
        let mut name = match &*known.numbers[STRATEGY] {
            [] => self.strategy_names[known.base as usize].to_string(),
            probabilities => format!("memory_one:{}", listed(probabilities)),
        };
        for (term, weight) in self.terms.iter().zip(&known.numbers[WEIGHTS]) {
            // A text cannot fail to be written to.
            let _ = write!(name, " {term}={weight}");
        }
        name.into()
    }

    /// The type of an agent with these traits in its plainest form, so that agents with equal traits are of one type: a
    /// founding type, if one has them.
    fn plain(&self, base: u32, mut numbers: [Vec<f64>; 2]) -> (u32, Vec<Vec<f64>>) {
        let own = |base: u32, number: usize| self.numbers[base as usize][number].as_deref().unwrap_or(&[]);
        if !numbers[STRATEGY].is_empty() && numbers[STRATEGY] != own(base, STRATEGY) {
            // By its probabilities alone, whichever memory-one strategy it descends from.
            if numbers[WEIGHTS].is_empty() {
                numbers[WEIGHTS] = own(base, WEIGHTS).to_vec();
            }
            let is_the_same = |other: u32| (0..2).all(|number| own(other, number) == numbers[number]);
            let founding = 0..self.numbers.len() as u32;
            if let Some(founder) = founding.clone().find(|other| is_the_same(*other)) {
                return (founder, Vec::new());
            }
            let first = founding.clone().find(|other| !own(*other, STRATEGY).is_empty());
            return (first.unwrap_or(base), numbers.into());
        }
        numbers[STRATEGY] = Vec::new();
        if numbers[WEIGHTS].is_empty() {
            return (base, Vec::new());
        }
        let strategy = self.strategies[base as usize];
        let founding = 0..self.numbers.len() as u32;
        let mut alike = founding.filter(|&other| self.strategies[other as usize] == strategy);
        match alike.find(|&other| own(other, WEIGHTS) == numbers[WEIGHTS]) {
            Some(founder) => (founder, Vec::new()),
            None => (strategy, numbers.into()),
        }
    }
}

/// Numbers with strokes between them.
fn listed(numbers: &[f64]) -> String {
    numbers.iter().map(f64::to_string).collect::<Vec<_>>().join("/")
}

/// Types as they are looked up: by base and by the bits of their numbers.
type Key = (u32, Vec<Vec<u64>>);

fn key(base: u32, numbers: &[Vec<f64>]) -> Key {
    (base, numbers.iter().map(|numbers| numbers.iter().map(|number| number.to_bits()).collect()).collect())
}

/// A generation that is ending.
pub(super) struct Generation<'a> {
    pub lineages: &'a mut Lineages,
    pub founders: &'a Founders,
    pub mutation: &'a MutationSpec,
    /// Probability that a child has the mean of two adapters.
    pub crossover: f64,
    /// Who never changes, by agent.
    pub is_committed: &'a [bool],
    pub tick: u32,
    pub seed: u64,
    /// Where new lives are written down, if they are wanted.
    pub births: Option<&'a mut Vec<BirthRow>>,
    numbers: BTreeMap<Key, u32>,
    names: BTreeMap<u32, Arc<str>>,
}

/// An agent that begins a new life, and whose learning it may go on with. They are listed in the order of events; where
/// events happen one after another, its parents are as those before it have left them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Newborn {
    pub agent: u32,
    pub parent: u32,
    /// Whether the adapter of the agent in whose place it is born is mixed with its parent's.
    pub is_crossed: bool,
    /// The number of the event, if its adapter mutates.
    pub mutates_in: Option<u32>,
}

impl<'a> Generation<'a> {
    pub(super) fn new(
        lineages: &'a mut Lineages,
        founders: &'a Founders,
        (mutation, crossover): (&'a MutationSpec, f64),
        is_committed: &'a [bool],
        (tick, seed): (u32, u64),
        births: Option<&'a mut Vec<BirthRow>>,
    ) -> Self {
        let mutated = lineages.known.iter().filter(|(_, known)| !known.numbers.is_empty());
        let numbers = mutated.map(|(number, known)| (key(known.base, &known.numbers), *number)).collect();
        let names = BTreeMap::new();
        Self { lineages, founders, mutation, crossover, is_committed, tick, seed, births, numbers, names }
    }

    /// Carries out `events`, one after another or `at_once`, and returns who began a new life.
    pub(super) fn carry_out(&mut self, events: &[Event], at_once: bool) -> Vec<Newborn> {
        let mut newborns = Vec::new();
        let before = at_once.then(|| (self.lineages.types.clone(), self.lineages.lives.clone()));
        let may_mutate = self.mutation.is_any();
        for (number, event) in (0u32..).zip(events) {
            let agent = event.agent();
            if self.is_committed[agent.index()] {
                continue;
            }
            let (parent, is_birth) = match *event {
                Event::Birth { parent, .. } => (parent, true),
                Event::Stay(agent) => (agent, false),
            };
            let (types, lives) = match &before {
                Some((types, lives)) => (types, lives),
                None => (&self.lineages.types, &self.lineages.lives),
            };
            let (inherited, life, replaced) = (types[parent.index()], lives[parent.index()], lives[agent.index()]);
            let mutant = if may_mutate { self.mutant(agent, number, inherited) } else { None };
            let rate = self.mutation.adapter.map_or(0.0, |adapter| adapter.rate);
            let mutates_in = self.happens(ADAPTER, agent, number, rate).then_some(number);
            let is_mutant = mutant.is_some() || mutates_in.is_some();
            if !is_birth && !is_mutant {
                continue;
            }
            let is_crossed = parent != agent && self.happens(CROSSOVER, agent, number, self.crossover);
            newborns.push(Newborn { agent: agent.0, parent: parent.0, is_crossed, mutates_in });
            let origin = if is_mutant { Origin::Mutation } else { Origin::Birth };
            let parents = [Some(life), is_crossed.then_some(replaced)];
            self.begin(agent, mutant.unwrap_or(inherited), parents, origin);
        }
        self.forget_the_extinct();
        newborns
    }

    /// Whether what has this probability happens to `agent` in the event of this number.
    fn happens(&self, what: u32, agent: AgentId, event: u32, probability: f64) -> bool {
        let key = StreamKey { agent: agent.0, tick: self.tick, seat: event, round: what };
        probability > 0.0 && stream(self.seed, Purpose::Evolution, key).random::<f64>() < probability
    }

    /// Begins a new life of `agent`, of a known type, which descends from these lives.
    pub(super) fn begin(&mut self, agent: AgentId, new: u32, parents: [Option<u64>; 2], origin: Origin) {
        let [parent, second_parent] = parents;
        let place = agent.index();
        let old = std::mem::replace(&mut self.lineages.types[place], new);
        if old != new {
            if let Some(known) = self.lineages.known.get_mut(&old) {
                known.count -= 1;
            }
            if let Some(known) = self.lineages.known.get_mut(&new) {
                known.count += 1;
            }
        }
        let child = self.lineages.next_life;
        self.lineages.next_life += 1;
        self.lineages.lives[place] = child;
        self.lineages.parents[place] = parent;
        self.lineages.born[place] = Some(self.tick);
        if self.births.is_some() {
            let (tick, name) = (self.tick, self.name(new));
            if let Some(births) = &mut self.births {
                births.push(BirthRow { tick, agent, child, parent, second_parent, name, origin });
            }
        }
    }

    fn name(&mut self, number: u32) -> Arc<str> {
        if let Some(name) = self.names.get(&number) {
            return name.clone();
        }
        let name = self.founders.name_of(&self.lineages.known[&number]);
        self.names.insert(number, name.clone());
        name
    }

    /// The type that a child of the type `inherited` mutates into, in the event of this number that changes `agent`;
    /// `None` if it stays what it inherited.
    fn mutant(&mut self, agent: AgentId, event: u32, inherited: u32) -> Option<u32> {
        let key = StreamKey { agent: agent.0, tick: self.tick, seat: event, round: MUTATION };
        let rng = &mut stream(self.seed, Purpose::Evolution, key);
        let (founders, mutation) = (self.founders, self.mutation);
        let mut base = self.lineages.known[&inherited].base;
        let mut changed: Option<[Vec<f64>; 2]> = None;
        let own = |known: &Type| [0, 1].map(|number| known.numbers.get(number).cloned().unwrap_or_default());
        if let Some(types) = &mutation.types
            && let Some(other) = types.child(base, founders.names.len() as u32, rng)
        {
            base = other;
            changed = Some(Default::default());
        }
        let now = |changed: &Option<[Vec<f64>; 2]>, base: u32, number: usize, known: &Type| match changed {
            None => founders.numbers_of(known, number).map(<[f64]>::to_vec),
            Some(numbers) if !numbers[number].is_empty() => Some(numbers[number].clone()),
            Some(_) => founders.numbers[base as usize][number].clone(),
        };
        let known = &self.lineages.known[&inherited];
        if let Some(gaussian) = &mutation.strategy
            && let Some(probabilities) = now(&changed, base, STRATEGY, known)
            && let Some(mutated) = gaussian.child(&probabilities, rng)
        {
            changed.get_or_insert_with(|| own(known))[STRATEGY] = mutated;
        }
        if let Some(weights) = &mutation.weights
            && let Some(current) = now(&changed, base, WEIGHTS, known)
            && let Some(mutated) = weights.child(&current, rng)
        {
            changed.get_or_insert_with(|| own(known))[WEIGHTS] = mutated;
        }
        let (base, numbers) = founders.plain(base, changed?);
        let found = self.number_of(base, numbers);
        (found != inherited).then_some(found)
    }

    /// The number of the type with these traits, which becomes known if it is not.
    fn number_of(&mut self, base: u32, numbers: Vec<Vec<f64>>) -> u32 {
        if numbers.is_empty() {
            // Founding types have the first numbers.
            return base;
        }
        let next = self.lineages.next_type;
        let number = *self.numbers.entry(key(base, &numbers)).or_insert(next);
        if number == next {
            self.lineages.next_type += 1;
        }
        self.lineages.known.entry(number).or_insert(Type { base, numbers, count: 0 });
        number
    }

    /// Forgets types that no agent has, founding ones excepted.
    fn forget_the_extinct(&mut self) {
        self.lineages.known.retain(|_, known| known.count > 0 || known.numbers.is_empty());
    }
}

/// The name under which the heritage knows a mutable trait.
pub(super) const fn strategy_name() -> &'static str {
    Heritage::STRATEGY
}

#[cfg(test)]
mod tests {
    use super::super::mutation::{AdapterMutation, Gaussian, TypeMutation};
    use super::*;
    use std::collections::BTreeSet;

    /// Two memory-one founders and one of another kind.
    fn founders() -> Founders {
        let probabilities = |p: [f64; 5]| [Some(p.to_vec()), None];
        Founders {
            names: ["kind", "mean", "odd"].map(Arc::from).into(),
            strategies: vec![0, 1, 2],
            strategy_names: ["kind", "mean", "odd"].map(Arc::from).into(),
            numbers: vec![probabilities([1.0; 5]), probabilities([0.0; 5]), [None, None]],
            terms: Vec::new(),
        }
    }

    fn birth(child: u32, parent: u32) -> Event {
        Event::Birth { child: AgentId(child), parent: AgentId(parent) }
    }

    /// What becomes of five agents of types 0, 1, 1, 2, 2.
    fn after(events: &[Event], at_once: bool, mutation: &MutationSpec) -> (Lineages, Vec<Newborn>, Vec<BirthRow>) {
        crossed(events, at_once, mutation, 0.0)
    }

    fn crossed(
        events: &[Event],
        at_once: bool,
        mutation: &MutationSpec,
        crossover: f64,
    ) -> (Lineages, Vec<Newborn>, Vec<BirthRow>) {
        let mut lineages = Lineages::founded(vec![0, 1, 1, 2, 2], 3);
        let (founders, mut births) = (founders(), Vec::new());
        let is_committed = [false, false, false, false, true];
        let mut generation =
            Generation::new(&mut lineages, &founders, (mutation, crossover), &is_committed, (3, 1), Some(&mut births));
        let newborns = generation.carry_out(events, at_once);
        (lineages, newborns, births)
    }

    #[test]
    fn births_follow_each_other_or_happen_at_once() {
        let events = [birth(1, 0), birth(2, 1), birth(4, 0), birth(0, 3)];
        let (one_by_one, newborns, births) = after(&events, false, &MutationSpec::default());
        assert_eq!(one_by_one.types, [2, 0, 0, 2, 2], "the committed agent stays");
        assert_eq!((one_by_one.lives, one_by_one.next_life), (vec![7, 5, 6, 3, 4], 8));
        assert_eq!(one_by_one.parents, [Some(3), Some(0), Some(5), None, None]);
        let plain = |agent, parent| Newborn { agent, parent, is_crossed: false, mutates_in: None };
        assert_eq!(newborns, [plain(1, 0), plain(2, 1), plain(0, 3)]);
        assert_eq!(
            births.iter().map(|birth| (birth.child, birth.parent)).collect::<Vec<_>>(),
            [(5, Some(0)), (6, Some(5)), (7, Some(3))]
        );
        assert_eq!(one_by_one.known.values().map(|known| known.count).collect::<Vec<_>>(), [2, 0, 3]);
        let (at_once, newborns, _) = after(&events, true, &MutationSpec::default());
        assert_eq!((at_once.types, newborns[1]), (vec![2, 0, 1, 2, 2], plain(2, 1)));
        assert_eq!(at_once.parents, [Some(3), Some(0), Some(1), None, None]);
    }

    #[test]
    fn an_agent_that_stays_may_mutate_and_equals_are_of_one_type() {
        let always = MutationSpec { types: Some(TypeMutation::Uniform(1.0)), ..MutationSpec::default() };
        let (lineages, _, births) = after(&[Event::Stay(AgentId(0)), Event::Stay(AgentId(4))], false, &always);
        assert_ne!(lineages.types[0], 0);
        assert_eq!((births.len(), births[0].origin), (1, Origin::Mutation));
        // Noise so great that every probability is 0 or 1: some mutants are founders again, and equals share a type.
        let gaussian = Some(Gaussian { rate: 1.0, deviation: 1e6 });
        let noisy = MutationSpec { strategy: gaussian, ..MutationSpec::default() };
        let events: Vec<Event> = (0..400).map(|number| birth(number % 3, 0)).collect();
        let (lineages, ..) = after(&events, false, &noisy);
        let numbers: Vec<_> = lineages.known.values().filter(|known| !known.numbers.is_empty()).collect();
        assert!(numbers.iter().all(|known| known.base == 0 && known.count > 0));
        let different: BTreeSet<Key> = numbers.iter().map(|known| key(known.base, &known.numbers)).collect();
        assert_eq!(different.len(), numbers.len(), "equals are of one type");
        assert_eq!(lineages.known.values().map(|known| known.count).sum::<u64>(), 5);
        // A strategy without probabilities is left alone.
        let (same, ..) = after(&[birth(3, 3)], false, &noisy);
        assert_eq!(same.types, [0, 1, 1, 2, 2]);
    }

    #[test]
    fn a_child_of_two_has_the_life_in_its_place_as_second_parent() {
        let events = [birth(1, 0), birth(2, 1), birth(1, 3), birth(3, 3)];
        let (_, newborns, births) = crossed(&events, false, &MutationSpec::default(), 1.0);
        assert_eq!(newborns.iter().map(|born| born.is_crossed).collect::<Vec<_>>(), [true, true, true, false]);
        let parents = |births: &[BirthRow]| -> Vec<_> {
            births.iter().map(|birth| (birth.child, birth.parent, birth.second_parent)).collect()
        };
        let expected = [(5, Some(0), Some(1)), (6, Some(5), Some(2)), (7, Some(3), Some(5)), (8, Some(3), None)];
        assert_eq!(parents(&births), expected);
        let (.., births) = crossed(&events, true, &MutationSpec::default(), 1.0);
        let expected = [(5, Some(0), Some(1)), (6, Some(1), Some(2)), (7, Some(3), Some(1)), (8, Some(3), None)];
        assert_eq!(parents(&births), expected);
        // About half of many.
        let events: Vec<Event> = (0..1000).map(|number| birth(number % 3, 3)).collect();
        let (_, newborns, _) = crossed(&events, true, &MutationSpec::default(), 0.5);
        let count = newborns.iter().filter(|born| born.is_crossed).count();
        assert!(count.abs_diff(500) < 80, "{count}: five standard deviations");
    }

    #[test]
    fn an_agent_that_stays_begins_a_new_life_if_its_adapter_mutates() {
        let adapter = Some(AdapterMutation { rate: 1.0, deviation: 0.1, rotation: 0.0 });
        let mutation = MutationSpec { adapter, ..MutationSpec::default() };
        let (lineages, newborns, births) = after(&[Event::Stay(AgentId(1)), birth(2, 0)], false, &mutation);
        assert_eq!(newborns.iter().map(|born| born.mutates_in).collect::<Vec<_>>(), [Some(0), Some(1)]);
        assert_eq!((lineages.types, births[0].parent), (vec![0, 1, 0, 2, 2], Some(1)), "types are not about adapters");
        assert!(births.iter().all(|birth| birth.origin == Origin::Mutation));
    }

    #[test]
    fn agents_of_equal_weights_are_of_one_type_whatever_they_descend_from() {
        // Two founders that differ in weights alone, and one with another strategy.
        let weights = |w: [f64; 2]| [None, Some(w.to_vec())];
        let founders = Founders {
            names: ["selfish", "moral", "odd"].map(Arc::from).into(),
            strategies: vec![0, 0, 2],
            strategy_names: ["q", "q", "odd"].map(Arc::from).into(),
            numbers: vec![weights([1.0, 0.0]), weights([0.0, 1.0]), weights([0.0, 1.0])],
            terms: vec!["payoff".into(), "altruist".into()],
        };
        let plain = |base: u32, w: [f64; 2]| founders.plain(base, [Vec::new(), w.to_vec()]);
        assert_eq!(plain(0, [0.0, 1.0]), (1, Vec::new()), "a founding type again");
        assert_eq!(plain(1, [0.5, 0.5]), plain(0, [0.5, 0.5]));
        assert_ne!(plain(2, [0.5, 0.5]), plain(0, [0.5, 0.5]));
        let mutant = Type { base: 0, numbers: plain(1, [0.5, 0.5]).1, count: 1 };
        assert_eq!(&*founders.name_of(&mutant), "q payoff=0.5 altruist=0.5");
    }

    #[test]
    fn mutants_are_told_by_their_numbers() {
        let founders = Founders { terms: vec!["payoff".into(), "envy".into()], ..founders() };
        let mutant = |numbers: [&[f64]; 2]| Type { base: 1, numbers: numbers.map(<[f64]>::to_vec).into(), count: 1 };
        let name = |known: &Type| founders.name_of(known).to_string();
        assert_eq!(name(&mutant([&[1.0, 0.5, 0.0, 1.0, 0.123], &[]])), "memory_one:1/0.5/0/1/0.123");
        assert_eq!(name(&mutant([&[], &[0.25, 0.75]])), "mean payoff=0.25 envy=0.75");
        assert_eq!(name(&Type { base: 2, numbers: Vec::new(), count: 0 }), "odd");
    }
}
