//! `sim explain`: everything that has a name, in the words of the code and of the schema.

mod entry;
mod nearest_only;
mod topics;
mod written_game;

use crate::cli::{ExplainArgs, Format};
use crate::commands::terminal::exit::{DONE, WRONG_INPUT};
use crate::commands::terminal::print::{err, out};
use crate::run::{Extension, Simulation};
use crate::scenario::check::shape::published_schema;
use crate::text::{TERMINAL_WIDTH, did_you_mean_or_stop, nearest, shown, wrapped};
use entry::Entry;
use topics::{COLUMNS, FIELDS, Sources, TOPICS, TYPES, Topic, WORDS};

/// The longest label, such as `Meaning`, under which the lines after it leave room.
const LABEL_MAX: usize = 8;

/// Most entries that a search names.
const FOUND_MAX: usize = 12;

pub(in crate::commands) fn execute(args: &ExplainArgs, extend: Extension) -> u8 {
    let simulation = Simulation::extended(extend);
    let offered = simulation.known().offered;
    let schema = published_schema(&offered);
    let sources = Sources { offered: &offered, world: simulation.app.world(), schema: &schema };
    let known: Vec<(&Topic, Vec<Entry>)> = TOPICS.iter().map(|topic| (topic, (topic.entries)(&sources))).collect();
    let (mut chosen, mut texts) = (Vec::new(), Vec::new());
    for word in &args.words {
        match find(word, &known) {
            Ok(entries) => {
                texts.push(if word == COLUMNS { by_table(&entries) } else { blocks(&entries) });
                chosen.extend(entries);
            }
            Err(problem) => {
                err!("error: {problem}");
                return WRONG_INPUT;
            }
        }
    }
    match args.format {
        Format::Json if args.words.is_empty() => {
            print_json(&known.into_iter().flat_map(|(_, all)| all).collect::<Vec<_>>());
        }
        Format::Json => print_json(&chosen),
        Format::Text if args.words.is_empty() => overview(&known),
        Format::Text => out!("{}", texts.join("\n\n")),
    }
    DONE
}

/// Everything that `word` names: a topic, or entries of one or more topics.
fn find(word: &str, known: &[(&Topic, Vec<Entry>)]) -> Result<Vec<Entry>, String> {
    if let Some((_, entries)) = known.iter().find(|(topic, _)| topic.word == word) {
        return Ok(entries.clone());
    }
    let all = || known.iter().flat_map(|(_, entries)| entries);
    let exact: Vec<Entry> = all().filter(|entry| entry.is_called(word)).cloned().collect();
    if !exact.is_empty() {
        return Ok(without_repeats(exact));
    }
    if let Some(game) = written_game::entry(word) {
        return game.map(|entry| vec![entry]);
    }
    let names: Vec<&str> = known.iter().map(|(topic, _)| topic.word).chain(all().map(|entry| &*entry.name)).collect();
    let hint = did_you_mean_or_stop(nearest(word, names));
    let wanted = word.to_lowercase();
    let is_long = wanted.chars().count() > 2;
    let mut mentions: Vec<&str> = Vec::new();
    for entry in all().filter(|entry| is_long && entry.text.to_lowercase().contains(&wanted)) {
        if !mentions.contains(&&*entry.name) {
            mentions.push(&entry.name);
        }
    }
    let more = if mentions.len() > FOUND_MAX { ", …" } else { "" };
    mentions.truncate(FOUND_MAX);
    let mentioned = match mentions.len() {
        0 => String::new(),
        _ => format!(" It is mentioned under {}{more}.", mentions.join(", ")),
    };
    Err(format!("no entry named `{}`{hint}{mentioned} Run `sim explain` for the list.", shown(word)))
}

/// `entries` without what the entry of a list has already said: the value of a field and the type by which a scenario
/// writes it.
fn without_repeats(entries: Vec<Entry>) -> Vec<Entry> {
    let is_of_format = |entry: &Entry| match entry.topic {
        FIELDS => entry.details["kind"].is_null(),
        topic => topic == TYPES,
    };
    let is_listed = |entry: &Entry| ![FIELDS, TYPES, COLUMNS, WORDS].contains(&entry.topic);
    match entries.iter().any(is_listed) {
        true => entries.into_iter().filter(|entry| !is_of_format(entry)).collect(),
        false => entries,
    }
}

fn blocks(entries: &[Entry]) -> String {
    let texts: Vec<String> = entries.iter().map(|entry| fitted(entry.text.trim_end())).collect();
    texts.join("\n\n")
}

