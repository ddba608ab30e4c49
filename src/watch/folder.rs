//! The runs in some folders, each at a glance.

use super::manifest::{FILE, Manifest};
use super::pace::Pace;
use super::run::tick_of;
use crate::files::{OUTCOMES_TABLE, folder_name, folders_with};
use csv::{ReaderBuilder, StringRecord};
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// How deep runs may lie in a folder: a design's folder holds folders of runs.
const DEPTH_MAX: usize = 3;
/// The most runs that are listed.
const RUNS_MAX: usize = 1000;
/// Bytes of a table's end that hold its last row.
const END_BYTES: u64 = 4096;

/// A run as the list shows it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Glance {
    /// Its folder.
    pub folder: PathBuf,
    /// What tells it from the others: its path below what was named.
    pub name: String,
    /// Its manifest; `None` if that cannot be read.
    pub manifest: Option<Manifest>,
    /// Ticks played.
    pub ticks_played: u64,
    /// Cooperative share of all actions in the last recorded tick.
    pub cooperation: Option<f64>,
    pace: Pace,
}

impl Glance {
    /// Ticks per second; `None` before the first.
    pub fn ticks_per_second(&self) -> Option<f64> {
        self.pace.per_second()
    }

    /// Seconds left; `None` if it does not run, or nothing is known yet.
    pub fn seconds_left(&self) -> Option<f64> {
        let manifest = self.manifest.as_ref().filter(|manifest| manifest.is_running())?;
        Some(manifest.ticks.saturating_sub(self.ticks_played) as f64 / self.ticks_per_second()?)
    }

    fn look(&mut self) {
        self.manifest = Manifest::read(&self.folder).ok().flatten().map(|(manifest, _)| manifest);
        if let Some(manifest) = &self.manifest {
            self.pace.note(manifest.ticks_played, manifest.seconds);
        }
        let said = self.manifest.as_ref().map_or(0, |manifest| manifest.ticks_played);
        let last = last_row(&self.folder.join(OUTCOMES_TABLE)).ok().flatten();
        let cell = |name: &str| last.as_ref().and_then(|(heads, row)| row.get(heads.iter().position(|h| h == name)?));
        self.ticks_played = tick_of(cell("tick")).map_or(said, |tick| said.max(tick.saturating_add(1)));
        self.cooperation = cell("cooperation_rate").and_then(|cell| cell.parse().ok());
    }
}

/// The runs in some folders.
#[derive(Clone, Debug, Default)]
pub struct Runs {
    roots: Vec<PathBuf>,
    runs: Vec<Glance>,
    is_cut: bool,
    empty: Option<PathBuf>,
}

impl Runs {
    /// The runs in `roots`, each a run's folder or one that holds runs.
    pub fn find(roots: &[PathBuf]) -> Self {
        let mut runs = Self { roots: roots.to_vec(), ..Self::default() };
        runs.look();
        runs
    }

    /// Looks for runs that have come or gone, and at each of them.
    pub fn look(&mut self) {
        let mut folders: Vec<(PathBuf, String)> = Vec::new();
        self.empty = None;
        for root in &self.roots {
            let there = below(root);
            if there.is_empty() && self.empty.is_none() {
                self.empty = Some(root.clone());
            }
            folders.extend(there);
        }
        let mut seen = BTreeSet::new();
        folders.retain(|(folder, _)| seen.insert(folder.clone()));
        self.is_cut = folders.len() > RUNS_MAX;
        folders.truncate(RUNS_MAX);
        let mut known = std::mem::take(&mut self.runs);
        for (folder, name) in folders {
            let place = known.iter().position(|run| run.folder == folder);
            let mut run =
                place.map_or_else(|| Glance { folder, name, ..Glance::default() }, |place| known.swap_remove(place));
            run.look();
            self.runs.push(run);
        }
    }

    /// All of them.
    pub fn all(&self) -> &[Glance] {
        &self.runs
    }

    /// Whether there are more than are listed.
    pub fn is_cut(&self) -> bool {
        self.is_cut
    }

    /// The first of the named folders in which there is no run.
    pub fn empty(&self) -> Option<&Path> {
        self.empty.as_deref()
    }

    /// The only run, if a run's folder was named and nothing else.
    pub fn only(&self) -> Option<&Path> {
        match (&self.roots[..], &self.runs[..]) {
            ([root], [run]) if *root == run.folder => Some(&run.folder),
            _ => None,
        }
    }
}

