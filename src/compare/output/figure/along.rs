//! What lies on the x axis of a figure of means.

use crate::compare::CompareError;
use crate::compare::group::{Group, factor_called, factor_names, no_factor};
use crate::text::{did_you_mean_or_stop, nearest};
use std::collections::BTreeSet;

/// The word for scenarios on the x axis.
pub(super) const SCENARIO: &str = "scenario";
/// The word for populations on the x axis.
pub(super) const POPULATION: &str = "population";
/// The value of a factor in a group in which it was not varied.
pub(super) const NONE: &str = "-";

/// What lies on the x axis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Along {
    Factor(String),
    Scenario,
    Population,
}

impl Along {
    /// What `wanted` names; without it the factor with most values, else the scenarios, else, of one group, the
    /// populations.
    pub(super) fn of(groups: &[Group], wanted: Option<&str>) -> Result<Self, CompareError> {
        let names = factor_names(groups);
        let Some(wanted) = wanted else {
            let values = |name: &str| groups.iter().map(|group| value(group, name)).collect::<BTreeSet<_>>().len();
            let varied = names.iter().map(|name| (values(name), name)).filter(|(values, _)| *values > 1);
            let most = varied.reduce(|most, next| if next.0 > most.0 { next } else { most });
            return Ok(match most {
                Some((_, name)) => Self::Factor(name.clone()),
                None if groups.len() > 1 => Self::Scenario,
                None => Self::Population,
            });
        };
        match factor_called(wanted, groups) {
            Ok(name) => Ok(Self::Factor(name)),
            Err(_) if wanted == SCENARIO => Ok(Self::Scenario),
            Err(_) if wanted == POPULATION => Ok(Self::Population),
            Err(count) => {
                let words = names.iter().map(String::as_str).chain([SCENARIO, POPULATION]);
                let ends = names.iter().filter_map(|name| name.rsplit('.').next()).filter(|end| *end != wanted);
                let hint = did_you_mean_or_stop(nearest(wanted, ends.chain(words.clone())));
                let known = words.map(String::from).collect();
                Err(CompareError::Along { wanted: wanted.into(), problem: no_factor(wanted, count), hint, known })
            }
        }
    }

    /// Where a number of `group` about `population` lies, in words.
    pub(super) fn value<'a>(&self, group: &'a Group, population: &'a str) -> &'a str {
        match self {
            Self::Factor(name) => value(group, name),
            Self::Scenario => &group.scenario,
            Self::Population => population,
        }
    }

    /// The factors that tell no lines apart: the one on the axis, and those that have one value wherever scenario and
    /// place on the axis are the same, such as factors that are varied together.
    pub(super) fn settled(&self, groups: &[Group]) -> Vec<String> {
        let place = |group: &'_ Group| (group.scenario.clone(), self.value(group, "").to_string());
        let is_settled = |name: &String| {
            let seen: BTreeSet<_> = groups.iter().map(|group| (place(group), value(group, name))).collect();
            seen.len() == groups.iter().map(place).collect::<BTreeSet<_>>().len()
        };
        factor_names(groups).into_iter().filter(is_settled).collect()
    }
}

fn value<'a>(group: &'a Group, factor: &str) -> &'a str {
    group.factors.value(factor).unwrap_or(NONE)
}
