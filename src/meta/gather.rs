//! Types from what is on disk: finished runs, and the strategies of scenarios.

use super::collect::Types;
use super::setting::Stage;
use super::sources::{ReadAfter, Sources, listed, read};
use super::types::MetaType;
use crate::scenario::check::Known;
use crate::world::Rules;

/// The fields of a scenario that say what is played.
const MATCHES: [&str; 4] = ["game", "rounds", "noise", "opening"];

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

/// Reads everything that `sources` names. Runs are read as their last tick was played, and language models as they were
/// left if `after` reads that.
///
/// # Errors
/// With a sentence that says what is wrong and what to do.
pub fn gather(sources: &Sources, known: &Known, seed: u64, after: Option<ReadAfter>) -> Result<Gathered, String> {
    let of_matches = |field: &&String| MATCHES.iter().any(|name| field.starts_with(name));
    if let Some(other) = sources.overrides.iter().find(|field| !of_matches(field)) {
        return Err(format!("`--set {other}`: expected one of {}, the fields of what is played", MATCHES.join(", ")));
    }
    let (mut notes, mut found) = (Vec::new(), Vec::new());
    for path in &sources.paths {
        found.extend(read(path, &sources.overrides, known, &mut notes)?);
    }
    if !sources.strategies.is_empty() || (sources.by_action && found.is_empty()) {
        found.push(listed(sources, &found, known)?);
    }
    if found.is_empty() {
        return Err(
            "nothing is given: name folders of finished runs, a scenario file, strategies with --strategy, or --actions"
                .into()
        );
    }
    let stages = found.iter().map(|source| Stage::of(&source.rules).map_err(|problem| source.refuse(&problem)));
    let stages = stages.collect::<Result<Vec<_>, _>>()?;
    if let Some(place) = stages.iter().position(|stage| *stage != stages[0]) {
        return Err(format!(
            "{} plays {}, and {} plays {}: payoffs of different games do not compare; say what all shall play, as in \
             `--set game=… --set rounds=… --set noise=…`",
            found[0].name,
            stages[0].summary(),
            found[place].name,
            stages[place].summary()
        ));
    }
    let rules = found[0].rules.clone();
    let types = Types::none(sources.with_counted, seed, rules.clone(), sources.by_action);
    let types = types.of(&found, after, &mut notes)?;
    let unknown = types.iter().filter_map(|of| Some((&of.name, &of.rewards.as_ref()?.unknown)));
    notes.extend(unknown.filter(|(_, terms)| !terms.is_empty()).map(|(name, terms)| {
        format!(
            "the reward of `{name}` is left out, and so is each of its terms of plugins ({}): what those pay is not known \
             beforehand",
            terms.join(", ")
        )
    }));
    Ok(Gathered { types, rules, notes })
}
