//! Who meets whom: what a matchmaker is, and what it knows of the agents.

use super::{AgentId, Graph};
use crate::fault::Fault;
use crate::rng::Stream;
use bevy_ecs::prelude::Resource;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::sync::Arc;

/// The agents that play in a tick, by population.
#[derive(Clone, Debug, Default)]
pub struct People<'a> {
    /// The number of each population, by its name.
    numbers: BTreeMap<&'a str, usize>,
    members: Vec<Vec<AgentId>>,
    all: Vec<AgentId>,
    /// The population of each agent, in the order of `all`.
    populations: Vec<u32>,
    /// Who is next to whom, if that is known.
    interaction: Option<&'a Graph>,
    /// The type of every agent, if agents inherit from each other.
    types: Option<&'a [u32]>,
}

impl<'a> People<'a> {
    /// The agents in `seated`, each with the index of its population in `names`.
    pub fn new(names: &'a [String], seated: impl Iterator<Item = (AgentId, usize)>) -> Self {
        let mut seated: Vec<_> = seated.collect();
        seated.sort();
        let mut members = vec![Vec::new(); names.len()];
        for &(agent, population) in &seated {
            members[population].push(agent);
        }
        let numbers = names.iter().enumerate().map(|(number, name)| (name.as_str(), number)).collect();
        let populations = seated.iter().map(|(_, population)| *population as u32).collect();
        let all = seated.into_iter().map(|(agent, _)| agent).collect();
        Self { numbers, members, all, populations, interaction: None, types: None }
    }

    /// The same agents, next to each other as in `graph`.
    pub fn beside(self, graph: &'a Graph) -> Self {
        Self { interaction: Some(graph), ..self }
    }

    /// The same agents, of these types, by agent.
    pub fn of_types(self, types: &'a [u32]) -> Self {
        Self { types: Some(types), ..self }
    }

    /// Who is next to whom; `None` if the scenario has no structure.
    pub fn interaction(&self) -> Option<&'a Graph> {
        self.interaction
    }

    /// The type of an agent: what it has inherited, or its population where agents do not inherit.
    ///
    /// # Panics
    /// If there is no such agent.
    pub fn type_of(&self, agent: AgentId) -> u32 {
        match self.types {
            Some(types) => types[agent.index()],
            None => self.populations[self.all.partition_point(|other| *other < agent)],
        }
    }

    /// Whether an agent plays in this tick.
    pub fn includes(&self, agent: AgentId) -> bool {
        self.all.binary_search(&agent).is_ok()
    }

    /// Every agent, ascending.
    pub fn all(&self) -> &[AgentId] {
        &self.all
    }

    /// The members of the population called `name`, ascending; empty if there is no such population.
    pub fn members(&self, name: &str) -> &[AgentId] {
        self.numbers.get(name).map_or(&[], |&number| &self.members[number])
    }
}

/// How many members every population has, before any of them exist.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sizes {
    populations: Vec<(String, u64)>,
    /// The number of each population, by its name.
    numbers: BTreeMap<String, usize>,
    /// Pairs of agents that are next to each other, if the scenario has a structure.
    edges: Option<u64>,
}

impl Sizes {
    /// Populations by name and number of members, in the order of the scenario.
    pub fn new(populations: impl IntoIterator<Item = (String, u64)>) -> Self {
        let populations: Vec<(String, u64)> = populations.into_iter().collect();
        let numbers = populations.iter().enumerate().map(|(number, (name, _))| (name.clone(), number)).collect();
        Self { populations, numbers, edges: None }
    }

    /// The same populations, in a structure with this many pairs of neighbours, or this many at most.
    pub fn with_edges(self, edges: u64) -> Self {
        Self { edges: Some(edges), ..self }
    }

    /// Pairs of agents that are next to each other, or the most there can be; `None` if there is no structure.
    pub fn edges(&self) -> Option<u64> {
        self.edges
    }

