//! Types from what is on disk: finished runs, and the strategies of scenarios.

use super::rewards::Rewards;
use super::setting::Setting;
use super::types::{MetaType, Player, Replicate};
use crate::compare::DEPTH;
use crate::files::folders_with;
use crate::policies::scripted::automaton::STATES_MAX;
use crate::policies::scripted::{MatchFacts, member_stream};
use crate::run::{Manifest, Status};
use crate::scenario::check::Known;
use crate::scenario::diagnostics::ScenarioErrors;
use crate::scenario::format::{OpeningSpec, PolicySpec, PopulationSpec, ScenarioSpec};
use crate::scenario::load::{load, load_text};
use crate::scenario::spawn::{matchmaker, rules};
use crate::world::{Factories, Rules};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The fields of a scenario that say what is played.
const MATCHES: [&str; 4] = ["game", "rounds", "noise", "opening"];
/// What messages call the strategies of the command line.
const LISTED: &str = "--strategy";
/// Most types.
const TYPES_MAX: usize = 200;
/// Most members of a population of scripts that are told apart.
const MEMBERS_MAX: u32 = 1000;
/// The table with the policies of a run.
const TABLE: &str = "strategy_evolution.csv";
/// Columns with the probabilities of cooperation: in the first round, and after CC, CD, DC, DD.
const P_COLUMNS: [&str; 5] = ["p_c_start", "p_c_cc", "p_c_cd", "p_c_dc", "p_c_dd"];

/// Where types come from.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// Folders of finished runs or folders that hold such folders, and scenario files.
    pub paths: Vec<PathBuf>,
    /// Strategies as a scenario writes them: `TitForTat`.
    pub strategies: Vec<String>,
    /// Changes to every scenario: `noise=0.05`.
    pub overrides: Vec<String>,
    /// Takes players whose probabilities were counted, too.
    pub with_counted: bool,
}

/// Reads what the agents of a finished run play after its last update: in its folder, by its scenario as it was, the
/// probabilities of cooperation of those of which that can be read.
pub type ReadAfter<'a> = &'a dyn Fn(&Path, &ScenarioSpec) -> Result<BTreeMap<String, [f64; 5]>, String>;

/// The types and what they play.
#[derive(Clone, Debug)]
pub struct Gathered {
    /// The types, those of runs first, in the order of their sources.
    pub types: Vec<MetaType>,
    /// By what rules they meet.
    pub rules: Rules,
    /// What was left out or may surprise, a sentence each.
    pub notes: Vec<String>,
}

/// A scenario with the run that was made of it, if any.
struct Source {
    /// What messages call it.
    name: String,
    spec: ScenarioSpec,
    /// The run that was made of it, if any.
    run: Option<TrainedIn>,
}

/// A finished run.
struct TrainedIn {
    folder: PathBuf,
    /// What was varied in it.
    varied: String,
    /// The same with the last word of each path alone.
    told: String,
    /// Its scenario as it was, but for the seed: what the replicates of a type have in common.
    scenario: ScenarioSpec,
}

/// Reads everything that `sources` names. Runs are read as their last tick was played, and language models as they were
/// left if `after` reads that.
///
/// # Errors
/// With a sentence that says what is wrong and what to do.
pub fn gather(sources: &Sources, known: &Known, seed: u64, after: Option<ReadAfter>) -> Result<Gathered, String> {
    let factories = &known.offered;
    let of_matches = |field: &&String| MATCHES.iter().any(|name| field.starts_with(name));
    if let Some(other) = sources.overrides.iter().find(|field| !of_matches(field)) {
        return Err(format!("`--set {other}`: expected one of {}, the fields of what is played", MATCHES.join(", ")));
    }
    let (mut notes, mut found) = (Vec::new(), Vec::new());
    for path in &sources.paths {
        found.extend(read(path, &sources.overrides, known, &mut notes)?);
    }
    if !sources.strategies.is_empty() {
        found.push(listed(sources, &found, known)?);
    }
    if found.is_empty() {
        return Err(
            "nothing is given: name folders of finished runs, a scenario file, or strategies with --strategy".into()
        );
    }
    let rules = found.iter().map(|source| rules_of(&source.spec, factories).map_err(|problem| source.refuse(&problem)));
    let rules = rules.collect::<Result<Vec<Rules>, _>>()?;
    let settings =
        found.iter().zip(&rules).map(|(source, rules)| Setting::of(rules).map_err(|problem| source.refuse(&problem)));
    let settings = settings.collect::<Result<Vec<_>, _>>()?;
    if let Some(place) = settings.iter().position(|setting| *setting != settings[0]) {
        return Err(format!(
            "{} plays {}, and {} plays {}: payoffs of different games do not compare; say what all shall play, as in \
             `--set game=… --set rounds=… --set noise=…`",
            found[0].name,
            settings[0].summary(),
            found[place].name,
            settings[place].summary()
        ));
    }
    let types =
        Types { with_counted: sources.with_counted, seed, facts: MatchFacts::of(&rules[0]), ..Types::default() };
    let types = types.of(&found, &rules, after, &mut notes)?;
    let unknown = types.iter().filter_map(|of| Some((&of.name, &of.rewards.as_ref()?.unknown)));
    notes.extend(unknown.filter(|(_, terms)| !terms.is_empty()).map(|(name, terms)| {
        format!(
            "the reward of `{name}` and its term {} are left out: what terms of plugins pay is not known beforehand",
            terms.join(", ")
        )
    }));
    Ok(Gathered { types, rules: rules[0].clone(), notes })
}

