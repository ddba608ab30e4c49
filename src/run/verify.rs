//! A run's files against the hashes in its manifest, and against those of a replay.

use super::{Manifest, RunError, outputs};
use crate::llm::error::ModelError;
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::{Component, Path};

/// Bytes that are compared at a time.
const CHUNK: usize = 1 << 16;
/// Longest part of a line that is shown, in bytes.
const SHOWN_MAX: u64 = 160;

/// A file that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Its name in the run's folder.
    pub file: String,
    /// How it differs.
    pub what: String,
}

impl Difference {
    fn new(file: &str, what: impl Into<String>) -> Self {
        Self { file: file.to_owned(), what: what.into() }
    }
}

/// Compares the files in `folder` with the hashes in its manifest.
///
/// # Errors
/// If a file cannot be read.
pub fn against_hashes(folder: &Path, manifest: &Manifest) -> Result<Vec<Difference>, RunError> {
    let scenario = ("scenario.ron".to_owned(), manifest.scenario_sha256.clone());
    let recorded: BTreeSet<(String, String)> =
        manifest.outputs.iter().map(|(name, hash)| (name.clone(), hash.clone())).chain([scenario]).collect();
    let mut differences = Vec::new();
    for (name, hash) in &recorded {
        let is_inside = Path::new(name).components().all(|part| matches!(part, Component::Normal(_)));
        let what = match folder.join(name) {
            _ if !is_inside => "is no name of a file in a run's folder",
            path if !path.is_file() => "is missing",
            path if outputs::hash(&path)? != *hash => "does not have the SHA-256 that the manifest records",
            _ => continue,
        };
        differences.push(Difference::new(name, what));
    }
    Ok(differences)
}

/// The files of a run that a replay should give again, by name: those that the manifest lists and those that the replay
/// wrote. Files that others put into the run's folder are none of them.
///
/// # Errors
/// If the folder of the replay cannot be read.
pub fn names(manifest: &Manifest, replayed: &Path) -> Result<Vec<String>, RunError> {
    let names: BTreeSet<String> =
        outputs::names(replayed)?.into_iter().chain(manifest.outputs.keys().cloned()).collect();
    Ok(names.into_iter().collect())
}

/// Compares the file `name` in two folders, byte by byte.
///
/// # Errors
/// If one cannot be read.
pub fn between(recorded: &Path, replayed: &Path, name: &str) -> Result<Option<Difference>, RunError> {
    let paths = [recorded.join(name), replayed.join(name)];
    match [0, 1].map(|index| paths[index].is_file()) {
        [true, true] => {}
        [true, false] => return Ok(Some(Difference::new(name, "is not written by the replay"))),
        _ => return Ok(Some(Difference::new(name, "is missing"))),
    }
    let found = first_difference(&paths[0], &paths[1]).map_err(|source| ModelError::io("read", &paths[0])(source))?;
    Ok(found.map(|what| Difference::new(name, what)))
}

/// Where two files begin to differ, in words.
fn first_difference(one: &Path, other: &Path) -> io::Result<Option<String>> {
    let mut files = [File::open(one)?, File::open(other)?];
    let (mut offset, mut line, mut line_start) = (0_u64, 1_u64, 0_u64);
    loop {
        let mut chunks = [Vec::new(), Vec::new()];
        for (file, chunk) in files.iter_mut().zip(&mut chunks) {
            file.take(CHUNK as u64).read_to_end(chunk)?;
        }
        let [a, b] = &chunks;
        let same = a.iter().zip(b).take_while(|(a, b)| a == b).count();
        for at in (0..same).filter(|&at| a[at] == b'\n') {
            (line, line_start) = (line + 1, offset + at as u64 + 1);
        }
        if same < a.len() || same < b.len() {
            let [a, b] = [line_at(&mut files[0], line_start)?, line_at(&mut files[1], line_start)?];
            return Ok(Some(match (a, b) {
                (Some(a), Some(b)) => format!("differs first in line {line}: recorded `{a}`, replayed `{b}`"),
                _ => format!("differs first in byte {}", offset + same as u64),
            }));
        }
        if a.is_empty() {
            return Ok(None);
        }
        offset += same as u64;
    }
}

/// The beginning of the line at `start`; `None` if it is no text.
fn line_at(file: &mut File, start: u64) -> io::Result<Option<String>> {
    file.seek(SeekFrom::Start(start))?;
    let mut bytes = Vec::new();
    BufReader::new(file).take(SHOWN_MAX).read_to_end(&mut bytes)?;
    let is_text = !bytes.contains(&0) && String::from_utf8_lossy(&bytes).matches('\u{fffd}').count() <= 1;
    let line = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    Ok(is_text.then(|| String::from_utf8_lossy(line).into_owned()))
}

