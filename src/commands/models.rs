//! `sim models`.

use super::{DONE, fail};
use crate::cli::ModelsVerb;
use crate::llm::fetch::{Fetcher, find, terminal_progress};
use crate::llm::registry;

pub(super) fn execute(verb: &ModelsVerb) -> u8 {
    match verb {
        ModelsVerb::List => {
            list();
            DONE
        }
        ModelsVerb::Fetch { name } => match find(name, &Fetcher::from_env(terminal_progress())) {
            Ok(found) => {
                println!("{}\nsha256 {}\nfrom {}", found.files.path().display(), found.sha256, found.source);
                DONE
            }
            Err(error) => fail(error),
        },
    }
}

fn list() {
    let fetcher = Fetcher::from_env(indicatif::ProgressBar::hidden());
    println!("{:24} {:8} {:>9}  {:12} {:9} repository", "name", "family", "MB", "licence", "here");
    println!("{:24} {:8} {:>9}  {:12} {:9} -", "tiny", "llama", "-", "-", "built in");
    for entry in registry::ENTRIES {
        let here = fetcher.cached_path(entry).is_some_and(|path| path.exists());
        let megabytes = if entry.bytes > 0 { format!("{:.0}", entry.bytes as f64 / 1e6) } else { "-".into() };
        println!(
            "{:24} {:8} {megabytes:>9}  {:12} {:9} {}",
            entry.name,
            entry.family.name(),
            entry.licence,
            if here { "yes" } else { "no" },
            entry.base_repository
        );
    }
}