impl Source {
    /// Whether its populations have names that someone gave.
    fn is_named(&self) -> bool {
        self.name != LISTED
    }

    fn refuse(&self, problem: &str) -> String {
        format!("{}: {problem}", self.name)
    }
}

fn rules_of(spec: &ScenarioSpec, factories: &Factories) -> Result<Rules, String> {
    let matchmaker = matchmaker(spec, factories).map_err(|error| error.to_string())?;
    rules(spec, matchmaker.as_ref(), factories).map_err(|error| error.to_string())
}

/// The runs in the folder `path`, or the scenario in the file `path`.
fn read(path: &Path, overrides: &[String], known: &Known, notes: &mut Vec<String>) -> Result<Vec<Source>, String> {
    let scenario = |file: &Path| -> Result<ScenarioSpec, String> {
        load(file, overrides, known).map(|scenario| scenario.spec).map_err(|errors| plain(&errors))
    };
    if !path.exists() {
        return Err(format!("`{}` does not exist", path.display()));
    }
    if path.is_file() {
        return Ok(vec![Source { name: path.display().to_string(), spec: scenario(path)?, run: None }]);
    }
    let folders = folders_with(path, "manifest.json", DEPTH);
    notes.extend(folders.problems());
    let mut sources = Vec::new();
    for folder in folders.found {
        let name = folder.display().to_string();
        let manifest = match Manifest::read(&folder) {
            Ok(Some(manifest)) => manifest,
            Ok(None) => continue,
            Err(problem) => {
                notes.push(format!("{name} is left out: {problem}"));
                continue;
            }
        };
        if manifest.status != Status::Done {
            notes.push(format!("{name} is left out: it is not done ({})", manifest.status.word()));
            continue;
        }
        let file = folder.join("scenario.ron");
        let trained = load(&file, &[], known).map_err(|errors| plain(&errors))?.spec;
        fit(&trained, &known.offered).map_err(|problem| format!("{name}: {problem}"))?;
        let factors = manifest.factors.overrides();
        let in_short = |factor: &String| match factor.split_once('=') {
            Some((path, value)) => format!("{}={value}", path.rsplit('.').next().unwrap_or(path)),
            None => factor.clone(),
        };
        let (varied, told) = (factors.join(","), factors.iter().map(in_short).collect::<Vec<_>>().join(","));
        let run = TrainedIn { folder, varied, told, scenario: ScenarioSpec { seed: 0, ..trained } };
        sources.push(Source { name, spec: scenario(&file)?, run: Some(run) });
    }
    if sources.is_empty() {
        return Err(format!("{} holds no finished run", path.display()));
    }
    Ok(sources)
}

/// Whether what was trained by `spec` can be a type: in matches of two, by agents that stay who they are.
fn fit(spec: &ScenarioSpec, factories: &Factories) -> Result<(), String> {
    if spec.evolution.is_some() {
        return Err("its agents inherit from each other, so a population is no type".into());
    }
    Setting::of(&rules_of(spec, factories)?).map(|_| ())
}

/// The problems of a scenario, without the word that begins every error.
fn plain(errors: &ScenarioErrors) -> String {
    let text = errors.render(false);
    text.strip_prefix("error: ").unwrap_or(&text).trim_end().to_owned()
}

