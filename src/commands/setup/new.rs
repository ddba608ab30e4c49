//! `sim new`: a scenario of one's own, from a template.

use crate::cli::NewArgs;
use crate::commands::terminal::exit::{DONE, WRONG_INPUT};
use crate::commands::terminal::print::{err, fail, out, refuse};
use crate::files::write_new;
use crate::games::catalog;
use crate::run::{Extension, Simulation};
use crate::scenario::load::load_text;
use crate::scenario::templates::{TEMPLATES, Template, translated, with_value};
use crate::scenario::text::{Syntax, quote};
use crate::text::{advice, nearest, shown};
use std::io::{self, BufRead, ErrorKind, IsTerminal, Write};
use std::path::{Path, PathBuf};

/// What to write, and where.
#[derive(Debug, PartialEq)]
struct Draft {
    /// The scenario in RON.
    text: String,
    file: PathBuf,
}

pub(in crate::commands) fn execute(args: &NewArgs, extend: Extension) -> u8 {
    let draft = match &args.template {
        Some(name) => match template(name) {
            Ok(template) => {
                let file = args.file.clone().unwrap_or_else(|| format!("{}.ron", template.name).into());
                Ok(Some(Draft { text: template.text.to_owned(), file }))
            }
            Err(problem) => return refuse(problem),
        },
        None if io::stdin().is_terminal() && io::stdout().is_terminal() => {
            ask(&mut io::stdin().lock(), &mut io::stderr())
        }
        None => {
            out!("{}\nsim new TEMPLATE [FILE] writes one of them.", listing());
            return DONE;
        }
    };
    match draft {
        Ok(Some(draft)) => write(&draft, extend),
        Ok(None) => {
            err!("nothing was written");
            WRONG_INPUT
        }
        Err(error) => fail(error),
    }
}

/// The templates, a line each.
fn listing() -> String {
    let width = TEMPLATES.iter().map(|template| template.name.len()).max().unwrap_or_default();
    let line = |template: &Template| format!("  {:width$}  {}\n", template.name, template.about());
    TEMPLATES.iter().map(line).collect()
}

fn template(name: &str) -> Result<&'static Template, String> {
    let names: Vec<&str> = TEMPLATES.iter().map(|template| template.name).collect();
    TEMPLATES.iter().find(|template| template.name == name).ok_or_else(|| {
        let advice = advice(name, &names).map_or_else(String::new, |advice| format!("; {advice}"));
        format!("there is no template `{name}`{advice}")
    })
}

/// The template that an answer means: its number in the list, or its name.
fn chosen(answer: &str) -> Result<&'static Template, String> {
    match answer.parse::<usize>() {
        Ok(number) => number
            .checked_sub(1)
            .and_then(|place| TEMPLATES.get(place))
            .ok_or_else(|| format!("expected a number from 1 to {}, or a name", TEMPLATES.len())),
        Err(_) => template(answer),
    }
}

/// Checks the scenario and writes it, in the language that the file's ending names, where there is no file yet.
fn write(Draft { text, file }: &Draft, extend: Extension) -> u8 {
    let shown = shown(&file.display().to_string()).into_owned();
    let Some(syntax) = Syntax::of_path(file) else {
        let endings: Vec<String> =
            Syntax::ALL.iter().flat_map(|(_, endings)| *endings).map(|ending| format!(".{ending}")).collect();
        return refuse(format!("a scenario's file must end in {}: `{shown}` does not", endings.join(", ")));
    };
    let text = translated(text, syntax);
    let stem = file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    if let Err(errors) = load_text(&shown, &text, &stem, &[], &Simulation::extended(extend).known()) {
        err!("{}", errors.render(false).trim_end());
        return WRONG_INPUT;
    }
    match write_new(file, &text) {
        Ok(()) => {
            out!("{shown} is written. Next: sim {shown} --dry-run");
            DONE
        }
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            fail(format!("{shown} already exists; not overwritten. Name another file"))
        }
        Err(error) => fail(format!("{shown} cannot be written: {error}")),
    }
}

