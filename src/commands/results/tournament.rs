//! `sim tournament RUN`.

use crate::cli::{TournamentArgs, TournamentFormat};
use crate::commands::input::folder::check_that_it_is_a_run;
use crate::commands::terminal::print::{already_there, deliver, fail, refuse};
use crate::commands::terminal::table::{Align, table};
use crate::compare::output::tournament_figure;
use crate::compare::{Fared, tournament};
use crate::text::shown;
use serde_json::{Value, json};

/// The table that it is made of.
const PAIRS: &str = "pairs.csv";

pub(in crate::commands) fn execute(args: &TournamentArgs) -> u8 {
    if let Some(path) = args.out.as_deref().filter(|path| path.exists() && !args.force) {
        return fail(already_there(path));
    }
    if let Err(problem) = check_that_it_is_a_run(&args.run, "manifest.json") {
        return refuse(problem);
    }
    if !args.run.join(PAIRS).is_file() {
        let run = shown(&args.run.display().to_string()).into_owned();
        return refuse(format!(
            "{run} has no {PAIRS}, which runs of games of two players have unless `output: (pairs: false)`"
        ));
    }
    let fared = match tournament(&args.run) {
        Ok(fared) => fared,
        Err(error) => return refuse(error),
    };
    let text = match args.format {
        TournamentFormat::Json => format!("{:#}", described(&fared)),
        TournamentFormat::Text => text(&fared),
        TournamentFormat::Svg => match tournament_figure(&fared) {
            Ok(figure) => figure.svg(),
            Err(error) => return refuse(error),
        },
    };
    deliver(&text, args.out.as_deref())
}

/// The ranks, for people.
fn text(fared: &[Fared]) -> String {
    let heads = ["rank", "population", "score", "coop.", "wins", "difference", "from", "to"];
    let align = |head| if head == "population" { Align::Tail } else { Align::Right };
    let row = |(place, fared): (usize, &Fared)| {
        let ends = [f64::min, f64::max].map(|end| fared.scores.iter().copied().reduce(end).unwrap_or(f64::NAN));
        let numbers = [fared.score, fared.cooperation].map(|number| format!("{number:.3}"));
        let rest = [format!("{:.1}", fared.wins), format!("{:.3}", fared.difference)];
        let start = [(place + 1).to_string(), fared.population.clone()];
        start.into_iter().chain(numbers).chain(rest).chain(ends.map(|end| format!("{end:.3}"))).collect()
    };
    let rows: Vec<Vec<String>> = fared.iter().enumerate().map(row).collect();
    let note = [
        "score: payoff per round over those that were met, the median of the recorded",
        "  ticks; from, to: the smallest and the largest; wins: how many were paid less",
        "  in their matches with it; difference: payoff per round beyond theirs. As in",
        "  Axelrod-Python; matches within a population are left out.",
    ];
    table(&heads.map(|head| (head, align(head))), &rows) + &note.join("\n")
}

/// The same for programs, with the payoff of each against each.
fn described(fared: &[Fared]) -> Value {
    let one = |(place, fared): (usize, &Fared)| {
        json!({
            "rank": place + 1,
            "population": fared.population,
            "score": fared.score,
            "scores": fared.scores,
            "cooperation": fared.cooperation,
            "wins": fared.wins,
            "difference": fared.difference,
            "payoffs": fared.payoffs,
        })
    };
    Value::Array(fared.iter().enumerate().map(one).collect())
}