/// Compares the rows of the ticks from `first` to `last` in the table `name` in two folders; returns how many there
/// are, and the first difference.
///
/// # Errors
/// If one is no table.
pub fn in_window(
    recorded: &Path,
    replayed: &Path,
    name: &str,
    (first, last): (u32, u32),
) -> Result<(usize, Option<Difference>), RunError> {
    let paths = [recorded.join(name), replayed.join(name)];
    if let Some(missing) = paths.iter().position(|path| !path.is_file()) {
        let what = if missing == 0 { "is missing" } else { "is not written by the replay" };
        return Ok((0, Some(Difference::new(name, what))));
    }
    let open = |path: &Path| -> Result<_, RunError> {
        let no_table = |error: csv::Error| RunError::from(ModelError::io("read", path)(io::Error::other(error)));
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_path(path).map_err(no_table)?;
        let mut heads = csv::ByteRecord::new();
        reader.read_byte_record(&mut heads).map_err(no_table)?;
        let tick = heads.iter().position(|head| head == b"tick");
        let ticks = first..=last;
        let is_inside = move |row: &csv::ByteRecord| {
            let cell = tick.and_then(|tick| row.get(tick)).and_then(|cell| std::str::from_utf8(cell).ok());
            cell.and_then(|cell| cell.parse().ok()).is_some_and(|tick: u32| ticks.contains(&tick))
        };
        // A row that is cut off at the end of an unfinished table is none.
        let rows = reader.into_byte_records().map_while(Result::ok).filter(is_inside);
        Ok((heads, rows))
    };
    let ((heads, mut rows), (heads_again, mut rows_again)) = (open(&paths[0])?, open(&paths[1])?);
    if heads != heads_again {
        return Ok((0, Some(Difference::new(name, "has other columns than the replay"))));
    }
    let mut count = 0;
    loop {
        let what = match (rows.next(), rows_again.next()) {
            (None, None) => return Ok((count, None)),
            (Some(a), Some(b)) if a == b => {
                count += 1;
                continue;
            }
            (Some(a), Some(b)) => {
                let line = a.position().map_or(0, csv::Position::line);
                format!("differs first in line {line}: recorded `{}`, replayed `{}`", row(&a), row(&b))
            }
            (Some(a), None) => format!("has rows that the replay has not, the first: `{}`", row(&a)),
            (None, Some(b)) => format!("lacks rows that the replay has, the first: `{}`", row(&b)),
        };
        return Ok((count, Some(Difference::new(name, what))));
    }
}

/// A row on one line, cut if it is long.
fn row(record: &csv::ByteRecord) -> String {
    let cells: Vec<_> = record.iter().map(String::from_utf8_lossy).collect();
    cells.join(",").chars().take(SHOWN_MAX as usize).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_difference_is_found_wherever_it_is() {
        let dir = tempfile::tempdir().unwrap();
        let (one, other) = (dir.path().join("one"), dir.path().join("other"));
        std::fs::create_dir_all(&one).unwrap();
        std::fs::create_dir_all(&other).unwrap();
        let long: Vec<u8> = (0..30_000).flat_map(|line| format!("{line},x\n").into_bytes()).collect();
        let check = |a: &[u8], b: &[u8]| {
            std::fs::write(one.join("t"), a).unwrap();
            std::fs::write(other.join("t"), b).unwrap();
            between(&one, &other, "t").unwrap().map(|difference| difference.what)
        };
        assert_eq!(check(&long, &long), None);
        assert_eq!(check(b"", b""), None);
        let mut flipped = long.clone();
        *flipped.last_chunk_mut::<2>().unwrap() = *b"y\n";
        let what = check(&long, &flipped).unwrap();
        assert_eq!(what, "differs first in line 30000: recorded `29999,x`, replayed `29999,y`");
        assert!(check(b"a\nb\n", b"a\n").unwrap().contains("line 2: recorded `b`, replayed ``"));
        assert!(check(&[0, 159, 146, 150], &[0, 159, 146, 151]).unwrap().contains("byte 3"));
        std::fs::remove_file(other.join("t")).unwrap();
        assert!(between(&one, &other, "t").unwrap().unwrap().what.contains("not written"));
    }

    #[test]
    fn only_the_rows_of_the_window_are_compared() {
        let dir = tempfile::tempdir().unwrap();
        let (one, other) = (dir.path().join("one"), dir.path().join("other"));
        std::fs::create_dir_all(&one).unwrap();
        std::fs::create_dir_all(&other).unwrap();
        std::fs::write(one.join("t.csv"), "tick,x\n0,1\n1,2\n1,3\n2,4\n3,5\n").unwrap();
        std::fs::write(other.join("t.csv"), "tick,x\n0,9\n1,2\n1,3\n2,7\n").unwrap();
        let window = |first, last| in_window(&one, &other, "t.csv", (first, last)).unwrap();
        assert_eq!(window(1, 1), (2, None));
        assert!(window(0, 1).1.unwrap().what.contains("line 2: recorded `0,1`, replayed `0,9`"));
        assert!(window(1, 2).1.unwrap().what.contains("line 5"));
        assert!(window(3, 3).1.unwrap().what.contains("rows that the replay has not"));
    }
}
