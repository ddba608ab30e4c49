//! Which group the others are compared with.

use super::CompareError;
use super::group::{Group, factor_called, no_factor};
use crate::text::{did_you_mean_or_stop, nearest};

/// The most groups that an error lists.
const LISTED_MAX: usize = 16;

/// What a baseline must be like.
#[derive(Debug, PartialEq, Eq)]
enum Condition {
    Scenario(String),
    Factor(String, String),
}

impl Condition {
    fn fits(&self, group: &Group) -> bool {
        match self {
            Self::Scenario(name) => group.scenario == *name,
            Self::Factor(name, value) => group.factors.value(name).is_some_and(|found| same(found, value)),
        }
    }
}

/// Whether two values are the same as text, or as numbers.
fn same(a: &str, b: &str) -> bool {
    a == b.trim() || a.parse::<f64>().ok().zip(b.parse::<f64>().ok()).is_some_and(|(a, b)| a == b)
}

/// Sets every group's base, and returns in words what the baseline is; nothing if there is one group alone.
///
/// Without `wanted` it is the first group. With it, it is the group that fits. If several fit, because `wanted` names
/// one factor of several, each group is compared with the one that fits and is otherwise like it.
pub(super) fn choose(groups: &mut [Group], wanted: Option<&str>) -> Result<Option<String>, CompareError> {
    let Some(wanted) = wanted else {
        if groups.len() < 2 {
            return Ok(None);
        }
        groups[1..].iter_mut().for_each(|group| group.base = Some(0));
        return Ok(Some(format!("{}, that of the first folder; --baseline names another", groups[0].label())));
    };
    let conditions = parse(wanted, groups)?;
    let fitting: Vec<usize> =
        (0..groups.len()).filter(|&g| conditions.iter().all(|condition| condition.fits(&groups[g]))).collect();
    match fitting.as_slice() {
        [] => Err(unknown(wanted, "matches no group", groups)),
        [one] => {
            let one = *one;
            for (index, group) in groups.iter_mut().enumerate() {
                group.base = (index != one).then_some(one);
            }
            Ok(Some(groups[one].label()))
        }
        several => {
            groups.iter_mut().for_each(|group| group.base = None);
            for index in (0..groups.len()).filter(|index| !several.contains(index)) {
                let mut alike = several.iter().filter(|&&base| is_alike(&groups[index], &groups[base], &conditions));
                let found = alike.next().copied();
                groups[index].base = found.filter(|_| alike.next().is_none());
            }
            if groups.iter().all(|group| group.base.is_none()) {
                return Err(unknown(wanted, &format!("matches {} groups", several.len()), groups));
            }
            Ok(Some(format!("{wanted}, each group with the one that is otherwise like it")))
        }
    }
}

/// Whether two groups are the same in everything that the conditions leave open.
fn is_alike(a: &Group, b: &Group, conditions: &[Condition]) -> bool {
    let of_scenario = conditions.iter().any(|condition| matches!(condition, Condition::Scenario(_)));
    let is_fixed = |name: &str| conditions.iter().any(|c| matches!(c, Condition::Factor(fixed, _) if fixed == name));
    let open = |group: &Group| -> Vec<(String, String)> {
        let mut open: Vec<_> = group.factors.0.iter().filter(|(name, _)| !is_fixed(name)).cloned().collect();
        open.sort();
        open
    };
    (of_scenario || a.scenario == b.scenario) && open(a) == open(b)
}

/// Reads `SCENARIO`, `factor=value,…` or both. A factor may be named by the end of its path; a value may hold commas.
fn parse(wanted: &str, groups: &[Group]) -> Result<Vec<Condition>, CompareError> {
    if groups.iter().any(|group| group.scenario == wanted) {
        return Ok(vec![Condition::Scenario(wanted.into())]);
    }
    let mut conditions: Vec<Condition> = Vec::new();
    for part in wanted.split(',') {
        let factor = part.split_once('=').map(|(name, value)| (factor_called(name.trim(), groups), name, value));
        match (factor, conditions.last_mut()) {
            (Some((Ok(name), _, value)), _) => conditions.push(Condition::Factor(name, value.trim().into())),
            (_, Some(Condition::Factor(_, value))) => *value = format!("{value},{part}"),
            (Some((Err(count), name, _)), _) => {
                return Err(unknown(wanted, &no_factor(name.trim(), count), groups));
            }
            (None, Some(Condition::Scenario(name))) => *name = format!("{name},{part}"),
            (None, None) => conditions.push(Condition::Scenario(part.trim().into())),
        }
    }
    Ok(conditions)
}

