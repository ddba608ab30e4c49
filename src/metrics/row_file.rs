//! A CSV file that is whole after every row.

use crate::faults::{before, write_all};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// Writes rows to a file that only ever holds whole rows: if a write fails half-way, as on a full disk, its remains are
/// cut off again, so that every CSV reader can open the file of a run that failed or was killed.
#[derive(Debug)]
pub struct RowFile {
    path: PathBuf,
    file: File,
    /// Length of the file in bytes, all of them whole rows.
    length: u64,
    /// Rows that are not yet in the file.
    rows: csv::Writer<Vec<u8>>,
    /// Whether rows were lost, so that none may follow.
    is_broken: bool,
}

/// Bytes of waiting rows at which they are handed to the file.
const ROWS_BYTES: usize = 1 << 16;

impl RowFile {
    /// Creates `path` and writes the header.
    ///
    /// # Errors
    /// If the file already exists, or cannot be written.
    pub fn create(path: &Path, columns: &[String]) -> io::Result<Self> {
        before("create", path)?;
        let mut file = Self::new(path, File::create_new(path)?, 0);
        file.write(columns)?;
        file.flush()?;
        Ok(file)
    }

    /// Reopens `path` to add rows after its first `bytes` bytes; anything after them is cut off.
    ///
    /// # Errors
    /// If it is shorter, has other columns, or cannot be written.
    pub fn reopen(path: &Path, columns: &[String], bytes: u64) -> io::Result<Self> {
        before("open", path)?;
        let mut file = File::options().read(true).write(true).open(path)?;
        check_header(&mut file, columns)?;
        if file.metadata()?.len() < bytes {
            return Err(io::Error::other(format!("the file is shorter than the {bytes} bytes it once had")));
        }
        before("cut", path)?;
        cut(&mut file, bytes)?;
        Ok(Self::new(path, file, bytes))
    }

    fn new(path: &Path, file: File, length: u64) -> Self {
        let rows = csv::Writer::from_writer(Vec::new());
        Self { path: path.to_path_buf(), file, length, rows, is_broken: false }
    }

    /// Writes every row to disk and returns the length of the file.
    ///
    /// # Errors
    /// With the system's error; the file then ends with a whole row.
    pub fn settle(&mut self) -> io::Result<u64> {
        self.flush()?;
        before("sync", &self.path)?;
        self.file.sync_data()?;
        Ok(self.length)
    }

    /// Adds a row. It reaches the file when [`RowFile::flush`] is called, or when enough rows are waiting.
    ///
    /// # Errors
    /// With the system's error; the file then ends with a whole row, and accepts no more.
    pub fn write(&mut self, row: &[String]) -> io::Result<()> {
        self.check()?;
        self.rows.write_record(row).map_err(io::Error::other)?;
        if self.rows.get_ref().len() >= ROWS_BYTES { self.flush() } else { Ok(()) }
    }

    /// Hands every waiting row to the file.
    ///
    /// # Errors
    /// With the system's error; the file then ends with a whole row, and accepts no more.
    pub fn flush(&mut self) -> io::Result<()> {
        self.check()?;
        let empty = csv::Writer::from_writer(Vec::new());
        let rows = std::mem::replace(&mut self.rows, empty).into_inner().map_err(|error| error.into_error())?;
        self.write_whole(&rows)
    }

    /// Hands whole rows, as they are to be in the file, to it after all that are waiting.
    ///
    /// # Errors
    /// As [`RowFile::flush`].
    pub fn append(&mut self, rows: &[u8]) -> io::Result<()> {
        self.flush()?;
        self.write_whole(rows)
    }

    fn write_whole(&mut self, rows: &[u8]) -> io::Result<()> {
        if rows.is_empty() {
            return Ok(());
        }
        if let Err(error) = write_all(&mut self.file, rows, &self.path) {
            self.is_broken = true;
            // If this fails too, the disk is beyond help; the first error is the one to report.
            let _ = cut(&mut self.file, self.length);
            return Err(error);
        }
        self.length += rows.len() as u64;
        Ok(())
    }

    fn check(&self) -> io::Result<()> {
        if self.is_broken { Err(io::Error::other("earlier rows could not be written")) } else { Ok(()) }
    }

    /// The file's name in its folder.
    pub fn name(&self) -> String {
        self.path.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }

