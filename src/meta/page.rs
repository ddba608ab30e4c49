//! The findings for a terminal.

use super::document::conventions;
use super::findings::Findings;
use super::game::{COOPERATION, MetaGame, PAYOFF};
use super::numbers::{Numbers, VERDICTS};
use super::options::Options;
use crate::compare::layout::{Page, Sheet, fixed};
use crate::dynamics::compositions::Compositions;

/// Matrices of more types are only in the files.
const MATRIX_MAX: usize = 12;
/// Tables of more compositions of others, or of more types, are only in the files.
const GROUPS_MAX: usize = 40;
const TYPES_MAX: usize = 6;
/// Numbers of the matrices' columns stand for names that are longer.
const NAME_MAX: usize = 16;

/// Payoffs, then what becomes of each type.
pub fn page(game: &MetaGame, options: &Options, findings: &Findings) -> Page {
    let mut head = vec![game.stage.summary()];
    head.extend(seeds(game));
    let mut sheets = Vec::new();
    let shown = [PAYOFF, COOPERATION];
    if let Some(groups) = game.groups() {
        if groups.len() <= GROUPS_MAX && game.types.len() <= TYPES_MAX {
            sheets.push(beside(game, groups, findings, PAYOFF));
        } else {
            head.push(format!("payoffs beside {} compositions of others are in groups.csv", groups.len()));
        }
    } else if game.types.len() <= MATRIX_MAX {
        let by_reward = (findings.fitness != PAYOFF).then_some(findings.fitness);
        sheets.extend(by_reward.into_iter().chain(shown).map(|measure| matrix(game, findings, measure)));
    } else {
        head.push(format!("payoffs of {} types are in measures.csv", game.types.len()));
    }
    sheets.push(fates(game, options, findings));
    let (n, b) = options.chosen;
    let cooperation = cell(findings, 2, |numbers| numbers.cooperation[n][b]);
    let mut foot = vec![format!(
        "cooperation in the long run: {cooperation} (population {}, strength {})",
        options.sizes[n], options.strengths[b]
    )];
    if !findings.value.chain[n].is_empty() {
        let cooperation = cell(findings, 2, |numbers| numbers.chain_cooperation[n][b]);
        foot.push(format!("cooperation with mutation {}: {cooperation}", options.mutation));
    }
    if findings.ends.is_some() {
        foot.push("value [95 % interval over training seeds]; yes (share of draws in which it holds)".into());
    }
    foot.extend(conventions(game, options));
    Page { head, sheets, foot }
}

fn seeds(game: &MetaGame) -> Option<String> {
    let trained: Vec<String> = game
        .types
        .iter()
        .filter(|of| of.replicates.iter().any(|replicate| replicate.seed.is_some()))
        .map(|of| format!("{} ({})", of.name, of.replicates.len()))
        .collect();
    (!trained.is_empty()).then(|| format!("trained types, and their seeds: {}", trained.join(", ")))
}

/// A matrix; columns are numbered as the rows are.
fn matrix(game: &MetaGame, findings: &Findings, measure: usize) -> Sheet {
    let numbers = &findings.value.measures[measure];
    let name = |number: usize| format!("{} {}", number + 1, game.types[number].name);
    let heads = (0..game.types.len()).map(|number| match game.types.len() {
        ..=4 if game.types[number].name.chars().count() <= NAME_MAX => game.types[number].name.clone(),
        _ => (number + 1).to_string(),
    });
    Sheet {
        title: format!("{}, of the row's type against the column's", game.measures[measure].title.to_lowercase()),
        words: 1,
        fixed: 1,
        heads: std::iter::once("type".to_owned()).chain(heads).collect(),
        lines: numbers
            .iter()
            .enumerate()
            .map(|(i, row)| std::iter::once(name(i)).chain(row.iter().map(|value| fixed(*value, 2))).collect())
            .collect(),
    }
}

