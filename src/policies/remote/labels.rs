//! From the likeliest tokens of a completion to the probabilities of labels.
//!
//! The server tells, for each token of its own answer, which tokens were likeliest there. A label's probability is
//! known as far as its tokens are tokens of that answer: at the first position that lists the rest of the label as one
//! token, it is the product of the chosen tokens before it and of that token.

use super::config::LogProbConfig;
use crate::remote::{Likely, Position};

/// ln π(label) for each of `labels`, from the tokens of an answer.
///
/// # Errors
/// With a sentence, if a label's probability is not known as closely as `config` demands.
pub(super) fn log_probs(positions: &[Position], labels: &[String], config: &LogProbConfig) -> Result<Vec<f32>, String> {
    let first = positions.first().filter(|position| !position.top.is_empty());
    first.ok_or(
        "it returned no log-probabilities of its likeliest tokens (`logprobs` with `top_logprobs`); if it cannot, set \
         `decision: Generate`",
    )?;
    let listed: f64 = positions[0].top.iter().map(|likely| likely.log_prob.exp()).sum();
    if listed > 1.01 {
        return Err(format!("the probabilities that it lists sum to {listed:.3}"));
    }
    let found = labels.iter().map(|label| of_label(positions, label, labels, config).map(|log_prob| log_prob as f32));
    let found: Vec<f32> = found.collect::<Result<_, _>>()?;
    // Shares of nothing would be no numbers, or those of a stand-in for 0 that some servers list.
    if found.iter().all(|log_prob| f64::from(*log_prob).exp() == 0.0) {
        return Err("it gives no label a probability that can be told from 0; set `decision: Generate`".into());
    }
    Ok(found)
}

fn of_label(positions: &[Position], label: &str, labels: &[String], config: &LogProbConfig) -> Result<f64, String> {
    let others = |said: &str, token: &str| {
        let begun = format!("{said}{token}");
        labels.iter().any(|other| other != label && other.starts_with(&begun))
    };
    let (mut said, mut before) = (String::new(), 0.0);
    for position in positions {
        let rest = &label[said.len()..];
        let begins = |token: &str| !token.is_empty() && rest.starts_with(token);
        if config.begun {
            let tells = |likely: &&Likely| begins(&likely.token) && !others(&said, &likely.token);
            let begun: f64 = position.top.iter().filter(tells).map(|likely| likely.log_prob.exp()).sum();
            if begun > 0.0 {
                return Ok(before + begun.min(1.0).ln());
            }
        } else if let Some(found) = likeliest(position, |token| token == rest) {
            return Ok(before + found);
        }
        let chosen = &position.chosen;
        if begins(&chosen.token) {
            said.push_str(&chosen.token);
            before += chosen.log_prob;
            continue;
        }
        if let Some(token) = position.top.iter().map(|likely| &likely.token).find(|token| begins(token)) {
            return Err(format!(
                "`{label}` is several tokens, beginning with `{said}{token}`, and its answer went on with `{}` instead, so \
                 the rest is not known; choose labels of one token each (such as A and B), {}or set `decision: Generate`",
                chosen.token,
                if others(&said, token) { "" } else { "count labels as begun with `log_probs: (begun: true)`, " },
            ));
        }
        return unlisted(position, before, label, config);
    }
    Err(format!(
        "its answer ended with `{said}`, before it told `{label}` from the other labels; choose labels of one token each \
         (such as A and B), or set `decision: Generate`"
    ))
}

/// The log-probability of the likeliest token that `is_meant`; ties and doubles go to the first.
fn likeliest(position: &Position, is_meant: impl Fn(&str) -> bool) -> Option<f64> {
    let all = position.top.iter().chain([&position.chosen]);
    let meant = all.filter(|Likely { token, .. }| is_meant(token)).map(|likely| likely.log_prob);
    meant.reduce(f64::max)
}

