//! What plugins from outside offer to scenario files: games, matchmakers, reward terms, learners, update rules, norms
//! and policies under names of their own.

use super::{Matchmaker, Norm, Phase, UpdateRule};
use crate::games::Game;
use crate::learning::Learner;
use crate::params::Params;
use bevy_ecs::prelude::*;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::panic::Location;
use std::sync::Arc;

/// Makes a game from its parameters, or says what is wrong with them.
pub type GameFactory = dyn Fn(&Params) -> Result<Arc<dyn Game>, String> + Send + Sync;

/// Makes a matchmaker from its parameters, or says what is wrong with them.
pub type MatchmakerFactory = dyn Fn(&Params) -> Result<Arc<dyn Matchmaker>, String> + Send + Sync;

/// Gives an agent a reward term in force during the phase, or says what is wrong with the parameters.
pub type TermFactory = dyn Fn(&Params, Phase, &mut EntityWorldMut) -> Result<(), String> + Send + Sync;

/// Makes a learner for tables of a given number of prompts from its parameters, or says what is wrong with them.
pub type LearnerFactory = dyn Fn(&Params, usize) -> Result<Box<dyn Learner>, String> + Send + Sync;

/// Makes an update rule from its parameters, or says what is wrong with them.
pub type UpdateRuleFactory = dyn Fn(&Params) -> Result<Arc<dyn UpdateRule>, String> + Send + Sync;

/// Makes a norm of reputation from its parameters, or says what is wrong with them.
pub type NormFactory = dyn Fn(&Params) -> Result<Arc<dyn Norm>, String> + Send + Sync;

/// Gives an agent a policy, or says what is wrong with the parameters.
pub type PolicyFactory = dyn Fn(&Params, &mut EntityWorldMut) -> Result<(), String> + Send + Sync;

/// Whether parameters can be read, or what is wrong with them.
type Check = dyn Fn(&Params) -> Result<(), String> + Send + Sync;

/// One thing that a plugin offers.
pub struct Offer<F: ?Sized> {
    /// What it is, in a sentence or two, for `sim explain`.
    pub about: String,
    /// JSON Schema of its parameters.
    pub schema: Value,
    /// Whether parameters can be read, beyond what the schema says.
    check: Arc<Check>,
    /// Makes it.
    pub make: Arc<F>,
    /// Where in the sources it was added.
    added: &'static Location<'static>,
}

impl<F: ?Sized> Offer<F> {
    /// Whether these parameters can be read.
    ///
    /// # Errors
    /// With what is wrong.
    pub fn check(&self, params: &Params) -> Result<(), String> {
        (self.check)(params)
    }

    /// Where in the sources it was added.
    pub fn added(&self) -> &'static Location<'static> {
        self.added
    }
}

/// What is offered under `name`.
///
/// # Errors
/// With a sentence, if nothing is.
pub fn offered<'a, F: ?Sized>(offers: &'a Offers<F>, name: &str) -> Result<&'a Offer<F>, String> {
    offers.get(name).ok_or_else(|| format!("no plugin offers `{name}`"))
}

impl<F: ?Sized> Clone for Offer<F> {
    fn clone(&self) -> Self {
        let Self { about, schema, check, make, added } = self;
        Self { about: about.clone(), schema: schema.clone(), check: check.clone(), make: make.clone(), added }
    }
}

impl<F: ?Sized> fmt::Debug for Offer<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Offer({}, {})", self.about, self.added)
    }
}

/// Offers of one kind, by name.
pub type Offers<F> = BTreeMap<String, Offer<F>>;

/// Everything that `Custom(name: …)` may name in a scenario.
#[derive(Resource, Clone, Debug, Default)]
pub struct Factories {
    /// Games.
    pub games: Offers<GameFactory>,
    /// Matchmakers.
    pub matchmakers: Offers<MatchmakerFactory>,
    /// Reward terms.
    pub terms: Offers<TermFactory>,
    /// Learners for language models.
    pub learners: Offers<LearnerFactory>,
    /// Rules of evolution.
    pub update_rules: Offers<UpdateRuleFactory>,
    /// Norms of reputation.
    pub norms: Offers<NormFactory>,
    /// Policies, strategies among them.
    pub policies: Offers<PolicyFactory>,
    /// Policies whose agents can inherit from each other: strategies.
    pub heritable: BTreeSet<String>,
    /// Names that two plugins claim, and names that are not allowed, with their places in the sources.
    pub conflicts: Vec<String>,
}