/// The strategies of `sources` as a scenario that plays what the other sources play.
fn listed(sources: &Sources, found: &[Source], known: &Known) -> Result<Source, String> {
    // A scenario has names for them, and two of each meet, so that its checks find what is wrong with a strategy alone.
    let populations: Vec<String> = sources
        .strategies
        .iter()
        .enumerate()
        .map(|(number, strategy)| format!("(name: \"strategy_{number}\", count: 2, policy: Scripted({strategy}))"))
        .collect();
    let text = format!(
        "(version: 1, ticks: 1, game: Named(\"prisoners_dilemma\"), rounds: Fixed(10), populations: [{}])",
        populations.join(", ")
    );
    let scenario = load_text(LISTED, &text, "strategies", &sources.overrides, known);
    let mut spec = scenario.map_err(|errors| plain(&errors))?.spec;
    spec.populations.iter_mut().for_each(|population| population.count = 1);
    if let Some(first) = found.first() {
        spec.game = first.spec.game.clone();
        spec.rounds = first.spec.rounds.clone();
        spec.noise = first.spec.noise;
        spec.opening = first.spec.opening;
    }
    Ok(Source { name: LISTED.into(), spec, run: None })
}

/// Collects types from sources.
#[derive(Default)]
struct Types {
    with_counted: bool,
    /// Seeds strategies that are drawn at random.
    seed: u64,
    facts: MatchFacts,
    found: Vec<MetaType>,
    /// By what a type is made of: its number. What trains is its scenario, what was varied and its population; what
    /// does not is its strategy.
    known: BTreeMap<[String; 3], usize>,
    /// The scenario that trained a type, by its number.
    trained: BTreeMap<usize, ScenarioSpec>,
}

impl Types {
    fn of(
        mut self,
        sources: &[Source],
        rules: &[Rules],
        after: Option<ReadAfter>,
        notes: &mut Vec<String>,
    ) -> Result<Vec<MetaType>, String> {
        for (source, rules) in sources.iter().zip(rules) {
            let mut policies = match &source.run {
                Some(run) => Policies::read(&run.folder)?,
                None => Policies::default(),
            };
            if let (Some(run), Some(read)) = (&source.run, after) {
                let scenario = ScenarioSpec { seed: source.spec.seed, ..run.scenario.clone() };
                let read = read(&run.folder, &scenario).map_err(|problem| source.refuse(&problem))?;
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
                self.add((source, rules), population, &policies).map_err(|problem| source.refuse(&problem))?;
            }
        }
        if self.found.len() < 2 {
            return Err("there is one type: expected two or more; add a run, or another --strategy".into());
        }
        if self.found.len() > TYPES_MAX {
            return Err(format!("{} types: expected at most {TYPES_MAX}", self.found.len()));
        }
        Ok(self.found)
    }

