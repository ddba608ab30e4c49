//! A table that grows while it is read.

use csv::{ReaderBuilder, StringRecord};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// Bytes that are read at a time.
const CHUNK: usize = 1 << 20;
/// A row that is longer is none.
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
}

impl Tail {
    pub(super) fn new(path: &Path) -> Self {
        Self { path: path.to_path_buf(), offset: 0, rest: Vec::new(), heads: Vec::new(), length: 0 }
    }

    /// Bytes that have been read, and those of the file.
    pub(super) fn bytes(&self) -> (u64, u64) {
        (self.offset, self.length)
    }

    /// Reads what has come since, up to a limit, and calls `see` with every whole row below the heads. A table that is
    /// not there yet is empty.
    ///
    /// # Errors
    /// With the system's error, or if it is no table.
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
        if self.length == self.offset {
            return Ok(Reading::Whole);
        }
        let mut file = File::open(&self.path)?;
        file.seek(SeekFrom::Start(self.offset))?;
        let read = file.take(CHUNK as u64).read_to_end(&mut self.rest)?;
        self.offset += read as u64;
        let Some(end) = self.rest.iter().rposition(|&byte| byte == b'\n') else {
            let is_row = self.rest.len() <= ROW_MAX;
            return if is_row { Ok(self.reading(read)) } else { Err(io::Error::other("a row has no end")) };
        };
        let whole: Vec<u8> = self.rest.drain(..=end).collect();
        let mut rows = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(&whole[..]);
        let mut row = StringRecord::new();
        while rows.read_record(&mut row).map_err(io::Error::other)? {
            if self.heads.is_empty() {
                self.heads = row.iter().map(String::from).collect();
            } else if row.len() == self.heads.len() {
                see(&self.heads, &row);
            } else {
                let (found, expected) = (row.len(), self.heads.len());
                return Err(io::Error::other(format!("a row has {found} cells instead of {expected}")));
            }
        }
        Ok(self.reading(read))
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
        fs::write(&path, "a,b\n1\n").unwrap();
        assert!(rows(&mut Tail::new(&path)).0.unwrap_err().to_string().contains("1 cells instead of 2"));
        fs::write(&path, vec![0; ROW_MAX + CHUNK]).unwrap();
        let mut tail = Tail::new(&path);
        let error = (0..10).find_map(|_| rows(&mut tail).0.err()).expect("it is no table");
        assert!(error.to_string().contains("no end"), "{error}");
    }
}