impl Factories {
    /// Offers a game, which `make` makes from its parameters.
    #[track_caller]
    pub fn add_game<P, G>(
        &mut self,
        name: &str,
        about: &str,
        make: impl Fn(P) -> Result<G, String> + Send + Sync + 'static,
    ) where
        P: DeserializeOwned + JsonSchema,
        G: Game + 'static,
    {
        let make = move |params: &Params| Ok(Arc::new(make(read::<P>(params)?)?) as Arc<dyn Game>);
        let make: Arc<GameFactory> = Arc::new(make);
        let tried = make.clone();
        let offer = offer::<P, _>(about, Arc::new(move |params| tried(params).map(|_| ())), make);
        add(&mut self.games, &mut self.conflicts, "game", name, offer);
    }

    /// Offers a matchmaker, which `make` makes from its parameters.
    #[track_caller]
    pub fn add_matchmaker<P, M>(
        &mut self,
        name: &str,
        about: &str,
        make: impl Fn(P) -> Result<M, String> + Send + Sync + 'static,
    ) where
        P: DeserializeOwned + JsonSchema,
        M: Matchmaker + 'static,
    {
        let make = move |params: &Params| Ok(Arc::new(make(read::<P>(params)?)?) as Arc<dyn Matchmaker>);
        let make: Arc<MatchmakerFactory> = Arc::new(make);
        let tried = make.clone();
        let offer = offer::<P, _>(about, Arc::new(move |params| tried(params).map(|_| ())), make);
        add(&mut self.matchmakers, &mut self.conflicts, "matchmaker", name, offer);
    }

    /// Offers a reward term, which `give` gives to an agent for a phase.
    #[track_caller]
    pub fn add_term<P: DeserializeOwned + JsonSchema>(
        &mut self,
        name: &str,
        about: &str,
        give: impl Fn(P, Phase, &mut EntityWorldMut) -> Result<(), String> + Send + Sync + 'static,
    ) {
        let give: Arc<TermFactory> = Arc::new(move |params, phase, agent| give(read::<P>(params)?, phase, agent));
        let offer = offer::<P, _>(about, Arc::new(|params| read::<P>(params).map(|_| ())), give);
        add(&mut self.terms, &mut self.conflicts, "reward term", name, offer);
    }

    /// Offers a learner for language models, which `make` makes from its parameters and the number of prompts.
    #[track_caller]
    pub fn add_learner<P, L>(
        &mut self,
        name: &str,
        about: &str,
        make: impl Fn(P, usize) -> Result<L, String> + Send + Sync + 'static,
    ) where
        P: DeserializeOwned + JsonSchema,
        L: Learner + 'static,
    {
        let make =
            move |params: &Params, prompts: usize| Ok(Box::new(make(read::<P>(params)?, prompts)?) as Box<dyn Learner>);
        let make: Arc<LearnerFactory> = Arc::new(make);
        let tried = make.clone();
        let offer = offer::<P, _>(about, Arc::new(move |params| tried(params, 1).map(|_| ())), make);
        add(&mut self.learners, &mut self.conflicts, "learner", name, offer);
    }

    /// Offers an update rule, which `make` makes from its parameters.
    #[track_caller]
    pub fn add_update_rule<P, R>(
        &mut self,
        name: &str,
        about: &str,
        make: impl Fn(P) -> Result<R, String> + Send + Sync + 'static,
    ) where
        P: DeserializeOwned + JsonSchema,
        R: UpdateRule + 'static,
    {
        let make = move |params: &Params| Ok(Arc::new(make(read::<P>(params)?)?) as Arc<dyn UpdateRule>);
        let make: Arc<UpdateRuleFactory> = Arc::new(make);
        let tried = make.clone();
        let offer = offer::<P, _>(about, Arc::new(move |params| tried(params).map(|_| ())), make);
        add(&mut self.update_rules, &mut self.conflicts, "update rule", name, offer);
    }