/// What each type gets beside each composition of others.
fn beside(game: &MetaGame, groups: &Compositions, findings: &Findings, measure: usize) -> Sheet {
    let numbers = &findings.value.measures[measure];
    let names = || game.types.iter().map(|of| of.name.clone());
    let line = |(place, counts): (usize, &[u32])| {
        let counts = counts.iter().map(|count| count.to_string());
        counts.chain(numbers.iter().map(|of_type| fixed(of_type[place], 2))).collect()
    };
    Sheet {
        title: format!(
            "{} of each type (right) beside this many others of each (left)",
            game.measures[measure].title.to_lowercase()
        ),
        words: 0,
        fixed: game.types.len(),
        heads: names().map(|name| format!("beside {name}")).chain(names()).collect(),
        lines: groups.iter().enumerate().map(line).collect(),
    }
}

/// What becomes of each type.
fn fates(game: &MetaGame, options: &Options, findings: &Findings) -> Sheet {
    let (n, b) = options.chosen;
    let mut order: Vec<usize> = (0..game.types.len()).collect();
    order.sort_by(|&i, &j| findings.value.long_run[n][b][j].total_cmp(&findings.value.long_run[n][b][i]));
    let verdict = |number: usize, i: usize| {
        let holds = if findings.value.verdicts[number][i] > 0.5 { "yes" } else { "no" };
        match &findings.support {
            Some(support) => format!("{holds} ({:.0} %)", 100.0 * support[number][i]),
            None => holds.to_owned(),
        }
    };
    let shown: Vec<usize> = VERDICTS
        .iter()
        .enumerate()
        .filter(|(_, verdict)| ["ess", "nss"].contains(&verdict.name))
        .map(|(number, _)| number)
        .collect();
    let (has_chain, of_pairs) = (!findings.value.chain[n].is_empty(), !game.is_of_groups());
    let mut heads = vec!["type".to_owned(), "long run".into()];
    heads.extend(has_chain.then(|| "with mutation".into()));
    heads.extend(of_pairs.then(|| "α-rank".to_owned()));
    heads.push("replicator".into());
    heads.extend(of_pairs.then(|| "rating".to_owned()));
    heads.extend(shown.iter().map(|&number| VERDICTS[number].title.to_owned()));
    let last = findings.times.len() - 1;
    let line = |&i: &usize| {
        let mut line = vec![game.types[i].name.clone(), cell(findings, 2, |numbers| numbers.long_run[n][b][i])];
        line.extend(has_chain.then(|| cell(findings, 2, |numbers| numbers.chain[n][b][i])));
        line.extend(of_pairs.then(|| cell(findings, 2, |numbers| numbers.local_alpha_rank[n][b][i])));
        line.push(cell(findings, 2, |numbers| numbers.replicator[i][last]));
        line.extend(of_pairs.then(|| cell(findings, 0, |numbers| numbers.ratings[i])));
        line.extend(shown.iter().map(|&number| verdict(number, i)));
        line
    };
    Sheet {
        title: format!(
            "what becomes of each type: share in the long run (population {}, strength {}), {}share at time {} of the \
             replicator equation{}",
            options.sizes[n],
            options.strengths[b],
            if of_pairs { "α-rank (local), " } else { "" },
            options.time,
            if of_pairs { ", Elo rating" } else { "" }
        ),
        words: 1,
        fixed: 1,
        heads,
        lines: order.iter().map(line).collect(),
    }
}

/// A number with its interval.
fn cell(findings: &Findings, decimals: usize, of: impl Fn(&Numbers) -> f64) -> String {
    if of(&findings.value).is_nan() {
        return "-".into();
    }
    let value = fixed(of(&findings.value), decimals);
    match &findings.ends {
        Some([low, high]) if !of(low).is_nan() => {
            format!("{value} [{}, {}]", fixed(of(low), decimals), fixed(of(high), decimals))
        }
        _ => value,
    }
}
