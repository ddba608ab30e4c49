//! Event files of TensorBoard, which show a run while it goes on.
//!
//! Every population has a folder of its own, so that TensorBoard, which takes a folder for a run, draws populations
//! into one chart: `populations/NAME` holds the means over its members of every column of `strategy_evolution.csv`, and
//! the distribution over its members of each probability of cooperating; `society` holds `social_outcomes.csv`.

mod record;
mod tail;

use super::ExportError;
use crate::files::{EVOLUTION_TABLE, OUTCOMES_TABLE};
use crate::metrics::{Described, Kind};
use crate::text::shown;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Component, Path, PathBuf};
use tail::{Tail, Tick};

/// The folder for event files in a run's folder.
pub const FOLDER: &str = "tensorboard";
/// TensorBoard reads the files with `tfevents` in their names.
const FILE: &str = "events.out.tfevents.0.agora";
/// Bytes of events that wait at most before they are written.
const WAITING_BYTES: usize = 1 << 20;
/// The probabilities of cooperating have names that begin so.
const PROBABILITIES: &str = "p_c_";

/// Writes events as rows come into a run's tables.
#[derive(Debug)]
pub struct Follower {
    into: PathBuf,
    agents: Tail,
    society: Tail,
    /// Events that are not yet in their files, by folder.
    waiting: BTreeMap<String, Vec<u8>>,
    /// Names of the columns with numbers, in both tables.
    known: Vec<(String, bool)>,
}

impl Follower {
    /// Follows the run in `folder`, whose events go into `into`. Events that are there already are replaced, so that a
    /// resumed run has every step once.
    pub fn new(folder: &Path, into: &Path, known: &[Described]) -> Self {
        let known = known.iter().map(|column| (column.name.to_owned(), column.kind != Kind::Text));
        Self {
            into: into.to_path_buf(),
            agents: Tail::new(&folder.join(EVOLUTION_TABLE)),
            society: Tail::new(&folder.join(OUTCOMES_TABLE)),
            waiting: BTreeMap::new(),
            known: known.collect(),
        }
    }

    /// Writes the events of all rows that came since the last call.
    ///
    /// # Errors
    /// If a table cannot be read or a file not be written.
    pub fn follow(&mut self) -> Result<(), ExportError> {
        let Self { into, agents, society, waiting, known } = self;
        let table = &agents.path.clone();
        let is_text = |name: &str| known.iter().any(|(column, is_number)| column == name && !is_number);
        agents.each(|tick| {
            for (population, rows) in tick.by("population") {
                // A table that was tampered with must not lead to another folder.
                if !is_name(population) {
                    let population = shown(population);
                    return Err(ExportError::broken(table, format!("`{population}` is no name of a population")));
                }
                let folder = format!("populations/{population}");
                let events = waiting.entry(folder).or_insert_with(record::version);
                means(&tick, &rows, is_text, events);
                distributions(&tick, &rows, events);
            }
            write_if_many(into, waiting)
        })?;
        society.each(|tick| {
            let rows: Vec<usize> = (0..tick.rows.len()).collect();
            means(&tick, &rows, is_text, waiting.entry("society".into()).or_insert_with(record::version));
            write_if_many(into, waiting)
        })?;
        write(into, waiting)
    }
}

/// Whether `text` is the name of one file or folder.
fn is_name(text: &str) -> bool {
    let mut parts = Path::new(text).components();
    matches!((parts.next(), parts.next()), (Some(Component::Normal(part)), None) if part == text)
}

/// The means over `rows` of every column with numbers.
fn means(tick: &Tick, rows: &[usize], is_text: impl Fn(&str) -> bool, events: &mut Vec<u8>) {
    for (column, name) in tick.heads.iter().enumerate().filter(|(_, name)| *name != "tick" && !is_text(name)) {
        let numbers = tick.numbers(rows, column);
        if !numbers.is_empty() {
            let mean = numbers.iter().sum::<f64>() / numbers.len() as f64;
            events.extend(record::scalar(name, tick.number, mean));
        }
    }
}