/// `text` with lines that fit a terminal. What goes on is indented as far as what comes after a short label, below the
/// name of a field, and otherwise as its line is.
fn fitted(text: &str) -> String {
    let line = |line: &str| {
        let start = line.len() - line.trim_start().len();
        let label = line[start..].split_once(": ").map(|(label, rest)| (label, rest.len() - rest.trim_start().len()));
        let hang = match label {
            Some((label, blanks)) if label.len() <= LABEL_MAX && !label.contains(' ') => label.len() + 2 + blanks,
            Some((label, _)) if label.ends_with(')') || !label.contains(' ') => 4,
            _ => 0,
        };
        wrapped(line, &" ".repeat(start + hang)).join("\n")
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

/// Columns under the names of their tables.
fn by_table(columns: &[Entry]) -> String {
    let table = |entry: &Entry| entry.details["table"].as_str().unwrap_or_default().to_owned();
    let listed = |columns: &[Entry]| {
        let mut lines = vec![table(&columns[0]), String::new()];
        for column in columns {
            lines.extend(wrapped(&format!("  {}: {}", column.name, column.summary), "      "));
        }
        lines.join("\n")
    };
    let tables: Vec<String> = columns.chunk_by(|one, next| table(one) == table(next)).map(listed).collect();
    tables.join("\n\n")
}

/// Every topic with the names of its entries, those of short topics with a line each.
fn overview(known: &[(&Topic, Vec<Entry>)]) {
    for (topic, entries) in known.iter().filter(|(_, entries)| !entries.is_empty()) {
        out!("{} (sim explain {}):\n", topic.heading, topic.word);
        if topic.is_listed_by_line {
            let width = entries.iter().map(|entry| entry.name.chars().count()).max().unwrap_or(0);
            for Entry { name, summary, .. } in entries {
                let line = format!("  {name:width$}  {summary}");
                out!("{}", cut(line.trim_end(), TERMINAL_WIDTH));
            }
        } else {
            let mut names: Vec<&str> = Vec::new();
            for entry in entries {
                if !names.contains(&&*entry.name) {
                    names.push(&entry.name);
                }
            }
            wrapped(&format!("  {}", names.join(", ")), "  ").iter().for_each(|line| out!("{line}"));
        }
        out!("");
    }
    out!("`sim explain NAME` explains one, and a word that is no name is searched for.");
}

/// `line`, or its first words with an ellipsis.
fn cut(line: &str, width: usize) -> String {
    if line.chars().count() <= width {
        return line.to_owned();
    }
    let start: String = line.chars().take(width).collect();
    let whole = start.rsplit_once(' ').map_or(&*start, |(whole, _)| whole);
    let kept: String = whole.chars().take(width - 1).collect();
    format!("{}…", kept.trim_end().trim_end_matches([',', ';', ':', '.']))
}

fn print_json(entries: &[Entry]) {
    let text = serde_json::to_string_pretty(entries).expect("entries are text and finite numbers");
    out!("{text}");
}

#[cfg(test)]
mod tests {
    use super::entry::plain;
    use super::*;

    /// What `sim explain` knows without plugins, and what it finds there.
    fn explained(word: &str) -> Result<Vec<Entry>, String> {
        let simulation = Simulation::new();
        let offered = simulation.known().offered;
        let schema = published_schema(&offered);
        let sources = Sources { offered: &offered, world: simulation.app.world(), schema: &schema };
        let known: Vec<(&Topic, Vec<Entry>)> = TOPICS.iter().map(|topic| (topic, (topic.entries)(&sources))).collect();
        find(word, &known)
    }

    fn text(word: &str) -> String {
        let entries = explained(word).unwrap_or_else(|problem| panic!("{problem}"));
        entries.iter().map(|entry| &*entry.text).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn every_nearest_strategy_is_explained() {
        for name in crate::metrics::known_strategies() {
            assert!(explained(name).is_ok(), "{name}");
        }
    }

    #[test]
    fn a_column_is_explained_in_every_table_and_by_the_name_of_a_term() {
        let text = text("cooperation_rate");
        assert!(text.contains("strategy_evolution.csv") && text.contains("social_outcomes.csv"), "{text}");
        assert!(explained("reward_utilitarian").is_ok() && explained("reward_envy").is_err());
    }

    #[test]
    fn all_columns_are_listed_table_by_table() {
        let listed = by_table(&explained(COLUMNS).unwrap());
        assert!(listed.starts_with("strategy_evolution.csv\n\n  tick: "), "{listed}");
        assert!(
            listed.contains("\n\nsocial_outcomes.csv\n\n") && listed.contains("\n  cooperation_rate: "),
            "{listed}"
        );
        assert!(listed.lines().all(|line| line.chars().count() <= TERMINAL_WIDTH), "{listed}");
    }

    #[test]
    fn a_game_may_be_written_as_in_a_scenario() {
        let goods = explained("PublicGoods(players: 3, multiplier: 1.5)").unwrap();
        assert_eq!(goods[0].details["payoffs_by_others"][1], serde_json::json!([1.0, 1.5, 2.0]));
        assert!(explained("PublicGoods(players: 1, multiplier: 1.5)").unwrap_err().contains("players"));
        assert_eq!(explained("stag_hunt").unwrap()[0].details["payoffs"][0][0], serde_json::json!([4.0, 4.0]));
    }

    #[test]
    fn a_game_is_named_once() {
        let text = text("stag_hunt");
        assert!(text.starts_with("stag_hunt: Stag Hunt, 2 players, actions cooperate, defect\n"), "{text}");
        assert_eq!(text.matches("stag_hunt").count(), 1, "{text}");
    }

    #[test]
    fn names_are_found_as_scenarios_and_as_tables_spell_them() {
        for [one, other] in
            [["TitForTat", "tit_for_tat"], ["VirtueEquality", "virtue_equality"], ["RoundRobin", "round_robin"]]
        {
            assert_eq!(text(one), text(other));
        }
    }

    #[test]
    fn fields_values_models_policies_and_words_are_explained() {
        for (word, said) in [
            ("clip_coef", "learner.Ppo.clip_coef"),
            ("output.every", "Number of ticks"),
            ("Counterbalanced", "Every order equally often"),
            ("smollm2-135m-instruct", "Apache-2.0"),
            ("llm", "low-rank adapter"),
            ("regret", "Regret"),
            ("opening", "first round"),
        ] {
            assert!(text(word).contains(said), "{word}: {}", text(word));
        }
    }

    #[test]
    fn a_word_that_is_no_name_is_searched_for() {
        let problem = explained("Greenewald").unwrap_err();
        assert!(problem.contains("no entry named `Greenewald`") && problem.contains("activated"), "{problem}");
        assert!(explained("tit_for_tatt").unwrap_err().contains("did you mean `tit_for_tat`?"));
        assert!(explained("\u{1b}[2J").unwrap_err().contains("\\u{1b}"));
    }

    #[test]
    fn every_entry_has_a_summary_and_every_topic_another_word() {
        for topic in TOPICS.iter().filter(|topic| topic.word != "plugins") {
            let entries = explained(topic.word).unwrap();
            assert!(!entries.is_empty(), "{}", topic.word);
            for entry in entries {
                assert!(!entry.summary.is_empty() && entry.topic == topic.word, "{entry:?}");
                assert!(plain(&entry.name) != plain(topic.word), "{} hides a topic", entry.name);
            }
        }
    }

    #[test]
    fn everything_fits_a_terminal() {
        for topic in TOPICS {
            for entry in explained(topic.word).unwrap() {
                let text = blocks(std::slice::from_ref(&entry));
                let is_long = |line: &&str| line.chars().count() > TERMINAL_WIDTH && line.trim().contains(' ');
                assert_eq!(text.lines().find(is_long), None, "{}", entry.name);
            }
        }
    }

    #[test]
    fn learners_strategies_and_types_are_told_field_by_field() {
        for (word, said) in [
            ("grpo", ["  Source: Shao", "  epochs (whole number, default ", "  Write:  `learner: Grpo()`"]),
            ("ppo", ["arXiv 1707.06347", "  optimizer (Optimizer, default: see its fields)", "`learner: Ppo()`"]),
            ("memory_one", ["  Source: Nowak", "  cd (number, required)", "`policy: Scripted(MemoryOne(cc: …, cd: …"]),
            ("tit_for_tat", ["Axelrod", "  Rule:   Cooperates", "`policy: Scripted(TitForTat)`"]),
            ("Projection", ["  q_proj: Attention: what a token looks for.", "down_proj: ", "gate_proj: "]),
            (
                "RandomPairs",
                ["Pairs:  Shuffles the agents", "repeats", "Write:  `matchmaking: RandomPairs(repeats: 1)`"],
            ),
        ] {
            for said in said {
                assert!(text(word).contains(said), "no {said} in {word}: {}", text(word));
            }
        }
    }

    #[test]
    fn long_lines_are_cut() {
        assert_eq!(cut("äöü, abc", 7), "äöü…");
        assert_eq!(cut("äöüabc", 5), "äöüa…");
    }
}
