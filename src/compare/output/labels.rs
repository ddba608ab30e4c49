//! How groups are told apart in a table for people.

use crate::compare::group::{Group, factor_names};

/// The columns that tell groups apart: the scenario and the factors, where they differ.
pub(super) struct Labels {
    is_scenario_shown: bool,
    /// Factors by the names of their columns.
    factors: Vec<(String, String)>,
}

impl Labels {
    pub(super) fn of(groups: &[Group]) -> Self {
        let differs = |value: &dyn Fn(&Group) -> String| groups.iter().any(|group| value(group) != value(&groups[0]));
        let all = factor_names(groups);
        let varied: Vec<&String> =
            all.iter().filter(|name| differs(&|group| group.factors.value(name).unwrap_or("-").into())).collect();
        let end = |name: &str| name.rsplit('.').next().unwrap_or(name).to_string();
        let short = |name: &String| {
            let is_clear = varied.iter().filter(|other| end(other) == end(name)).count() == 1;
            if is_clear && end(name).parse::<u64>().is_err() { end(name) } else { name.clone() }
        };
        Self {
            is_scenario_shown: differs(&|group| group.scenario.clone()),
            factors: varied.iter().map(|name| (short(name), (*name).clone())).collect(),
        }
    }

    /// The labels without the factors in `hidden`, and without the scenario if `is_scenario_hidden`.
    pub(super) fn without(mut self, hidden: &[String], is_scenario_hidden: bool) -> Self {
        self.is_scenario_shown &= !is_scenario_hidden;
        self.factors.retain(|(_, name)| !hidden.contains(name));
        self
    }

    /// The short name of a factor.
    pub(super) fn short<'a>(&'a self, factor: &'a str) -> &'a str {
        self.factors.iter().find(|(_, name)| name == factor).map_or(factor, |(short, _)| short)
    }

    /// The names of the columns.
    pub(super) fn heads(&self) -> Vec<String> {
        let scenario = self.is_scenario_shown.then(|| "scenario".to_string());
        scenario.into_iter().chain(self.factors.iter().map(|(short, _)| short.clone())).collect()
    }

    /// The cells of a group.
    pub(super) fn cells(&self, group: &Group) -> Vec<String> {
        let scenario = self.is_scenario_shown.then(|| group.scenario.clone());
        let factors = self.factors.iter().map(|(_, name)| group.factors.value(name).unwrap_or("-").to_string());
        scenario.into_iter().chain(factors).collect()
    }

    /// A group in one cell. What alone was varied and is written with its kind, as in `Ring(neighbours: 2)`, needs no
    /// other name.
    pub(super) fn name(&self, group: &Group) -> String {
        let says_what_it_is = |value: &str| value.starts_with(char::is_uppercase) && value.ends_with(')');
        let factors = self.factors.iter().map(|(short, name)| (short, group.factors.value(name)));
        let factors = factors.filter_map(|(short, value)| {
            let value = value?;
            Some(if self.factors.len() == 1 && says_what_it_is(value) {
                value.to_owned()
            } else {
                format!("{short}={value}")
            })
        });
        let scenario = self.is_scenario_shown.then(|| group.scenario.clone());
        scenario.into_iter().chain(factors).collect::<Vec<_>>().join(" ")
    }

    /// What the short names stand for.
    pub(super) fn remarks(&self) -> Vec<String> {
        let shortened = self.factors.iter().filter(|(short, name)| short != name);
        shortened.map(|(short, name)| format!("{short}: {name}")).collect()
    }
}
