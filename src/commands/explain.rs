//! `sim explain`.

use super::{DONE, WRONG_INPUT};
use crate::games::catalog;
use crate::games::describe::describe;
use crate::morals::explain as terms;
use crate::policies::scripted::explain as strategies;
use crate::text::nearest;

pub(super) fn execute(name: Option<&str>) -> u8 {
    match name {
        None => {
            println!("Reward terms (sim explain terms):\n");
            print_list(terms::names());
            println!("\nStrategies (sim explain strategies):\n");
            print_list(strategies::names());
            println!("\nGames (sim explain games):\n");
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
        println!("  {name}");
    }
}

fn print_all(texts: impl Iterator<Item = String>) -> u8 {
    for text in texts {
        println!("{}\n", text.trim_end());
    }
    DONE
}

fn explain_game(entry: &catalog::Entry) -> String {
    format!("{}: {}\n{}\nSource: {}", entry.name, entry.title, describe(&entry.game()).trim_end(), entry.citation)
}

fn explain_one(name: &str) -> u8 {
    let game = || catalog::ENTRIES.iter().find(|entry| entry.name == name).map(explain_game);
    if let Some(text) = terms::explain(name).or_else(|| strategies::explain(name)).or_else(game) {
        println!("{}", text.trim_end());
        return DONE;
    }
    let all = terms::names().chain(strategies::names()).chain(catalog::ENTRIES.iter().map(|entry| entry.name));
    let hint = nearest(name, all).map_or_else(String::new, |word| format!(" Did you mean `{word}`?"));
    eprintln!("error: no term, strategy or game is called `{name}`.{hint} `sim explain` lists all of them.");
    WRONG_INPUT
}