/// How the probabilities of cooperating are distributed over `rows`; of a single one there is no distribution.
fn distributions(tick: &Tick, rows: &[usize], events: &mut Vec<u8>) {
    let columns = tick.heads.iter().enumerate().filter(|(_, name)| name.starts_with(PROBABILITIES));
    for (column, name) in columns {
        let numbers = tick.numbers(rows, column);
        if numbers.len() > 1 {
            events.extend(record::histogram(&format!("{name}_members"), tick.number, &numbers));
        }
    }
}

fn write_if_many(into: &Path, waiting: &mut BTreeMap<String, Vec<u8>>) -> Result<(), ExportError> {
    if waiting.values().map(Vec::len).sum::<usize>() < WAITING_BYTES { Ok(()) } else { write(into, waiting) }
}

/// Writes what waits. A file whose events begin with the version is new; the others grow.
fn write(into: &Path, waiting: &mut BTreeMap<String, Vec<u8>>) -> Result<(), ExportError> {
    let version = record::version();
    for (name, events) in waiting.iter_mut().filter(|(_, events)| !events.is_empty()) {
        let folder = into.join(name);
        let path = folder.join(FILE);
        let is_new = events.starts_with(&version);
        let opened = fs::create_dir_all(&folder).and_then(|()| match is_new {
            true => File::create(&path),
            false => File::options().append(true).open(&path),
        });
        opened.and_then(|mut file| file.write_all(events)).map_err(ExportError::io("write", &path))?;
        events.clear();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "tick,agent,population,p_c_cc,payoff_mean\n";

    fn run(rows: &str) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("strategy_evolution.csv"), format!("{HEAD}{rows}")).unwrap();
        fs::write(dir.path().join("social_outcomes.csv"), "tick,gini\n0,0.5\n").unwrap();
        dir
    }

    fn described() -> Vec<Described<'static>> {
        let text = |name| Described { table: "strategy_evolution.csv", name, meaning: "", kind: Kind::Text };
        vec![text("agent"), text("population")]
    }

    fn events(dir: &Path, name: &str) -> Vec<u8> {
        fs::read(dir.join("out").join(name).join(FILE)).unwrap()
    }

    #[test]
    fn what_is_followed_tick_by_tick_is_what_is_written_at_once() {
        let (first, second) = ("0,a_0,a,0.5,1\n0,a_1,a,1,2\n0,b_0,b,,3\n", "1,a_0,a,0,1\n1,a_1,a,0,2\n1,b_0,b,,3\n");
        let (live, whole) = (run(first), run(&format!("{first}{second}")));
        let mut follower = Follower::new(live.path(), &live.path().join("out"), &described());
        follower.follow().unwrap();
        let table = live.path().join("strategy_evolution.csv");
        fs::write(&table, format!("{HEAD}{first}{second}2,a")).unwrap();
        follower.follow().unwrap();
        follower.follow().unwrap();
        let once = || Follower::new(whole.path(), &whole.path().join("out"), &described()).follow().unwrap();
        once();
        // A second time changes nothing: no step is there twice.
        once();
        let mut expected = record::version();
        expected.extend(record::scalar("payoff_mean", 0, 3.0));
        expected.extend(record::scalar("payoff_mean", 1, 3.0));
        assert_eq!(events(live.path(), "populations/b"), expected);
        for name in ["populations/a", "populations/b", "society"] {
            assert_eq!(events(live.path(), name), events(whole.path(), name), "{name}");
        }
        let mut expected = record::version();
        expected.extend(record::scalar("gini", 0, 0.5));
        assert_eq!(events(whole.path(), "society"), expected);
        let bad = run("0,a_0,../../evil,1,1\n");
        let error = Follower::new(bad.path(), &bad.path().join("out"), &described()).follow().unwrap_err();
        assert!(error.to_string().contains("`../../evil` is no name of a population"), "{error}");
        let members = record::histogram("p_c_cc_members", 0, &[0.5, 1.0]);
        assert!(events(whole.path(), "populations/a").windows(members.len()).any(|part| part == members));
    }
}