/// What a label that `position` does not list can hold at most, if that is little enough.
fn unlisted(position: &Position, before: f64, label: &str, config: &LogProbConfig) -> Result<f64, String> {
    let probabilities = || position.top.iter().map(|likely| likely.log_prob.exp());
    let least = probabilities().fold(1.0, f64::min);
    let left = (1.0 - probabilities().sum::<f64>()).max(0.0);
    let most = before.exp() * least.min(left);
    // Where rounding leaves nothing, a label still needs a finite logarithm.
    let most = most.max(f64::from(f32::MIN_POSITIVE));
    if config.unlisted > 0.0 && most <= config.unlisted {
        return Ok(most.ln());
    }
    let (top, chosen) = (position.top.len(), &position.chosen.token);
    Err(format!(
        "`{label}` is not among the {top} likeliest tokens, which begin with `{chosen}`; it may hold up to {most:.2e}; allow \
         that with `log_probs: (unlisted: …)`, ask for more tokens with `top`, or set `decision: Generate`"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn likely(token: &str, p: f64) -> Likely {
        Likely { token: token.into(), log_prob: p.ln() }
    }

    /// An answer: at each position the chosen token, then all that are listed.
    fn answer(positions: &[(&str, &[(&str, f64)])]) -> Vec<Position> {
        let position = |(chosen, top): &(&str, &[(&str, f64)])| {
            let top: Vec<Likely> = top.iter().map(|(token, p)| likely(token, *p)).collect();
            let chosen = top.iter().find(|likely| likely.token == *chosen).unwrap().clone();
            Position { chosen, top }
        };
        positions.iter().map(position).collect()
    }

    fn read(positions: &[Position], labels: [&str; 2], config: &LogProbConfig) -> Result<Vec<f64>, String> {
        let found = log_probs(positions, &labels.map(String::from), config)?;
        Ok(found.into_iter().map(|log_prob| f64::from(log_prob).exp()).collect())
    }

    fn assert_near(found: &[f64], expected: &[f64]) {
        assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-6), "{found:?} {expected:?}");
    }

    #[test]
    fn labels_of_one_token_are_read_off() {
        let said = answer(&[("I", &[("I", 0.6), ("A", 0.2), (" A", 0.1), ("B", 0.05), ("A", 0.01)])]);
        assert_near(&read(&said, ["A", "B"], &LogProbConfig::default()).unwrap(), &[0.2, 0.05]);
    }

    #[test]
    fn labels_that_part_later_are_followed_as_far_as_the_answer_goes() {
        let strict = LogProbConfig::default();
        let said = answer(&[
            ("action", &[("action", 0.8), ("I", 0.1)]),
            ("2", &[("2", 0.75), ("1", 0.2)]),
            (".", &[(".", 0.9)]),
        ]);
        assert_near(&read(&said, ["action1", "action2"], &strict).unwrap(), &[0.16, 0.6]);
        // The answer goes another way, or ends too soon.
        let error =
            read(&answer(&[("I", &[("I", 0.6), ("action", 0.3)])]), ["action1", "action2"], &strict).unwrap_err();
        assert!(error.contains("beginning with `action`") && error.contains("`I` instead"), "{error}");
        assert!(!error.contains("begun: true"), "no beginning tells them apart: {error}");
        let error = read(&said[..1], ["action1", "action2"], &strict).unwrap_err();
        assert!(error.contains("ended with `action`"), "{error}");
    }

    #[test]
    fn beginnings_count_where_the_scenario_says_so() {
        let said = answer(&[("Co", &[("Co", 0.5), ("Def", 0.3), ("De", 0.1)]), ("operate", &[("operate", 0.9)])]);
        let error = read(&said, ["Cooperate", "Defect"], &LogProbConfig::default()).unwrap_err();
        assert!(error.contains("`Defect` is several tokens") && error.contains("begun: true"), "{error}");
        let begun = LogProbConfig { begun: true, ..LogProbConfig::default() };
        assert_near(&read(&said, ["Cooperate", "Defect"], &begun).unwrap(), &[0.5, 0.4]);
        // A beginning that two labels share tells nothing.
        let said = answer(&[("De", &[("De", 0.5), ("A", 0.1)]), ("fer", &[("fer", 0.7), ("fect", 0.2)])]);
        assert_near(&read(&said, ["Defect", "Defer"], &begun).unwrap(), &[0.1, 0.35]);
    }

    #[test]
    fn a_label_that_is_not_listed_holds_what_it_can_or_stops_the_run() {
        let said = answer(&[("A", &[("A", 0.989), ("x", 0.008), ("y", 0.002)])]);
        let error = read(&said, ["A", "B"], &LogProbConfig::default()).unwrap_err();
        assert!(error.contains("`B` is not among the 3") && error.contains("1.00e-3"), "{error}");
        let loose = LogProbConfig { unlisted: 0.0011, ..LogProbConfig::default() };
        assert_near(&read(&said, ["A", "B"], &loose).unwrap(), &[0.989, 0.001]);
        assert!(read(&said, ["A", "B"], &LogProbConfig { unlisted: 0.0009, ..loose.clone() }).is_err());
        let whole = answer(&[("A", &[("A", 1.0)])]);
        assert!(read(&whole, ["A", "B"], &loose).unwrap()[1] < 1e-30);
    }

    #[test]
    fn what_cannot_be_a_distribution_is_refused() {
        let wild = answer(&[("A", &[("A", 0.9), ("B", 0.9)])]);
        assert!(read(&wild, ["A", "B"], &LogProbConfig::default()).unwrap_err().contains("sum to 1.800"));
        assert!(read(&[], ["A", "B"], &LogProbConfig::default()).unwrap_err().contains("no log-probabilities"));
        let bare = vec![Position { chosen: likely("A", 0.5), top: Vec::new() }];
        assert!(read(&bare, ["A", "B"], &LogProbConfig::default()).unwrap_err().contains("no log-probabilities"));
    }

    #[test]
    fn labels_that_all_have_no_probability_are_refused() {
        // The second is what hosted services list for a token that is very unlikely.
        for nothing in [-1e300, -9999.0] {
            let none = |token: &str| Likely { token: token.into(), log_prob: nothing };
            let mut said = answer(&[("I", &[("I", 0.9)])]);
            said[0].top.extend([none("A"), none("B")]);
            let error = read(&said, ["A", "B"], &LogProbConfig::default()).unwrap_err();
            assert!(error.contains("no label a probability that can be told from 0"), "{error}");
            said[0].top.push(likely("B", 0.05));
            assert_near(&read(&said, ["A", "B"], &LogProbConfig::default()).unwrap(), &[0.0, 0.05]);
        }
    }
}