/// Asks what to write; `None` if the answers end too soon.
fn ask(input: &mut impl BufRead, output: &mut impl Write) -> io::Result<Option<Draft>> {
    for (number, line) in listing().lines().enumerate() {
        writeln!(output, "{:>3}{line}", number + 1)?;
    }
    let chosen = question(input, output, "Template", TEMPLATES[0].name, |answer| chosen(answer).map(|_| ()))?;
    let Some(Ok(template)) = chosen.map(|answer| self::chosen(&answer)) else { return Ok(None) };
    let default = format!("{}.ron", template.name);
    let file = question(input, output, "File", &default, |answer| {
        let path = Path::new(answer);
        if Syntax::of_path(path).is_none() {
            return Err("expected a name that ends with .ron, .json, .yaml or .toml".into());
        }
        if path.exists() { Err(format!("{answer} already exists")) } else { Ok(()) }
    })?;
    let Some(file) = file else { return Ok(None) };
    let mut text = template.text.to_owned();
    let game = template.value("game").and_then(|game| game.split('"').nth(1)).unwrap_or_default();
    let games: Vec<&str> = catalog::ENTRIES.iter().map(|entry| entry.name).collect();
    let game = question(input, output, "Game (sim explain games)", game, |answer| match games.contains(&answer) {
        true => Ok(()),
        false => {
            let near = nearest(answer, games.iter().copied());
            Err(near.map_or_else(|| "there is no such game".to_owned(), |near| format!("did you mean {near}?")))
        }
    })?;
    let Some(game) = game else { return Ok(None) };
    text = with_value(&text, "game", &format!("Named({})", quote(&game)));
    let ticks = question(input, output, "Ticks", template.value("ticks").unwrap_or("1"), |answer| {
        let ticks: Option<u32> = answer.parse().ok();
        ticks.filter(|ticks| *ticks > 0).map(|_| ()).ok_or_else(|| "expected a number of at least 1".to_owned())
    })?;
    let Some(ticks) = ticks else { return Ok(None) };
    Ok(Some(Draft { text: with_value(&text, "ticks", &ticks), file: file.into() }))
}

/// The answer to `question`, or the default if it is empty; asks again until `check` has no objection.
fn question(
    input: &mut impl BufRead,
    output: &mut impl Write,
    question: &str,
    default: &str,
    check: impl Fn(&str) -> Result<(), String>,
) -> io::Result<Option<String>> {
    /// A longer answer is none.
    const ANSWER_MAX: u64 = 4096;
    loop {
        write!(output, "{question} [{default}]: ")?;
        output.flush()?;
        let mut line = String::new();
        if io::Read::take(&mut *input, ANSWER_MAX).read_line(&mut line)? == 0 {
            writeln!(output)?;
            return Ok(None);
        }
        let answer = if line.trim().is_empty() { default } else { line.trim() };
        match check(answer) {
            Ok(()) => return Ok(Some(answer.to_owned())),
            Err(problem) => writeln!(output, "{}", shown(&problem))?,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_make_a_scenario_and_wrong_ones_are_asked_for_again() {
        let mut said = Vec::new();
        let answers = "moral\nmorals\nmine\nnowhere/mine.ron\nstag_hnt\nstag_hunt\n0\n7\n";
        let draft = ask(&mut answers.as_bytes(), &mut said).unwrap().unwrap();
        assert_eq!(draft.file, PathBuf::from("nowhere/mine.ron"));
        assert!(draft.text.contains("Named(\"stag_hunt\")") && draft.text.contains("ticks: 7,"), "{}", draft.text);
        let said = String::from_utf8(said).unwrap();
        for part in
            ["did you mean `morals`?", "ends with .ron", "did you mean stag_hunt?", "at least 1", "Ticks [12]: "]
        {
            assert!(said.contains(part), "no {part} in\n{said}");
        }
    }

    #[test]
    fn empty_answers_are_the_defaults_and_an_early_end_writes_nothing() {
        let second = ask(&mut "99\n2\nnowhere/b.ron\n\n\n".as_bytes(), &mut Vec::new()).unwrap().unwrap();
        assert_eq!(second.text, TEMPLATES[1].text, "a number chooses from the list");
        let draft = ask(&mut "\nnowhere/a.yaml\n\n\n".as_bytes(), &mut Vec::new()).unwrap().unwrap();
        assert_eq!(draft.text, TEMPLATES[0].text);
        assert_eq!(ask(&mut "morals\n".as_bytes(), &mut Vec::new()).unwrap(), None);
    }
}
