//! `sim models`.

use crate::cli::ModelsVerb;
use crate::commands::input::machine::model_fetcher;
use crate::commands::terminal::exit::DONE;
use crate::commands::terminal::print::{err, fail, out};
use crate::llm::files::fetch::{Fetcher, find, find_here};
use crate::llm::files::registry;
use crate::llm::files::registry::Entry;

pub(in crate::commands) fn execute(verb: &ModelsVerb) -> u8 {
    match verb {
        ModelsVerb::List => {
            list();
            DONE
        }
        ModelsVerb::Fetch { name } if name == registry::BUILT_IN => {
            out!("{name} is built in: there is nothing to fetch");
            DONE
        }
        ModelsVerb::Fetch { name } => match find(name, &model_fetcher()) {
            Ok(found) => {
                out!("{}\nsha256 {}\nfrom {}", found.files.path().display(), found.sha256, found.source);
                if registry::lookup(name).is_some_and(|entry| entry.sha256.is_none()) {
                    err!(
                        "note: no hash of this model is known beforehand, so it was taken as the Hub gave it; to make sure of \
                         the same weights later, compare the line above with the model's sha256 in a run's manifest.json"
                    );
                }
                DONE
            }
            Err(error) => fail(error),
        },
    }
}

const HEADINGS: [&str; 7] = ["name", "family", "MB", "cached", "checked", "licence", "repository"];

fn list() {
    let fetcher = Fetcher::from_env(indicatif::ProgressBar::hidden());
    let tiny = ["tiny", "llama", "-", "built in", "-", "-", "-"].map(String::from);
    let mut rows = vec![HEADINGS.map(String::from), tiny];
    rows.extend(registry::ENTRIES.iter().map(|entry| row(entry, &fetcher)));
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: [usize; 7] = std::array::from_fn(width);
    for row in &rows {
        let cells = row.iter().zip(widths).zip(HEADINGS).map(|((cell, width), heading)| match heading {
            "MB" => format!("{cell:>width$}"),
            _ => format!("{cell:width$}"),
        });
        out!("{}", cells.collect::<Vec<_>>().join("  ").trim_end());
    }
    out!(
        "\nchecked: whether the file's SHA-256 is known and compared. Of the others the newest version is taken as the Hub \
         gives it; `sim models fetch` prints its hash, and every run's manifest records it.\n\
         * accept the licence on the Hub and set HF_TOKEN."
    );
}

fn row(entry: &Entry, fetcher: &Fetcher) -> [String; 7] {
    let yes = |is: bool| if is { "yes" } else { "no" }.to_string();
    [
        entry.name.into(),
        entry.family.name().into(),
        format!("{:.0}", entry.bytes as f64 / 1e6),
        yes(matches!(find_here(entry.name, fetcher), Ok(Some(_)))),
        yes(entry.sha256.is_some()),
        format!("{}{}", entry.licence, if entry.is_gated { " *" } else { "" }),
        entry.base_repository.into(),
    ]
}
