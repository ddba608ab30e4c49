//! A CSV file that is whole after every row.

use std::fs::File;
use std::io::{self, Seek};
use std::path::{Path, PathBuf};

/// Writes rows one at a time; each reaches the file whole before the next begins, so that a killed run leaves a file
/// that every CSV reader opens.
#[derive(Debug)]
pub struct RowFile {
    path: PathBuf,
    writer: csv::Writer<File>,
}

impl RowFile {
    /// Creates `path` and writes the header.
    pub fn create(path: &Path, columns: &[String]) -> io::Result<Self> {
        let writer = csv::WriterBuilder::new().buffer_capacity(ROW_BYTES_MAX).from_writer(File::create_new(path)?);
        let mut file = Self { path: path.to_path_buf(), writer };
        file.write(columns)?;
        file.flush()?;
        Ok(file)
    }

    /// Opens `path` again to add rows after its first `bytes`; what comes later is cut off.
    pub fn reopen(path: &Path, bytes: u64) -> io::Result<Self> {
        let mut file = File::options().write(true).open(path)?;
        if file.metadata()?.len() < bytes {
            return Err(io::Error::other(format!("the file is shorter than the {bytes} bytes it once had")));
        }
        file.set_len(bytes)?;
        file.seek(io::SeekFrom::End(0))?;
        let writer = csv::WriterBuilder::new().buffer_capacity(ROW_BYTES_MAX).from_writer(file);
        Ok(Self { path: path.to_path_buf(), writer })
    }

    /// Hands every row to the disk and returns how long the file is.
    pub fn settle(&mut self) -> io::Result<u64> {
        self.writer.flush()?;
        self.writer.get_ref().sync_data()?;
        Ok(self.writer.get_ref().metadata()?.len())
    }

    /// Adds a row. It is in the file once [`RowFile::flush`] is called or the buffer is full.
    pub fn write(&mut self, row: &[String]) -> io::Result<()> {
        self.writer.write_record(row).map_err(io::Error::other)
    }

    /// Hands every row to the file.
    pub fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }

    /// The file's name in its folder.
    pub fn name(&self) -> String {
        self.path.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }

    /// Where the file is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// Rows are far shorter; a buffer of this size holds a row of the widest table many times over.
const ROW_BYTES_MAX: usize = 1 << 16;

/// A number as the tables show it: six decimals, no trailing zeros, empty for NaN.
pub fn number(value: f64) -> String {
    if value.is_nan() {
        return String::new();
    }
    let text = format!("{value:.6}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_string() } else { text.to_string() }
}

/// A number that may be missing.
pub fn optional(value: Option<f64>) -> String {
    value.map_or_else(String::new, number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_stable() {
        let cases =
            [(1.0, "1"), (0.5, "0.5"), (-0.000_000_1, "0"), (1.0 / 3.0, "0.333333"), (f64::NAN, ""), (10.0, "10")];
        for (value, text) in cases {
            assert_eq!(number(value), text);
        }
    }

    #[test]
    fn a_file_goes_on_where_it_was() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("rows.csv");
        let mut file = RowFile::create(&path, &["a".to_string()]).unwrap();
        file.write(&["1".into()]).unwrap();
        let length = file.settle().unwrap();
        file.write(&["lost".into()]).unwrap();
        drop(file);
        let mut file = RowFile::reopen(&path, length).unwrap();
        file.write(&["2".into()]).unwrap();
        file.flush().unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "a\n1\n2\n");
        assert!(RowFile::reopen(&path, 1000).unwrap_err().to_string().contains("shorter"));
    }

    #[test]
    fn an_existing_file_is_never_overwritten() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("rows.csv");
        let columns = ["a".to_string(), "b".to_string()];
        let mut file = RowFile::create(&path, &columns).unwrap();
        file.write(&["1".into(), "x,y".into()]).unwrap();
        file.flush().unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "a,b\n1,\"x,y\"\n");
        assert_eq!(RowFile::create(&path, &columns).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
    }
}