    /// The path of the file.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// Makes sure that `file` begins with the names of these columns.
fn check_header(file: &mut File, columns: &[String]) -> io::Result<()> {
    let mut header = csv::Writer::from_writer(Vec::new());
    header.write_record(columns).map_err(io::Error::other)?;
    let header = header.into_inner().map_err(|error| error.into_error())?;
    let mut found = Vec::new();
    file.take(header.len() as u64).read_to_end(&mut found)?;
    if found == header { Ok(()) } else { Err(io::Error::other("its columns are not those that this program writes")) }
}

/// Makes `file` end after `bytes` bytes, and the next write continue there.
fn cut(file: &mut File, bytes: u64) -> io::Result<()> {
    file.set_len(bytes)?;
    file.seek(SeekFrom::Start(bytes)).map(|_| ())
}

/// A number as the tables show it: six decimals, no trailing zeros, empty for NaN.
pub fn number(value: f64) -> String {
    if value.is_nan() {
        return String::new();
    }
    millionths(value).map_or_else(|| plain(value), |millionths| decimal(value < 0.0, millionths))
}

/// [`number`] of any number as the library writes it; slowly.
fn plain(value: f64) -> String {
    let text = format!("{value:.6}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_string() } else { text.to_string() }
}

/// How many millionths the absolute value is, rounded to the nearest, or to the even one of two that are as near;
/// `None` for 2⁴³ and more.
fn millionths(value: f64) -> Option<u64> {
    const LEAST: f64 = 1.0 / (1u64 << 22) as f64;
    const MOST: f64 = (1u64 << 43) as f64;
    let size = value.abs();
    if size < LEAST {
        return Some(0);
    }
    if size >= MOST {
        return None;
    }
    // The number is `whole` · 2^-`shift`, where `shift` is from 10 to 74.
    let (whole, shift) = ((size.to_bits() & ((1 << 52) - 1)) | (1 << 52), 1075 - (size.to_bits() >> 52));
    let exact = u128::from(whole) * 1_000_000;
    let (below, rest, half) = ((exact >> shift) as u64, exact & ((1 << shift) - 1), 1u128 << (shift - 1));
    Some(below + u64::from(rest > half || (rest == half && below % 2 == 1)))
}

/// This number of millionths in decimals, without trailing zeros.
fn decimal(is_negative: bool, millionths: u64) -> String {
    // From the last digit to the first; the most are 19, a point and a sign.
    let (mut text, mut begin) = ([0; 24], 24);
    let mut put = |byte: u8| {
        begin -= 1;
        text[begin] = byte;
    };
    let digit = |rest: u64| b'0' + (rest % 10) as u8;
    let (mut whole, mut part, mut places) = (millionths / 1_000_000, millionths % 1_000_000, 6);
    while places > 0 && part % 10 == 0 {
        (part, places) = (part / 10, places - 1);
    }
    if places > 0 {
        for _ in 0..places {
            put(digit(part));
            part /= 10;
        }
        put(b'.');
    }
    loop {
        put(digit(whole));
        whole /= 10;
        if whole == 0 {
            break;
        }
    }
    if is_negative && millionths > 0 {
        put(b'-');
    }
    text[begin..].iter().map(|byte| char::from(*byte)).collect()
}

/// A number that may be missing, as the tables show it.
pub fn optional(value: Option<f64>) -> String {
    value.map_or_else(String::new, number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::property_config;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(property_config(4096))]

        #[test]
        fn numbers_are_written_as_the_library_writes_them(
            bits: u64,
            near in -60i32..60,
            odd in -20_000_001i64..20_000_001,
            times in 0u32..40,
        ) {
            // Any bits; numbers of every size; halves of a last place; sums of decimals that are none.
            let sized = (bits >> 11) as f64 / (1u64 << 53) as f64 * f64::from(near).exp2();
            let halves = (2 * odd + 1) as f64 / 128.0;
            let summed = (0..times).map(|_| odd as f64 / 1e6).sum::<f64>();
            for value in [f64::from_bits(bits), sized, -sized, halves, odd as f64, odd as f64 / 1e6, summed] {
                let expected = if value.is_nan() { String::new() } else { plain(value) };
                prop_assert_eq!(number(value), expected);
            }
        }
    }

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
        let columns = ["a".to_string()];
        let mut file = RowFile::create(&path, &columns).unwrap();
        file.write(&["1".into()]).unwrap();
        let length = file.settle().unwrap();
        file.write(&["lost".into()]).unwrap();
        drop(file);
        let mut file = RowFile::reopen(&path, &columns, length).unwrap();
        file.write(&["2".into()]).unwrap();
        file.flush().unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "a\n1\n2\n");
        assert!(RowFile::reopen(&path, &columns, 1000).unwrap_err().to_string().contains("shorter"));
        let other = RowFile::reopen(&path, &["b".into()], length).unwrap_err().to_string();
        assert!(other.contains("columns"), "{other}");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn after_rows_that_were_lost_none_follow() {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let mut file = RowFile::new(Path::new("/dev/full"), full, 0);
        file.write(&["1".into()]).unwrap();
        assert_eq!(file.flush().unwrap_err().kind(), io::ErrorKind::StorageFull);
        assert!(file.write(&["2".into()]).is_err() && file.flush().is_err());
    }

    #[test]
    fn rows_that_are_whole_follow_those_that_wait() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("rows.csv");
        let mut file = RowFile::create(&path, &["a".to_string()]).unwrap();
        file.write(&["1".into()]).unwrap();
        file.append(b"2\n3\n").unwrap();
        file.append(b"").unwrap();
        file.write(&["4".into()]).unwrap();
        assert_eq!(file.settle().unwrap(), 10);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "a\n1\n2\n3\n4\n");
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