    /// Offers a norm of reputation, which `make` makes from its parameters.
    #[track_caller]
    pub fn add_norm<P, N>(
        &mut self,
        name: &str,
        about: &str,
        make: impl Fn(P) -> Result<N, String> + Send + Sync + 'static,
    ) where
        P: DeserializeOwned + JsonSchema,
        N: Norm + 'static,
    {
        let make = move |params: &Params| Ok(Arc::new(make(read::<P>(params)?)?) as Arc<dyn Norm>);
        let make: Arc<NormFactory> = Arc::new(make);
        let tried = make.clone();
        let offer = offer::<P, _>(about, Arc::new(move |params| tried(params).map(|_| ())), make);
        add(&mut self.norms, &mut self.conflicts, "norm", name, offer);
    }

    /// Offers a policy, which `give` gives to an agent.
    #[track_caller]
    pub fn add_policy<P: DeserializeOwned + JsonSchema>(
        &mut self,
        name: &str,
        about: &str,
        give: impl Fn(P, &mut EntityWorldMut) -> Result<(), String> + Send + Sync + 'static,
    ) {
        let give: Arc<PolicyFactory> = Arc::new(move |params, agent| give(read::<P>(params)?, agent));
        let offer = offer::<P, _>(about, Arc::new(|params| read::<P>(params).map(|_| ())), give);
        add(&mut self.policies, &mut self.conflicts, "policy", name, offer);
    }

    /// The schema of the parameters of what is offered as `name` among offers of this `kind`: `games`, `matchmakers`,
    /// `terms`, `learners`, `update_rules`, `norms` or `policies`.
    pub fn schema(&self, kind: &str, name: &str) -> Option<&Value> {
        match kind {
            "games" => self.games.get(name).map(|offer| &offer.schema),
            "matchmakers" => self.matchmakers.get(name).map(|offer| &offer.schema),
            "terms" => self.terms.get(name).map(|offer| &offer.schema),
            "update_rules" => self.update_rules.get(name).map(|offer| &offer.schema),
            "norms" => self.norms.get(name).map(|offer| &offer.schema),
            "learners" => self.learners.get(name).map(|offer| &offer.schema),
            _ => self.policies.get(name).map(|offer| &offer.schema),
        }
    }

    /// Everything offered: kind, name, what it is, and the schema of its parameters.
    pub fn all(&self) -> impl Iterator<Item = (&'static str, &str, &str, &Value)> {
        fn list<'a, F: ?Sized>(
            kind: &'static str,
            offers: &'a Offers<F>,
        ) -> impl Iterator<Item = (&'static str, &'a str, &'a str, &'a Value)> {
            offers.iter().map(move |(name, offer)| (kind, &**name, &*offer.about, &offer.schema))
        }
        let rules = list("games", &self.games).chain(list("matchmakers", &self.matchmakers));
        let agents = list("terms", &self.terms).chain(list("learners", &self.learners));
        let between = list("update_rules", &self.update_rules).chain(list("norms", &self.norms));
        rules.chain(agents).chain(between).chain(list("policies", &self.policies))
    }
}

#[track_caller]
fn offer<P: JsonSchema, F: ?Sized>(about: &str, check: Arc<Check>, make: Arc<F>) -> Offer<F> {
    let schema = schemars::schema_for!(P).to_value();
    Offer { about: about.to_owned(), schema, check, make, added: Location::caller() }
}

fn read<P: DeserializeOwned>(params: &Params) -> Result<P, String> {
    P::deserialize(&params.0).map_err(|error| error.to_string())
}

/// Adds `offer`; an earlier offer of that name stays, and the conflict is noted.
fn add<F: ?Sized>(offers: &mut Offers<F>, conflicts: &mut Vec<String>, kind: &str, name: &str, offer: Offer<F>) {
    if let Some(earlier) = offers.get(name) {
        conflicts.push(format!(
            "two plugins offer a {kind} called `{name}`: one added at {}, the other at {}; rename one of them",
            earlier.added, offer.added
        ));
        return;
    }
    offers.insert(name.to_owned(), offer);
}
