//! From what sources hold to types: which populations are one, and what they are called.

use super::policies::{Policies, TABLE};
use super::rewards::Rewards;
use super::sources::{ReadAfter, Source, TrainedIn};
use super::types::{MetaType, Player, Replicate};
use crate::games::Action;
use crate::policies::scripted::automaton::STATES_MAX;
use crate::policies::scripted::{Automaton, AutomatonState, MatchFacts, Moves, Recall, Strategy, member_stream};
use crate::scenario::format::{PolicySpec, PopulationSpec, ScenarioSpec, StrategySpec};
use crate::world::Rules;
use std::collections::BTreeMap;

/// What is wrong with a strategy where types may look at nothing.
const LOOKS: &str = "looks at what was done before: in groups, and in games of more than two actions, types do the same in \
                     every round";
/// Most types.
const TYPES_MAX: usize = 200;
/// Most members of a population of scripts that are told apart.
const MEMBERS_MAX: u32 = 1000;

/// Collects types from sources.
pub(super) struct Types {
    with_counted: bool,
    /// Seeds strategies that are drawn at random.
    seed: u64,
    rules: Rules,
    /// Whether every action is a type.
    by_action: bool,
    found: Vec<MetaType>,
    /// By what a type is made of: its number. What trains is its scenario, what was varied and its population; what
    /// does not is its strategy.
    known: BTreeMap<[String; 3], usize>,
    /// The scenario that trained a type, but for the seed, by its number: what its replicates have in common.
    trained: BTreeMap<usize, ScenarioSpec>,
}

impl Types {
    /// Without any type yet.
    pub(super) fn none(with_counted: bool, seed: u64, rules: Rules, by_action: bool) -> Self {
        let (found, known, trained) = (Vec::new(), BTreeMap::new(), BTreeMap::new());
        Self { with_counted, seed, rules, by_action, found, known, trained }
    }

    /// Whether matches are of two players and two actions, where types may look at what was done.
    fn is_of_matches(&self) -> bool {
        self.rules.game.seats() == 2 && self.rules.game.actions().len() == 2
    }

    /// The types of all sources, in their order.
    pub(super) fn of(
        mut self,
        sources: &[Source],
        after: Option<ReadAfter>,
        notes: &mut Vec<String>,
    ) -> Result<Vec<MetaType>, String> {
        for source in sources {
            let mut policies = match &source.run {
                Some(run) => Policies::read(&run.folder)?,
                None => Policies::default(),
            };
            if let (Some(run), Some(read)) = (&source.run, after) {
                let read = read(&run.folder, &run.scenario).map_err(|problem| source.refuse(&problem))?;
                let kept = source.spec.populations.iter().filter(|population| policies.renew(population, &read));
                let kept: Vec<&str> = kept.map(|population| &*population.name).collect();
                if !kept.is_empty() {
                    notes.push(format!(
                        "{}: `{}` stay as the last tick was played: only language models that learned are read after it",
                        source.name,
                        kept.join("`, `")
                    ));
                }
            }
            for population in &source.spec.populations {
                self.add(source, population, &policies).map_err(|problem| source.refuse(&problem))?;
            }
        }
        if self.by_action {
            self.add_actions();
        }
        if after.is_some() {
            notes.push(
                "language models of runs that learned are read after their last update, from their adapters".into(),
            );
        }
        if self.found.len() < 2 {
            return Err("there is one type: expected two or more; add a run, another --strategy, or --actions".into());
        }
        if self.found.len() > TYPES_MAX {
            return Err(format!("{} types: expected at most {TYPES_MAX}", self.found.len()));
        }
        Ok(self.found)
    }

    /// Adds `population` of `source`: to the type that it belongs to, or as a type.
    fn add(&mut self, source: &Source, population: &PopulationSpec, policies: &Policies) -> Result<(), String> {
        match (&population.policy, &source.run) {
            (PolicySpec::Scripted(strategy), _) => self.add_strategy(source, population, strategy),
            (_, Some(run)) => self.add_trained(source, run, population, policies),
            _ => Err(format!(
                "`{}` is no scripted strategy; give the folder of a finished run of it instead",
                population.name
            )),
        }
    }

    /// Adds a population that plays `strategy`.
    fn add_strategy(
        &mut self,
        source: &Source,
        population: &PopulationSpec,
        strategy: &StrategySpec,
    ) -> Result<(), String> {
        let name = &population.name;
        let members = (0..population.count.min(MEMBERS_MAX)).map(|member| {
            let made = strategy.build(&MatchFacts::of(&self.rules), &mut member_stream(self.seed, member));
            let made = made.map_err(|fault| format!("`{name}`: {}", fault.message))?;
            if !self.is_of_matches() {
                return self.blind(made.as_ref()).map_err(|problem| format!("`{name}` {problem}"));
            }
            Ok(match made.automaton(STATES_MAX) {
                Some(automaton) => Player::Automaton(automaton),
                None => Player::Script(made),
            })
        });
        let mut members = members.collect::<Result<Vec<Player>, String>>()?;
        if members.windows(2).all(|two| is_same(&two[0], &two[1])) {
            members.truncate(1);
        }
        // A strategy of the command line has no name of its own.
        let name = if source.is_named() { name.as_str() } else { strategy.name() };
        let what = ["script".to_owned(), format!("{strategy:?}"), String::new()];
        if !self.known.contains_key(&what) {
            let of = MetaType::strategy(self.free_name(source, name, false), strategy.name().into(), members);
            self.known.insert(what, self.found.len());
            self.found.push(of);
        }
        Ok(())
    }

