//! What the agents of a finished run play, by its table.

use super::types::Player;
use crate::scenario::format::{OpeningSpec, PolicySpec, PopulationSpec, ScenarioSpec};
use std::collections::BTreeMap;
use std::path::Path;

/// The table with the policies of a run.
pub(super) const TABLE: &str = "strategy_evolution.csv";
/// Columns with the probabilities of cooperation: in the first round, and after CC, CD, DC, DD.
const P_COLUMNS: [&str; 5] = ["p_c_start", "p_c_cc", "p_c_cd", "p_c_dc", "p_c_dd"];

/// The policies of a run's agents: as its last tick was played, unless they are renewed.
#[derive(Default)]
pub(super) struct Policies {
    /// By population.
    pub of: BTreeMap<String, Vec<Policy>>,
}

/// The policy of an agent.
pub(super) struct Policy {
    pub agent: String,
    /// The word for its policy.
    pub word: String,
    p_cooperate: [f64; 5],
    /// Where the probabilities come from: `exact`, `exact_at_end` or `counted`.
    source: String,
}

impl Policy {
    /// The player that the agent became in the scenario `spec`; probabilities that were counted are taken if
    /// `with_counted`.
    pub(super) fn player(&self, spec: &ScenarioSpec, with_counted: bool) -> Result<Player, String> {
        let agent = &self.agent;
        match self.source.as_str() {
            "exact" | "exact_at_end" => {}
            "counted" if with_counted => {}
            "counted" => {
                return Err(format!(
                    "the probabilities of `{agent}` were counted from its decisions, so that payoffs would be none of its \
                     policy; `--counted` takes them nevertheless"
                ));
            }
            _ => return Err(format!("`{agent}` reveals no probabilities of cooperation")),
        }
        let mut p = self.p_cooperate;
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

impl Policies {
    /// Gives the agents of `population` the probabilities in `after`. Returns whether one of them stays as the last
    /// tick was played, though it may have learned from that.
    pub(super) fn renew(&mut self, population: &PopulationSpec, after: &BTreeMap<String, [f64; 5]>) -> bool {
        let may_have_learned = population.learner.is_some()
            || matches!(population.policy, PolicySpec::QNetwork(_) | PolicySpec::Custom { .. });
        let mut stays = false;
        for policy in self.of.get_mut(&population.name).into_iter().flatten() {
            match after.get(&policy.agent) {
                Some(p_cooperate) => policy.p_cooperate = *p_cooperate,
                None => stays |= may_have_learned && policy.source != "exact_at_end",
            }
        }
        stays
    }

    /// What the table in `folder` says of the last tick.
    pub(super) fn read(folder: &Path) -> Result<Self, String> {
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