/// The runs in `root` in the order of their names, each with its path below `root`, or its own name.
fn below(root: &Path) -> Vec<(PathBuf, String)> {
    let mut found = folders_with(root, FILE, DEPTH_MAX).found;
    let below = |folder: &Path| folder.strip_prefix(root).unwrap_or(folder).to_path_buf();
    found.sort_by_cached_key(|folder| -> Vec<_> {
        below(folder).components().map(|part| natural(&part.as_os_str().to_string_lossy())).collect()
    });
    let name = |folder: &Path| match below(folder) {
        below if below.as_os_str().is_empty() => folder_name(folder),
        below => below.display().to_string(),
    };
    found.into_iter().map(|folder| (folder.clone(), name(&folder))).collect()
}

/// A key by which `s2` comes before `s10`.
fn natural(name: &str) -> Vec<(String, u128)> {
    let mut parts: Vec<(String, u128)> = vec![Default::default()];
    let mut was_digit = false;
    for c in name.chars() {
        if was_digit && !c.is_ascii_digit() {
            parts.push(Default::default());
        }
        let (text, number) = parts.last_mut().expect("there is a part from the start");
        match c.to_digit(10) {
            Some(digit) => *number = number.saturating_mul(10).saturating_add(digit.into()),
            None => text.push(c),
        }
        was_digit = c.is_ascii_digit();
    }
    parts
}

/// The heads and the last whole row of a table; `None` if it has none. Only its ends are read.
fn last_row(path: &Path) -> io::Result<Option<(StringRecord, StringRecord)>> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    let mut start = Vec::new();
    file.by_ref().take(END_BYTES).read_to_end(&mut start)?;
    file.seek(SeekFrom::Start(length.saturating_sub(END_BYTES)))?;
    let mut end = Vec::new();
    file.take(END_BYTES).read_to_end(&mut end)?;
    let line = |bytes: &[u8]| -> Option<StringRecord> {
        let mut reader = ReaderBuilder::new().has_headers(false).from_reader(bytes);
        reader.records().next()?.ok()
    };
    let Some(first) = start.iter().position(|&byte| byte == b'\n') else { return Ok(None) };
    let Some(last) = end.iter().rposition(|&byte| byte == b'\n') else { return Ok(None) };
    let from = end[..last].iter().rposition(|&byte| byte == b'\n').map_or(0, |before| before + 1);
    let is_first = length <= END_BYTES && from == 0;
    let found = line(&start[..first]).zip(line(&end[from..last]).filter(|_| !is_first));
    Ok(found.filter(|(heads, row)| heads.len() == row.len()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn runs_are_found_in_their_order_and_looked_at_by_their_ends() {
        let dir = tempfile::tempdir().unwrap();
        let run = |name: &str, rows: u64| {
            let folder = dir.path().join(name);
            fs::create_dir_all(&folder).unwrap();
            let manifest = format!(r#"{{"status": "running", "ticks": 1000, "ticks_played": {rows}, "seconds": 2.0}}"#);
            fs::write(folder.join(FILE), manifest).unwrap();
            let rows: String = (0..rows).map(|tick| format!("{tick},0.{tick}\n")).collect();
            fs::write(folder.join("social_outcomes.csv"), format!("tick,cooperation_rate\n{rows}9")).unwrap();
        };
        run("a/s-s10", 800);
        run("a/s-s2", 5);
        run("b-s1", 0);
        fs::create_dir_all(dir.path().join("other")).unwrap();
        let mut runs = Runs::find(&[dir.path().to_path_buf()]);
        let names: Vec<&str> = runs.all().iter().map(|run| run.name.as_str()).collect();
        assert_eq!(names, ["a/s-s2", "a/s-s10", "b-s1"]);
        let shown: Vec<_> = runs.all().iter().map(|run| (run.ticks_played, run.cooperation)).collect();
        assert_eq!(shown, [(5, Some(0.4)), (800, Some(0.799)), (0, None)]);
        assert_eq!(runs.all()[1].seconds_left(), Some(0.5));
        assert_eq!(runs.only(), None);
        fs::remove_dir_all(dir.path().join("a")).unwrap();
        runs.look();
        assert_eq!(runs.all().len(), 1);
        let one = Runs::find(&[dir.path().join("b-s1")]);
        assert_eq!(one.only(), Some(dir.path().join("b-s1").as_path()));
        let [there, nowhere] = [dir.path().join("b-s1"), dir.path().join("nowhere")];
        assert_eq!((one.empty(), Runs::find(&[there, nowhere.clone()]).empty()), (None, Some(nowhere.as_path())));
    }
}
