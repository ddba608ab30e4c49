//! One run: its manifest, and its tables as far as they have been read.

use super::curves::Curves;
use super::manifest::{FILE, Manifest};
use super::now::{Latest, Now};
use super::pace::Pace;
use super::tail::{Reading, Tail};
use crate::files::{EVOLUTION_TABLE, NOT_NUMBERS, OUTCOMES_TABLE, folder_name};
use csv::StringRecord;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

/// Who all agents together are in [`Run::society`].
const ALL: &str = "all agents";

/// A run's folder and what is known of it.
#[derive(Debug)]
pub struct Run {
    folder: PathBuf,
    manifest: Option<Manifest>,
    /// When the manifest was written.
    written: Option<SystemTime>,
    /// What is wrong with a file, by name.
    problem: Option<String>,
    pace: Pace,
    evolution: Tail,
    outcomes: Tail,
    curves: Curves,
    society: Curves,
    latest: Latest,
}

/// A column that can be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Measure {
    /// Its name.
    pub name: String,
    /// Whether it is of all agents together.
    pub is_of_all: bool,
    /// Its number in its curves.
    pub column: usize,
}

impl Run {
    /// The run in `folder`; nothing is read yet.
    pub fn open(folder: &Path) -> Self {
        Self {
            folder: folder.to_path_buf(),
            manifest: None,
            written: None,
            problem: None,
            pace: Pace::default(),
            evolution: Tail::new(&folder.join(EVOLUTION_TABLE)),
            outcomes: Tail::new(&folder.join(OUTCOMES_TABLE)),
            curves: Curves::default(),
            society: Curves::default(),
            latest: Latest::default(),
        }
    }

    /// Reads what has come since the last time, for at most about this long; returns whether there is more.
    pub fn poll(&mut self, at_most: Duration) -> bool {
        let started = Instant::now();
        self.problem = None;
        match Manifest::read(&self.folder) {
            Ok(Some((manifest, written))) => {
                self.pace.note(manifest.ticks_played, manifest.seconds);
                (self.manifest, self.written) = (Some(manifest), written);
            }
            Ok(None) => self.problem = Some(format!("there is no {FILE} in it any more")),
            Err(problem) => self.problem = Some(problem),
        }
        loop {
            let is_more = [self.read_evolution(), self.read_outcomes()].contains(&Some(Reading::More));
            if !is_more || started.elapsed() >= at_most {
                return is_more;
            }
        }
    }

    /// `None` if the table cannot be read.
    fn read_evolution(&mut self) -> Option<Reading> {
        let Self { evolution, curves, latest, .. } = self;
        let reading = evolution.read(|heads, row| {
            let cell = |name: &str| heads.iter().position(|head| head == name).and_then(|place| row.get(place));
            let (Some(tick), Some(population)) = (tick_of(cell("tick")), cell("population")) else { return };
            add(curves, tick, population, heads, row);
            latest.add(tick, population, heads, row);
        });
        if matches!(reading, Ok(Reading::Cut)) {
            (self.curves, self.latest) = (Curves::default(), Latest::default());
        }
        self.note(EVOLUTION_TABLE, reading)
    }

    fn read_outcomes(&mut self) -> Option<Reading> {
        let Self { outcomes, society, .. } = self;
        let reading = outcomes.read(|heads, row| {
            let place = heads.iter().position(|head| head == "tick");
            if let Some(tick) = tick_of(place.and_then(|place| row.get(place))) {
                add(society, tick, ALL, heads, row);
            }
        });
        if matches!(reading, Ok(Reading::Cut)) {
            self.society = Curves::default();
        }
        self.note(OUTCOMES_TABLE, reading)
    }

    /// Notes what is wrong with a table. One that was cut is read again at once.
    fn note(&mut self, table: &str, reading: std::io::Result<Reading>) -> Option<Reading> {
        match reading {
            Ok(Reading::Cut) => Some(Reading::More),
            Ok(reading) => Some(reading),
            Err(error) => {
                self.problem = Some(format!("cannot read {table}: {error}"));
                None
            }
        }
    }

    /// The folder's own name.
    pub fn name(&self) -> String {
        folder_name(&self.folder)
    }

    /// The manifest; `None` before it was read.
    pub fn manifest(&self) -> Option<&Manifest> {
        self.manifest.as_ref()
    }

    /// What is wrong with the folder, if anything is.
    pub fn problem(&self) -> Option<&str> {
        self.problem.as_deref()
    }

    /// Ticks played, as far as manifest and tables tell.
    pub fn ticks_played(&self) -> u64 {
        let said = self.manifest.as_ref().map_or(0, |manifest| manifest.ticks_played);
        self.society.last_tick().map_or(said, |tick| said.max(tick.saturating_add(1)))
    }

    /// Ticks per second; `None` before the first.
    pub fn ticks_per_second(&self) -> Option<f64> {
        self.pace.per_second()
    }

    /// Seconds left, if the run goes on as it did; `None` if it does not run, or nothing is known yet.
    pub fn seconds_left(&self) -> Option<f64> {
        let manifest = self.manifest.as_ref().filter(|manifest| manifest.is_running())?;
        let left = manifest.ticks.saturating_sub(manifest.ticks_played) as f64 / self.ticks_per_second()?;
        let since = self.age().map_or(0.0, |age| age.as_secs_f64());
        // A tick that takes longer than expected does not eat the others' time.
        Some((left - since.min(1.0 / self.ticks_per_second()?)).max(0.0))
    }