    /// Agents of all populations; saturates.
    pub fn agents(&self) -> u64 {
        self.populations.iter().map(|(_, count)| *count).fold(0, u64::saturating_add)
    }

    /// Number of populations.
    pub fn populations(&self) -> usize {
        self.populations.len()
    }

    /// The name of population number `index`.
    pub fn name(&self, index: usize) -> &str {
        &self.populations[index].0
    }

    /// Members of population number `index`.
    pub fn members(&self, index: usize) -> u64 {
        self.populations[index].1
    }

    /// Members of the population called `name`; 0 if there is no such population.
    pub fn of(&self, name: &str) -> u64 {
        self.number(name).map_or(0, |number| self.populations[number].1)
    }

    /// The number of the population called `name`; `None` if there is no such population.
    pub fn number(&self, name: &str) -> Option<usize> {
        self.numbers.get(name).copied()
    }
}

/// A rule for who meets whom in a tick.
pub trait Matchmaker: Debug + Send + Sync {
    /// The matches of a tick as a flat list: match `m` seats `pairing[m * seats .. (m + 1) * seats]`, in seat order.
    /// The order of matches and seats is part of the result. `rng` is the stream of the tick; nothing else is random.
    fn pair(&self, people: &People, seats: usize, rng: &mut Stream) -> Vec<AgentId>;

    /// How many matches [`Matchmaker::pair`] makes of populations of these sizes, or the most it makes; memory is
    /// planned by this number. Saturates instead of overflowing.
    fn matches(&self, sizes: &Sizes, seats: u64) -> u64;

    /// What the dry run says of it, in a few words.
    fn summary(&self) -> String;

    /// How many seats a member of population number `population` takes in a tick, on average.
    fn seats_of(&self, sizes: &Sizes, seats: u64, population: usize) -> f64 {
        let _ = population;
        self.matches(sizes, seats).saturating_mul(seats) as f64 / sizes.agents().max(1) as f64
    }

    /// The populations whose members a member of population number `own` may meet, by number.
    fn met_by(&self, sizes: &Sizes, own: usize) -> BTreeSet<usize> {
        (0..sizes.populations()).filter(|&other| other != own || sizes.members(own) > 1).collect()
    }

    /// The noun, in the plural, for what cannot fill more than two seats; `None` if it makes matches of any size.
    /// Agents that pick a partner fill two, whatever this says.
    fn seats_two(&self) -> Option<&'static str> {
        None
    }

    /// The populations it names, each with the place of the name below the rule's word: `[0][1]`.
    fn names(&self) -> Vec<(String, &str)> {
        Vec::new()
    }

    /// What is wrong with it for populations of these sizes. Names that no population has are reported beforehand.
    fn faults(&self, sizes: &Sizes) -> Vec<Fault> {
        let _ = sizes;
        Vec::new()
    }

    /// Whether matches are drawn from all agents, so that a match needs as many agents as it has seats.
    fn draws_from_all(&self) -> bool {
        true
    }

    /// Whether no agent ever has more than one match in a tick, as matches played one by one require.
    ///
    /// # Errors
    /// With what gives an agent more than one.
    fn seats_each_once(&self) -> Result<(), Vec<Fault>> {
        Err(vec![Fault::new("", "matches played one by one seat everyone once", "")])
    }

    /// Whether agents pick their partners themselves; [`Matchmaker::pair`] is then not called. Only the matchmaker of
    /// this crate may say so: agents are made choosers, and prompted, by its name in the scenario.
    fn is_by_choice(&self) -> bool {
        false
    }

    /// Whether who meets whom depends on [`People::interaction`].
    fn heeds_structure(&self) -> bool {
        false
    }

    /// See [`Rules::second_judged_by_own_move`](super::Rules::second_judged_by_own_move).
    fn second_judged_by_own_move(&self) -> bool {
        false
    }
}

/// The matchmaker of the run.
#[derive(Resource, Clone, Debug)]
pub struct Matchmaking(pub Arc<dyn Matchmaker>);
