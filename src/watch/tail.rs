//! A table that grows while it is read.

use csv::{ReaderBuilder, StringRecord};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// Bytes that are read at a time.
const CHUNK: usize = 1 << 20;
/// A longer row is refused.
const ROW_MAX: usize = 4 << 20;

/// How a reading ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// Everything that is there has been read.
    Whole,
    /// There is more.
    More,
    /// The table is shorter than it was, as when a run resumes from a checkpoint: what was read no longer counts, and
    /// the next reading begins at its start.
    Cut,
}

/// A table on disk, read from where the last reading ended.
#[derive(Debug)]
pub(super) struct Tail {
    path: PathBuf,
    /// Bytes that have been read.
    offset: u64,
    /// Bytes of a row that is not whole yet.
    rest: Vec<u8>,
    /// Names of the columns, once the first row is there.
    heads: Vec<String>,
    /// Bytes that the file had at the last reading.
    length: u64,
    /// What is wrong with a row. Nothing below it is read, since nobody knows what is missing.
    fault: Option<String>,
}

impl Tail {
    pub(super) fn new(path: &Path) -> Self {
        Self { path: path.to_path_buf(), offset: 0, rest: Vec::new(), heads: Vec::new(), length: 0, fault: None }
    }

    /// Bytes that have been read, and those of the file.
    pub(super) fn bytes(&self) -> (u64, u64) {
        (self.offset, self.length)
    }

    /// Reads what has come since, up to a limit, and calls `see` with every whole row below the heads. A table that is
    /// not there yet is empty.
    ///
    /// # Errors
    /// With the system's error, or if it is no table; that is said at every reading until the table is cut.
    pub(super) fn read(&mut self, mut see: impl FnMut(&[String], &StringRecord)) -> io::Result<Reading> {
        // Looked up by name: while nothing grows, no file is opened, which spares a file system on the network.
        self.length = match std::fs::metadata(&self.path) {
            Ok(metadata) => metadata.len(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => 0,
            Err(error) => return Err(error),
        };
        if self.length < self.offset {
            *self = Self::new(&self.path);
            return Ok(Reading::Cut);
        }
        if let Some(fault) = &self.fault {
            return Err(io::Error::other(fault.clone()));
        }
        if self.length == self.offset {
            return Ok(Reading::Whole);
        }
        let read = self.fetch()?;
        match self.rows(&mut see) {
            Ok(()) => Ok(self.reading(read)),
            Err(fault) => {
                (self.rest, self.fault) = (Vec::new(), Some(fault.clone()));
                Err(io::Error::other(fault))
            }
        }
    }

    /// Adds the next bytes to the rest, and returns how many there were.
    fn fetch(&mut self) -> io::Result<usize> {
        let mut file = File::open(&self.path)?;
        file.seek(SeekFrom::Start(self.offset))?;
        let before = self.rest.len();
        let fetched = file.take(CHUNK as u64).read_to_end(&mut self.rest);
        if fetched.is_err() {
            // What has come is read again next time.
            self.rest.truncate(before);
        }
        let read = fetched?;
        self.offset += read as u64;
        Ok(read)
    }

    /// Hands the whole rows of the rest over; the error is what is wrong with one.
    fn rows(&mut self, see: &mut impl FnMut(&[String], &StringRecord)) -> Result<(), String> {
        let Some(end) = self.rest.iter().rposition(|&byte| byte == b'\n') else {
            return if self.rest.len() <= ROW_MAX { Ok(()) } else { Err("a row has no end".into()) };
        };
        let whole: Vec<u8> = self.rest.drain(..=end).collect();
        let mut rows = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(&whole[..]);
        let mut row = StringRecord::new();
        while rows.read_record(&mut row).map_err(|error| error.to_string())? {
            if self.heads.is_empty() {
                self.heads = row.iter().map(String::from).collect();
            } else if row.len() == self.heads.len() {
                see(&self.heads, &row);
            } else {
                let (found, expected) = (row.len(), self.heads.len());
                return Err(format!("a row has {found} cells instead of {expected}"));
            }
        }
        Ok(())
    }

    fn reading(&self, read: usize) -> Reading {
        // A file may shrink between two looks; then nothing came, and the next look tells.
        if read > 0 && self.offset < self.length { Reading::More } else { Reading::Whole }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::io::Write;

    fn rows(tail: &mut Tail) -> (io::Result<Reading>, Vec<String>) {
        let mut seen = Vec::new();
        let reading = tail.read(|_, row| seen.push(row.iter().collect::<Vec<_>>().join("|")));
        (reading, seen)
    }

    #[test]
    fn only_whole_rows_that_are_new_are_seen_and_a_cut_starts_again() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("t.csv");
        let mut tail = Tail::new(&path);
        assert_eq!(rows(&mut tail).1, Vec::<String>::new(), "it is not there yet");
        let mut file = File::create(&path).unwrap();
        file.write_all(b"a,b\n1,\"x,y\"\n2,").unwrap();
        assert_eq!(rows(&mut tail).1, ["1|x,y"]);
        assert_eq!(tail.heads, ["a", "b"]);
        file.write_all(b"z\n").unwrap();
        assert_eq!(rows(&mut tail).1, ["2|z"]);
        assert_eq!(rows(&mut tail).1, Vec::<String>::new());
        fs::write(&path, "a,b\n9,9\n").unwrap();
        assert_eq!(rows(&mut tail).0.unwrap(), Reading::Cut);
        assert_eq!(rows(&mut tail).1, ["9|9"]);
    }

    #[test]
    fn a_large_table_is_read_in_parts_and_a_damaged_one_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("t.csv");
        let many: String = (0..300_000).map(|n| format!("{n},0.5\n")).collect();
        fs::write(&path, format!("tick,x\n{many}")).unwrap();
        let (mut tail, mut count, mut readings) = (Tail::new(&path), 0, 0);
        loop {
            let reading = tail.read(|_, _| count += 1).unwrap();
            readings += 1;
            assert!(tail.rest.len() <= CHUNK);
            if reading == Reading::Whole {
                break;
            }
        }
        assert!(count == 300_000 && readings > 2, "{count} rows in {readings} readings");
        fs::write(&path, "a,b\n1,2\n1\n3,4\n").unwrap();
        let mut tail = Tail::new(&path);
        for seen in [vec!["1|2"], vec![]] {
            let (reading, rows) = rows(&mut tail);
            assert!(reading.unwrap_err().to_string().contains("1 cells instead of 2"));
            assert_eq!(rows, seen);
        }
        fs::write(&path, "a,b\n1,2\n1\n3,4\n5,6\n").unwrap();
        let (reading, seen) = rows(&mut tail);
        assert!(reading.is_err() && seen.is_empty(), "what follows a damaged row is not read");
        fs::write(&path, "a,b\n7,8\n").unwrap();
        assert_eq!(rows(&mut tail).0.unwrap(), Reading::Cut);
        assert_eq!(rows(&mut tail).1, ["7|8"]);
        fs::write(&path, vec![0; ROW_MAX + CHUNK]).unwrap();
        let mut tail = Tail::new(&path);
        let error = (0..10).find_map(|_| rows(&mut tail).0.err()).expect("it is no table");
        assert!(error.to_string().contains("no end"), "{error}");
        assert!(rows(&mut tail).0.is_err() && tail.rest.is_empty(), "it is not read on");
    }
}
