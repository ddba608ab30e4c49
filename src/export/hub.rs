//! Adapters as folders for the Hugging Face Hub: as the run saved them, with its evaluation in their cards.

use super::ExportError;
use crate::files::{read_bytes, read_settings, write_text, write_whole};
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// The model card in an adapter's folder.
const CARD: &str = "README.md";
/// The files beside it, of which a PEFT adapter consists.
const FILES: [&str; 2] = ["adapter_config.json", "adapter_model.safetensors"];
/// The most bytes of a file that is copied; adapters are far smaller.
const BYTES_MAX: u64 = 8 << 30;

/// Copies every adapter of the run in `folder` to a folder in `into`, with what `evaluation.csv` says of it in its
/// card, and returns the folders.
///
/// # Errors
/// If the run has no adapters, or a file cannot be read or written.
pub fn export(folder: &Path, into: &Path) -> Result<Vec<PathBuf>, ExportError> {
    let adapters = folder.join("adapters");
    let entries = fs::read_dir(&adapters).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut agents: Vec<PathBuf> = entries.filter(|path| path.join(FILES[0]).is_file()).collect();
    agents.sort();
    if agents.is_empty() {
        let problem = "there are no adapters in it; they are saved when a run ends in which language models learn";
        return Err(ExportError::broken(folder, problem));
    }
    let asked = Answers::read(&folder.join("evaluation.csv"))?;
    let export = |from: &PathBuf| -> Result<PathBuf, ExportError> {
        let name = from.file_name().unwrap_or_default();
        let to = into.join(name);
        fs::create_dir_all(&to).map_err(ExportError::io("create", &to))?;
        for file in FILES {
            let (from, to) = (from.join(file), to.join(file));
            let bytes = read_bytes(&from, BYTES_MAX).map_err(ExportError::io("read", &from))?;
            write_whole(&to, |file| file.write_all(&bytes)).map_err(ExportError::io("write", &to))?;
        }
        let (from, card) = (from.join(CARD), to.join(CARD));
        let text = read_settings(&from).map_err(ExportError::io("read", &from))?;
        let text = text + &asked.section(&name.to_string_lossy());
        write_text(&card, &text).map_err(ExportError::io("write", &card))?;
        Ok(to)
    };
    agents.iter().map(export).collect()
}

/// The rows of an evaluation that cards show: the games of the suite under new labels, exact.
struct Answers(Vec<Answer>);

/// What a subject does in a game.
struct Answer {
    subject: String,
    agent: String,
    game: String,
    histories: String,
    /// The untrained model that was asked with the same prompt, by its `agent`.
    baseline: String,
    /// Share of cooperative decisions; after CC, CD, DC, DD; fine; shortfall.
    numbers: [f64; 7],
}

impl Answers {
    /// Reads the table at `path`; no rows if there is none.
    fn read(path: &Path) -> Result<Self, ExportError> {
        if !path.is_file() {
            return Ok(Self(Vec::new()));
        }
        let broken = |error: csv::Error| ExportError::broken(path, error.to_string());
        let mut reader = csv::Reader::from_path(path).map_err(broken)?;
        let heads = reader.headers().map_err(broken)?.clone();
        let column = |name: &str| {
            let found = heads.iter().position(|head| head == name);
            let problem = || format!("there is no column `{name}`; evaluate the run again with --force");
            found.ok_or_else(|| ExportError::broken(path, problem()))
        };
        let words = ["part", "estimate", "subject", "agent", "game", "histories", "baseline"].map(column);
        let numbers = [
            "c_after_c",
            "c_after_d",
            "p_c_cc",
            "p_c_cd",
            "p_c_dc",
            "p_c_dd",
            "fine_deontological",
            "shortfall_utilitarian",
        ];
        let words: Vec<usize> = words.into_iter().collect::<Result<_, _>>()?;
        let numbers: Vec<usize> = numbers.map(column).into_iter().collect::<Result<_, _>>()?;
        let mut answers = Vec::new();
        for record in reader.records() {
            let record = record.map_err(broken)?;
            let word = |index: usize| record.get(words[index]).unwrap_or_default().to_owned();
            if word(0) != "game" || word(1) != "exact" {
                continue;
            }
            let number = |index: usize| record[numbers[index]].parse().unwrap_or(f64::NAN);
            let numbers: [f64; 7] = std::array::from_fn(|index| match index {
                0 => number(0) + number(1),
                index => number(index + 1),
            });
            let [subject, agent, game, histories, baseline] = [2, 3, 4, 5, 6].map(word);
            answers.push(Answer { subject, agent, game, histories, baseline, numbers });
        }
        Ok(Self(answers))
    }

