//! What agents have inherited: types, lives and parents, and what is to be written down of them.

use super::AgentId;
use bevy_ecs::prelude::{Entity, Resource};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What the founders of a run are made of: one entity for every founding type, with the heritable traits that its
/// agents begin with. It plays nothing, and never changes.
#[derive(Resource, Clone, Debug, Default)]
pub struct Prototypes {
    /// By founding type, which are numbered in the order of the populations that bring them.
    pub entities: Vec<Entity>,
    /// Their names.
    pub names: Vec<Arc<str>>,
    /// The first founding type with the same strategy, by founding type; 0 for all where strategies are not inherited.
    pub strategies: Vec<u32>,
    /// The names of these strategies, by founding type.
    pub strategy_names: Vec<Arc<str>>,
    /// The founding type of every population, by population.
    pub of_population: Vec<u32>,
}

/// The traits in which agents of a type are equal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Type {
    /// The founding type that it descends from, whose traits it has except for those in `numbers`.
    pub base: u32,
    /// The traits that mutation has changed: for each mutable trait of the scenario, in its order, the numbers that
    /// stand in place of the base's; empty where nothing has changed.
    pub numbers: Vec<Vec<f64>>,
    /// Number of agents of this type.
    pub count: u64,
}

/// The types and lives of all agents. A life begins with a birth or a mutation and has a number of its own.
#[derive(Resource, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Lineages {
    /// The type of every agent, by agent.
    pub types: Vec<u32>,
    /// The life of every agent, by agent. Numbers are never given twice.
    pub lives: Vec<u64>,
    /// The life that it descends from; `None` for founders.
    pub parents: Vec<Option<u64>>,
    /// The tick at whose end its life began; `None` for founders.
    pub born: Vec<Option<u32>>,
    /// The number of the next life.
    pub next_life: u64,
    /// Every type that is a founding one or has an agent, by number.
    pub known: BTreeMap<u32, Type>,
    /// The number of the next type.
    pub next_type: u32,
}

impl Lineages {
    /// The life of founders: agents whose founding types, by agent, are `types`, of the first `founding` types.
    pub fn founded(types: Vec<u32>, founding: u32) -> Self {
        let mut known: BTreeMap<u32, Type> =
            (0..founding).map(|base| (base, Type { base, numbers: Vec::new(), count: 0 })).collect();
        for number in &types {
            if let Some(known) = known.get_mut(number) {
                known.count += 1;
            }
        }
        let agents = types.len();
        Self {
            types,
            lives: (0..agents as u64).collect(),
            parents: vec![None; agents],
            born: vec![None; agents],
            next_life: agents as u64,
            known,
            next_type: founding,
        }
    }

    /// The type that all agents have; `None` if they have several.
    pub fn fixed(&self) -> Option<u32> {
        let agents = self.types.len() as u64;
        self.known.iter().find(|(_, known)| known.count == agents).map(|(number, _)| *number)
    }
}

/// Names of the types that agents have, by number.
#[derive(Resource, Clone, Debug, Default)]
pub struct TypeNames(pub BTreeMap<u32, Arc<str>>);

/// What a new life comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// It took over its parent's traits.
    Birth,
    /// It took over its parent's traits, and they changed.
    Mutation,
    /// It was put in its place by the scenario.
    Invasion,
}

impl Origin {
    /// The word in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Birth => "birth",
            Self::Mutation => "mutation",
            Self::Invasion => "invasion",
        }
    }
}

/// A new life, for `genealogy.csv`.
#[derive(Clone, Debug, PartialEq)]
pub struct BirthRow {
    /// The tick at whose end, or for invasions before which, it began.
    pub tick: u32,
    /// The agent that lives it.
    pub agent: AgentId,
    /// Its number.
    pub child: u64,
    /// The life that it descends from; `None` for an invader.
    pub parent: Option<u64>,
    /// The life whose adapter it has a half of; `None` without crossover.
    pub second_parent: Option<u64>,
    /// Name of its type.
    pub name: Arc<str>,
    /// What it comes from.
    pub origin: Origin,
}

/// How a type did in a generation, for `types.csv`.
#[derive(Clone, Debug, PartialEq)]
pub struct TypeRow {
    /// The last tick of the generation; for what the run leaves behind, the number of ticks played.
    pub tick: u32,
    /// Name of the type.
    pub name: Arc<str>,
    /// Number of agents.
    pub count: u64,
    /// Share of all agents.
    pub frequency: f64,
    /// Their mean fitness; NaN for what the run leaves behind, which has not played.
    pub fitness: f64,
    /// Probabilities of cooperating at the start and after CC, CD, DC and DD; empty if strategies are not inherited, or
    /// the type's is no memory-one strategy.
    pub strategy: Vec<f64>,
    /// The inherited weights, in the order of the scenario.
    pub weights: Vec<f64>,
}

/// What evolution did in this tick, until it is written down.
#[derive(Resource, Clone, Debug, Default)]
pub struct Chronicle {
    /// Types at the ends of generations.
    pub types: Vec<TypeRow>,
    /// New lives, in order.
    pub births: Vec<BirthRow>,
    /// Whether new lives are wanted.
    pub keeps_births: bool,
    /// Whether the run is over because one type has all agents.
    pub is_over: bool,
}