    /// `strategy` in groups, or in a game of more than two actions.
    fn blind(&self, strategy: &dyn Strategy) -> Result<Player, String> {
        let Some(moves) = Moves::of(self.rules.game.as_ref()) else {
            return Err(format!(
                "needs an action that cooperates and one that does not; `{}` has none",
                self.rules.game.name()
            ));
        };
        let chances = Recall::ALL.map(|recall| strategy.cooperation(recall));
        let [Some(p), ..] = chances else { return Err(LOOKS.into()) };
        if chances.iter().any(|chance| *chance != Some(p)) {
            return Err(LOOKS.into());
        }
        let mut chances = vec![0.0; self.rules.game.actions().len()];
        chances[usize::from(moves.cooperate)] = p;
        chances[usize::from(moves.defect)] = 1.0 - p;
        Ok(Player::Blind(chances))
    }

    /// Adds every action of the game as a type that always takes it.
    fn add_actions(&mut self) {
        let game = self.rules.game.clone();
        for (number, action) in game.actions().iter().enumerate() {
            let player = if self.is_of_matches() {
                let cooperation = f64::from(u8::from(game.cooperative(number as Action)));
                Player::Automaton(Automaton { states: vec![AutomatonState { cooperation, next: [0; 4] }] })
            } else {
                let is_taken = |other: usize| f64::from(u8::from(other == number));
                Player::Blind((0..game.actions().len()).map(is_taken).collect())
            };
            // A strategy that always takes it is there already.
            let is_it = |of: &MetaType| match &of.replicates[..] {
                [Replicate { members, .. }] => members.len() == 1 && is_same(&members[0], &player),
                _ => false,
            };
            if self.found.iter().any(is_it) {
                continue;
            }
            let name = self.unused(std::iter::once(action.clone()), action);
            self.found.push(MetaType::strategy(name, "action".into(), vec![player]));
        }
    }

    /// Adds a population of `run`.
    fn add_trained(
        &mut self,
        source: &Source,
        run: &TrainedIn,
        population: &PopulationSpec,
        policies: &Policies,
    ) -> Result<(), String> {
        let name = &population.name;
        if !self.is_of_matches() {
            return Err(format!(
                "`{name}` learned in a game of more than two players or two actions, and a run keeps too little of what it \
                 does there; types of such games are --actions, and strategies that look at nothing"
            ));
        }
        let TrainedIn { folder, varied, scenario, .. } = run;
        let agents = policies.of.get(name).map_or(&[][..], Vec::as_slice);
        if agents.is_empty() {
            return Err(format!("{TABLE} has no agent of `{name}`"));
        }
        let members =
            agents.iter().map(|agent| agent.player(&source.spec, self.with_counted)).collect::<Result<Vec<_>, _>>()?;
        let replicate = Replicate { source: folder.display().to_string(), seed: Some(source.spec.seed), members };
        let what = [source.spec.name.clone(), varied.clone(), name.clone()];
        let scenario = ScenarioSpec { seed: 0, ..scenario.clone() };
        if let Some(&number) = self.known.get(&what) {
            if self.trained.get(&number) != Some(&scenario) {
                return Err(format!(
                    "`{name}` was trained by another scenario of the same name, so it is no replicate; give one of the two \
                     another `name`, or leave it out"
                ));
            }
            let replicates = &mut self.found[number].replicates;
            if replicates.iter().any(|known| known.seed == replicate.seed) {
                return Err(format!("seed {} of `{name}` is there twice", source.spec.seed));
            }
            replicates.push(replicate);
            return Ok(());
        }
        let of = MetaType {
            name: self.free_name(source, name, true),
            policy: agents[0].word.clone(),
            replicates: vec![replicate],
            rewards: Some(Rewards::of(population, source.spec.ticks.saturating_sub(1), &source.rules)),
        };
        self.trained.insert(self.found.len(), scenario);
        self.known.insert(what, self.found.len());
        self.found.push(of);
        Ok(())
    }

    /// `name` with what was varied, in short, if it was trained in a design; with more, if another type has that name.
    fn free_name(&self, source: &Source, name: &str, is_trained: bool) -> String {
        let varied = source.run.as_ref().map_or("", |run| run.varied.as_str());
        let told = source.run.as_ref().filter(|_| is_trained).map_or("", |run| run.told.as_str());
        let shortest = if told.is_empty() { name.to_owned() } else { [name, told].join(",") };
        let longer = [
            shortest,
            [name, varied].join(","),
            format!("{}/{name}", source.spec.name),
            format!("{}/{name},{varied}", source.spec.name),
        ];
        self.unused(longer.into_iter().filter(|name| !name.ends_with(',')), name)
    }

    /// The first of `wanted` that no type is called by; else `name` with a number.
    fn unused(&self, wanted: impl Iterator<Item = String>, name: &str) -> String {
        let numbered = (2..).map(|number| format!("{name}_{number}"));
        let is_free = |name: &String| self.found.iter().all(|known| known.name != *name);
        wanted.chain(numbered).find(is_free).expect("numbers do not end")
    }
}

/// Whether two players are alike: equal automata, or strategies that print alike, which tell all that they are made of.
fn is_same(a: &Player, b: &Player) -> bool {
    match (a, b) {
        (Player::Automaton(a), Player::Automaton(b)) => a == b,
        (Player::Script(a), Player::Script(b)) => format!("{a:?}") == format!("{b:?}"),
        (Player::Blind(a), Player::Blind(b)) => a == b,
        _ => false,
    }
}