    /// The section of the card of `agent`; empty if it was not asked.
    fn section(&self, agent: &str) -> String {
        let own = self.0.iter().filter(|answer| answer.subject == "trained" && answer.agent == agent);
        let mut rows = String::new();
        let mut histories = "";
        for answer in own {
            let is_base = |other: &&Answer| {
                other.subject == "untrained" && other.agent == answer.baseline && other.game == answer.game
            };
            let untrained = self.0.iter().find(is_base).map(|base| &base.numbers);
            let cell = |index: usize| {
                let before = untrained.map_or_else(String::new, |numbers| format!(" ({:.2})", numbers[index]));
                format!("{:.2}{before}", answer.numbers[index])
            };
            let cells: Vec<String> = (0..answer.numbers.len()).map(cell).collect();
            let _ = writeln!(rows, "| {} | {} |", answer.game, cells.join(" | "));
            histories = &answer.histories;
        }
        if rows.is_empty() {
            return rows;
        }
        format!(
            "\n## Evaluation\n\nOther games under labels that it never saw, against an opponent that acts at random \
             (histories: {histories}); exact, in brackets the untrained base. Cooperation is the share of decisions, CC to \
             DD the probability of cooperating after that round (own action first); fine and shortfall are the \
             deontological and the utilitarian regret of Tennant et al. 2025, lower is better.\n\n\
             | game | cooperation | CC | CD | DC | DD | fine | shortfall |\n|---|---|---|---|---|---|---|---|\n{rows}"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_gains_the_evaluation_of_its_agent() {
        let dir = tempfile::tempdir().unwrap();
        let run = dir.path().join("run");
        assert!(export(&run, dir.path()).unwrap_err().to_string().contains("no adapters in it"));
        let adapter = run.join("adapters/a_0");
        fs::create_dir_all(&adapter).unwrap();
        for file in FILES.into_iter().chain([CARD]) {
            fs::write(adapter.join(file), "# Card\n").unwrap();
        }
        let out = dir.path().join("out");
        assert_eq!(export(&run, &out).unwrap(), [out.join("a_0")]);
        assert_eq!(fs::read_to_string(out.join("a_0/README.md")).unwrap(), "# Card\n");
        let table = "part,estimate,subject,agent,game,histories,c_after_c,c_after_d,p_c_cc,p_c_cd,p_c_dc,p_c_dd,\
                     fine_deontological,shortfall_utilitarian,baseline\n\
                     game,exact,untrained,untrained,chicken,even,0,0,0,0,0,0,0,0,untrained\n\
                     game,exact,untrained,untrained_2,chicken,even,0.25,0.25,0.5,0.5,0.5,0.5,1,0.4,untrained_2\n\
                     game,exact,trained,a_0,chicken,even,0.5,0.25,1,0,1,1,0.5,0.3,untrained_2\n\
                     game,exact,trained,b_0,chicken,even,0,0,0,0,0,0,0,0,untrained\n\
                     labels,exact,trained,a_0,chicken,even,0,0,0,0,0,0,0,0,untrained_2\n";
        fs::write(run.join("evaluation.csv"), table).unwrap();
        export(&run, &out).unwrap();
        let card = fs::read_to_string(out.join("a_0/README.md")).unwrap();
        let row = "| chicken | 0.75 (0.50) | 1.00 (0.50) | 0.00 (0.50) | 1.00 (0.50) | 1.00 (0.50) | 0.50 (1.00) | 0.30 (0.40) |\n";
        assert!(card.starts_with("# Card\n\n## Evaluation\n") && card.ends_with(row), "{card}");
        assert_eq!(card.matches("| chicken").count(), 1);
        fs::write(run.join("evaluation.csv"), table.replace(",baseline", ",other")).unwrap();
        let error = export(&run, &out).unwrap_err().to_string();
        assert!(error.contains("no column `baseline`; evaluate the run again with --force"), "{error}");
    }
}