    /// How long ago the manifest was written, by this machine's clock.
    pub fn age(&self) -> Option<Duration> {
        SystemTime::now().duration_since(self.written?).ok()
    }

    /// The share of the tables that has been read.
    pub fn share_read(&self) -> f64 {
        let ((a, all_a), (b, all_b)) = (self.evolution.bytes(), self.outcomes.bytes());
        if all_a + all_b == 0 { 1.0 } else { (a + b) as f64 / (all_a + all_b) as f64 }
    }

    /// The columns that have values: those of the populations, then those of all agents together.
    pub fn measures(&self) -> Vec<Measure> {
        let of = |curves: &Curves, is_of_all: bool| -> Vec<Measure> {
            let columns = curves.columns().iter().enumerate().filter(|(column, _)| curves.has_values(*column));
            columns.map(|(column, name)| Measure { name: name.clone(), is_of_all, column }).collect()
        };
        [of(&self.curves, false), of(&self.society, true)].concat()
    }

    /// The curves that hold a column.
    pub fn curves(&self, measure: &Measure) -> &Curves {
        if measure.is_of_all { &self.society } else { &self.curves }
    }

    /// What the populations were in the first recorded tick; `None` while there is no second one.
    pub fn first(&self) -> Option<&Now> {
        self.latest.first()
    }

    /// The populations in the last tick.
    pub fn now(&self) -> &Now {
        self.latest.now()
    }
}

pub(super) fn tick_of(cell: Option<&str>) -> Option<u64> {
    cell?.parse().ok()
}

fn add(curves: &mut Curves, tick: u64, population: &str, heads: &[String], row: &StringRecord) {
    let is_number = |head: &str| !NOT_NUMBERS.contains(&head);
    let number = |(_, cell): (&String, &str)| cell.parse().unwrap_or(f64::NAN);
    let values: Vec<f64> = heads.iter().zip(row).filter(|(head, _)| is_number(head)).map(number).collect();
    curves.add(tick, population, heads.iter().map(String::as_str).filter(|head| is_number(head)), &values);
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    const EVOLUTION: &str = "tick,agent,population,policy,cooperation_rate,p_c_cc,nearest_strategy,kl\n\
        0,a_0,a,llm,0.5,0.25,random,\n0,t_0,t,grim,0,,,\n1,a_0,a,llm,1,0.75,grim,\n1,t_0,t,grim,1,,,\n";
    const OUTCOMES: &str = "tick,cooperation_rate,equality\n0,0.25,1\n1,1,1\n";

    fn manifest(status: &str, played: u64, seconds: f64) -> String {
        format!(
            r#"{{"status": "{status}", "scenario": "s", "seed": 3, "ticks": 4, "ticks_played": {played}, "seconds": {seconds}}}"#
        )
    }

    #[test]
    fn a_run_is_what_its_files_say_and_grows_with_them() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("s-s3");
        fs::create_dir(&folder).unwrap();
        let write = |name: &str, text: &str| fs::write(folder.join(name), text).unwrap();
        write("manifest.json", &manifest("running", 0, 0.0));
        let mut run = Run::open(&folder);
        assert!(!run.poll(Duration::ZERO) && run.measures().is_empty() && run.problem().is_none());
        write("manifest.json", &manifest("running", 1, 2.0));
        write("strategy_evolution.csv", EVOLUTION);
        write("social_outcomes.csv", OUTCOMES);
        while run.poll(Duration::ZERO) {}
        let names: Vec<String> = run.measures().iter().map(|measure| measure.name.clone()).collect();
        assert_eq!(names, ["cooperation_rate", "p_c_cc", "cooperation_rate", "equality"], "kl has no value");
        let measure = &run.measures()[1];
        assert_eq!(run.curves(measure).points(0, measure.column), [(0.0, 0.25), (1.0, 0.75)]);
        assert_eq!(run.now().populations[0].nearest(), Some(("grim", 1)));
        assert_eq!((run.name(), run.ticks_played(), run.share_read()), ("s-s3".into(), 2, 1.0));
        assert_eq!(run.ticks_per_second(), Some(0.5));
        assert!(run.seconds_left().is_some_and(|left| (4.0..=6.0).contains(&left)), "{:?}", run.seconds_left());
        // Resumed from a checkpoint after the first tick.
        write("strategy_evolution.csv", EVOLUTION.split_inclusive('\n').take(3).collect::<String>().as_str());
        while run.poll(Duration::ZERO) {}
        assert_eq!(run.curves(measure).points(0, measure.column), [(0.0, 0.25)]);
        // A damaged row, and one below it: what is wrong stays on the screen.
        write("strategy_evolution.csv", &format!("{EVOLUTION}2,a_0\n3,a_0,a,llm,1,0.5,grim,\n"));
        for _ in 0..3 {
            while run.poll(Duration::ZERO) {}
            assert!(run.problem().is_some_and(|problem| problem.contains("strategy_evolution.csv: a row has 2 cells")));
        }
        assert_eq!(run.curves(measure).last_tick(), Some(1), "nothing below it is shown");
        write("strategy_evolution.csv", EVOLUTION);
        while run.poll(Duration::ZERO) {}
        assert_eq!((run.problem(), run.curves(measure).last_tick()), (None, Some(1)));
        write("manifest.json", &manifest("done", 4, 9.0));
        run.poll(Duration::ZERO);
        assert_eq!(run.seconds_left(), None);
        fs::remove_dir_all(&folder).unwrap();
        run.poll(Duration::ZERO);
        assert!(run.problem().is_some_and(|problem| problem.contains("no manifest.json")));
    }
}