    /// Adds `population` of `source`: to the type that it belongs to, or as a type.
    fn add(
        &mut self,
        (source, rules): (&Source, &Rules),
        population: &PopulationSpec,
        policies: &Policies,
    ) -> Result<(), String> {
        let name = &population.name;
        if let PolicySpec::Scripted(strategy) = &population.policy {
            let members = (0..population.count.min(MEMBERS_MAX)).map(|member| {
                let made = strategy.build(&self.facts, &mut member_stream(self.seed, member));
                let made = made.map_err(|fault| format!("`{name}`: {}", fault.message))?;
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
            return Ok(());
        }
        let Some(TrainedIn { folder, varied, scenario, .. }) = &source.run else {
            return Err(format!("`{name}` is no scripted strategy; give the folder of a finished run of it instead"));
        };
        let agents = policies.of.get(name).map_or(&[][..], Vec::as_slice);
        if agents.is_empty() {
            return Err(format!("{TABLE} has no agent of `{name}`"));
        }
        let members = agents.iter().map(|agent| self.player(agent, &source.spec)).collect::<Result<Vec<_>, _>>()?;
        let replicate = Replicate { source: folder.display().to_string(), seed: Some(source.spec.seed), members };
        let what = [source.spec.name.clone(), varied.clone(), name.clone()];
        if let Some(&number) = self.known.get(&what) {
            if self.trained.get(&number) != Some(scenario) {
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
            rewards: Some(Rewards::of(population, source.spec.ticks.saturating_sub(1), rules)),
        };
        self.trained.insert(self.found.len(), scenario.clone());
        self.known.insert(what, self.found.len());
        self.found.push(of);
        Ok(())
    }

    /// `name` with what was varied, in short, if it was trained in a design; with more, if another type has that name.
    fn free_name(&self, source: &Source, name: &str, is_trained: bool) -> String {
        let is_free = |name: &str| self.found.iter().all(|known| known.name != name);
        let varied = source.run.as_ref().map_or("", |run| run.varied.as_str());
        let told = source.run.as_ref().filter(|_| is_trained).map_or("", |run| run.told.as_str());
        let shortest = if told.is_empty() { name.to_owned() } else { [name, told].join(",") };
        let longer = [
            shortest,
            [name, varied].join(","),
            format!("{}/{name}", source.spec.name),
            format!("{}/{name},{varied}", source.spec.name),
        ];
        let free = longer.into_iter().find(|name| !name.ends_with(',') && is_free(name));
        free.unwrap_or_else(|| {
            (2..).map(|number| format!("{name}_{number}")).find(|name| is_free(name)).expect("numbers do not end")
        })
    }

    /// The player that an agent became.
    fn player(&self, policy: &Policy, spec: &ScenarioSpec) -> Result<Player, String> {
        let agent = &policy.agent;
        match policy.source.as_str() {
            "exact" | "exact_at_end" => {}
            "counted" if self.with_counted => {}
            "counted" => {
                return Err(format!(
                    "the probabilities of `{agent}` were counted from its decisions, so that payoffs would be none of its \
                     policy; `--counted` takes them nevertheless"
                ));
            }
            _ => return Err(format!("`{agent}` reveals no probabilities of cooperation")),
        }
        let mut p = policy.p_cooperate;
        if spec.opening == OpeningSpec::MadeUp && p[0].is_nan() {
            // No match of this kind begins without a last round.
            p[0] = 0.5;
        }
        match p.iter().position(|p| p.is_nan()) {
            None => Ok(Player::memory_one(p)),
            Some(place) => Err(format!("`{agent}` has no {} in the last tick of {TABLE}", P_COLUMNS[place])),
        }
    }
}

/// Whether two players are alike: equal automata, or strategies that print alike, which tell all that they are made of.
fn is_same(a: &Player, b: &Player) -> bool {
    match (a, b) {
        (Player::Automaton(a), Player::Automaton(b)) => a == b,
        (Player::Script(a), Player::Script(b)) => format!("{a:?}") == format!("{b:?}"),
        _ => false,
    }
}

/// The policies of a run's agents: as its last tick was played, unless they are renewed.
#[derive(Default)]
struct Policies {
    /// By population.
    of: BTreeMap<String, Vec<Policy>>,
}

/// The policy of an agent.
struct Policy {
    agent: String,
    /// The word for its policy.
    word: String,
    p_cooperate: [f64; 5],
    /// Where the probabilities come from: `exact`, `exact_at_end` or `counted`.
    source: String,
}

impl Policies {
    /// Gives the agents of `population` the probabilities in `after`. Returns whether one of them stays as the last
    /// tick was played, though it may have learned from that.
    fn renew(&mut self, population: &PopulationSpec, after: &BTreeMap<String, [f64; 5]>) -> bool {
        let mut stays = false;
        for policy in self.of.get_mut(&population.name).into_iter().flatten() {
            match after.get(&policy.agent) {
                Some(p_cooperate) => policy.p_cooperate = *p_cooperate,
                None => stays |= policy.source == "exact" && !matches!(population.policy, PolicySpec::Scripted(_)),
            }
        }
        stays
    }

    fn read(folder: &Path) -> Result<Self, String> {
        let path = folder.join(TABLE);
        let problem = |problem: String| format!("{}: {problem}", path.display());
        let mut reader = csv::Reader::from_path(&path).map_err(|error| problem(error.to_string()))?;
        let heads = reader.headers().map_err(|error| problem(error.to_string()))?.clone();
        let place = |name: &str| {
            heads.iter().position(|head| head == name).ok_or_else(|| problem(format!("it has no column `{name}`")))
        };
        let (tick, agent, population, policy) =
            (place("tick")?, place("agent")?, place("population")?, place("policy")?);
        let source = place("p_c_source")?;
        let probabilities = P_COLUMNS.iter().map(|name| place(name)).collect::<Result<Vec<_>, _>>()?;
        let (mut policies, mut last) = (Self::default(), String::new());
        for record in reader.records() {
            let record = record.map_err(|error| problem(error.to_string()))?;
            if record[tick] != last {
                last = record[tick].to_owned();
                policies.of.clear();
            }
            let mut p_cooperate = [f64::NAN; 5];
            for (p, &place) in p_cooperate.iter_mut().zip(&probabilities) {
                if !record[place].is_empty() {
                    let number = record[place].parse::<f64>().ok().filter(|p| (0.0..=1.0).contains(p));
                    *p = number.ok_or_else(|| problem(format!("`{}` is no probability", &record[place])))?;
                }
            }
            let of = policies.of.entry(record[population].to_owned()).or_default();
            let (agent, word, source) =
                (record[agent].to_owned(), record[policy].to_owned(), record[source].to_owned());
            of.push(Policy { agent, word, p_cooperate, source });
        }
        Ok(policies)
    }
}
