//! `sim explain`.

use super::exit::{DONE, WRONG_INPUT};
use super::print::{err, out};
use crate::games::catalog;
use crate::games::describe::describe;
use crate::morals::explain as terms;
use crate::policies::scripted::explain as strategies;
use crate::text::{nearest, shown};

pub(super) fn execute(name: Option<&str>) -> u8 {
    match name {
        None => {
            out!("Reward terms (sim explain terms):\n");
            print_list(terms::names());
            out!("\nStrategies (sim explain strategies):\n");
            print_list(strategies::names());
            out!("\nGames (sim explain games):\n");
            print_list(catalog::ENTRIES.iter().map(|entry| entry.name));
            DONE
        }
        Some("terms") => print_all(terms::names().filter_map(terms::explain)),
        Some("strategies") => print_all(strategies::names().filter_map(strategies::explain)),
        Some("games") => print_all(catalog::ENTRIES.iter().map(explain_game)),
        Some(name) => explain_one(name),
    }
}

fn print_list<'a>(names: impl Iterator<Item = &'a str>) {
    for name in names {
        out!("  {name}");
    }
}

fn print_all(texts: impl Iterator<Item = String>) -> u8 {
    for text in texts {
        out!("{}\n", text.trim_end());
    }
    DONE
}

fn explain_game(entry: &catalog::Entry) -> String {
    let titled = describe(&entry.game()).replacen(": ", &format!(": {}, ", entry.title), 1);
    format!("{}\nSource: {}", titled.trim_end(), entry.citation)
}

/// Names in the column `nearest_strategy` that are no scripted strategies of their own.
const NEAREST_ONLY: [(&str, &str); 2] = [
    (
        "contrary",
        "contrary\n\n  Rule:   Does the opposite of what the opponent did: p(C) is 0, 1, 0, 1 after CC, CD, DC, DD (own action \
         first).\n  A name in the column `nearest_strategy`; `MemoryOne(start: 0.5, cc: 0, cd: 1, dc: 0, dd: 1)` plays so.\n",
    ),
    (
        "firm_but_fair",
        "firm_but_fair\n\n  Rule:   Defects only after it was exploited: p(C) is 1, 0, 1, 1 after CC, CD, DC, DD (own action \
         first).\n  Source: Frean 1994, The Prisoner's Dilemma without synchrony, Proc. R. Soc. B 257\n  A name in the column \
         `nearest_strategy`; `MemoryOne(start: 1, cc: 1, cd: 0, dc: 1, dd: 1)` plays so.\n",
    ),
];

fn explain_one(name: &str) -> u8 {
    let game = || catalog::ENTRIES.iter().find(|entry| entry.name == name).map(explain_game);
    let nearest_only = || NEAREST_ONLY.iter().find(|(known, _)| *known == name).map(|(_, text)| (*text).to_owned());
    let found = terms::explain(name).or_else(|| strategies::explain(name)).or_else(game).or_else(nearest_only);
    if let Some(text) = found {
        out!("{}", text.trim_end());
        return DONE;
    }
    let names = terms::names().chain(strategies::names()).chain(catalog::ENTRIES.iter().map(|entry| entry.name));
    let all = names.chain(NEAREST_ONLY.iter().map(|(known, _)| *known));
    let hint = nearest(name, all).map_or_else(String::new, |word| format!(" Did you mean `{word}`?"));
    let name = shown(name);
    err!("error: no term, strategy or game is called `{name}`.{hint} `sim explain` lists all of them.");
    WRONG_INPUT
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_nearest_strategy_is_explained() {
        for name in crate::metrics::known_strategies() {
            assert_eq!(explain_one(name), DONE, "{name}");
        }
    }

    #[test]
    fn a_game_is_named_once() {
        let entry = catalog::find("stag_hunt").unwrap();
        let text = explain_game(entry);
        assert!(text.starts_with("stag_hunt: Stag Hunt, 2 players, actions cooperate, defect\n"), "{text}");
        assert_eq!(text.matches("stag_hunt").count(), 1, "{text}");
    }
}