fn unknown(wanted: &str, problem: &str, groups: &[Group]) -> CompareError {
    let mut known: Vec<String> = groups.iter().map(Group::label).collect();
    let of_factors =
        groups.iter().flat_map(|group| group.factors.0.iter().map(|(name, value)| format!("{name}={value}")));
    let words: Vec<String> =
        groups.iter().map(|group| group.scenario.clone()).chain(of_factors).chain(known.iter().cloned()).collect();
    let hint = nearest(wanted, words.iter().map(String::as_str).filter(|word| *word != wanted));
    let hint = did_you_mean_or_stop(hint);
    if known.len() > LISTED_MAX {
        let others = known.len() - LISTED_MAX;
        known.truncate(LISTED_MAX);
        known.push(format!("and {others} others"));
    }
    CompareError::Baseline { wanted: wanted.into(), problem: problem.into(), hint, known }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::folder::Factors;

    fn group(scenario: &str, factors: &[(&str, &str)]) -> Group {
        let factors = Factors(factors.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect());
        Group {
            scenario: scenario.into(),
            factors,
            seeds: vec![1],
            ticks: (0, 0),
            recorded: 1,
            recorded_in_all: 1,
            base: None,
        }
    }

    fn bases(groups: &mut [Group], wanted: Option<&str>) -> Vec<Option<usize>> {
        choose(groups, wanted).unwrap();
        groups.iter().map(|group| group.base).collect()
    }

    fn design() -> Vec<Group> {
        let cell = |noise, weight| group("a", &[("noise", noise), ("populations.x.rewards.1.weight", weight)]);
        vec![cell("0", "0.5"), cell("0", "1"), cell("0.1", "0.5"), cell("0.1", "1"), group("b", &[])]
    }

    #[test]
    fn the_first_group_or_the_named_one_is_the_baseline_of_all_others() {
        let mut groups = vec![group("b", &[]), group("a", &[]), group("c", &[])];
        assert_eq!(bases(&mut groups, None), [None, Some(0), Some(0)]);
        assert_eq!(bases(&mut groups, Some("a")), [Some(1), None, Some(1)]);
        assert_eq!(choose(&mut groups[..1], None).unwrap(), None);
    }

    #[test]
    fn a_cell_is_named_by_its_factors_and_one_factor_compares_like_with_like() {
        let mut groups = design();
        assert_eq!(bases(&mut groups, Some("noise=0,weight=1")), [Some(1), None, Some(1), Some(1), Some(1)]);
        assert_eq!(bases(&mut groups, Some("a,noise=0.10,weight=1.0"))[0], Some(3));
        assert_eq!(bases(&mut groups, Some("b")), [Some(4), Some(4), Some(4), Some(4), None]);
        assert_eq!(bases(&mut groups, Some("noise=0")), [None, None, Some(0), Some(1), None]);
        assert_eq!(bases(&mut groups, Some("weight=1")), [Some(1), None, Some(3), None, None]);
    }

    #[test]
    fn values_may_hold_commas() {
        let mut groups = vec![group("a", &[("labels", "[x,y]")]), group("a", &[("labels", "[y,x]")])];
        assert_eq!(bases(&mut groups, Some("labels=[y,x]")), [Some(1), None]);
    }

    #[test]
    fn an_unknown_baseline_names_the_nearest_group() {
        for (wanted, words) in [
            ("nose=0", &["`nose`, which was varied in no run", "did you mean `noise=0`?"][..]),
            ("noise=0.2", &["matches no group", "did you mean"]),
            ("c", &["matches no group", "Groups: a,noise=0,populations.x.rewards.1.weight=0.5; a,"]),
            ("a", &["matches 4 groups"]),
        ] {
            let error = choose(&mut design(), Some(wanted)).unwrap_err().to_string();
            assert!(words.iter().all(|word| error.contains(word)), "{words:?} in {error}");
        }
    }
}
