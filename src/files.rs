//! Files that are written whole or not at all.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Writes what `fill` puts into a file to `path`: beside it first, synced, then renamed. A reader finds the old file or the
/// new one, never half of it; a link at `path` is replaced, not followed. If anything fails, nothing is left behind.
///
/// # Errors
/// With what the system said.
pub fn write_whole(path: &Path, fill: impl FnOnce(&mut File) -> io::Result<()>) -> io::Result<()> {
    let partial = partial(path);
    let written = File::create(&partial).and_then(|mut file| {
        fill(&mut file)?;
        file.sync_all()?;
        fs::rename(&partial, path)
    });
    if written.is_err() {
        // What stands there is of no use to anyone, and the first error is the one to report.
        let _ = fs::remove_file(&partial);
    }
    written
}

/// [`write_whole`] for text.
///
/// # Errors
/// With what the system said.
pub fn write_text(path: &Path, text: &str) -> io::Result<()> {
    write_whole(path, |file| file.write_all(text.as_bytes()))
}

/// The file beside `path` that [`write_whole`] fills: `.NAME.partial`.
pub fn partial(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.partial"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_written_whole_or_stays_as_it_was() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("table.csv");
        write_text(&path, "old").unwrap();
        let failed = write_whole(&path, |file| {
            file.write_all(b"half")?;
            Err(io::Error::other("the disk is full"))
        });
        assert_eq!(failed.unwrap_err().to_string(), "the disk is full");
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
        assert!(!partial(&path).exists());
        write_text(&path, "new").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_replaced_and_what_it_points_to_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let (mine, link) = (dir.path().join("mine.txt"), dir.path().join("report.html"));
        fs::write(&mine, "precious").unwrap();
        std::os::unix::fs::symlink(&mine, &link).unwrap();
        write_text(&link, "report").unwrap();
        assert_eq!(
            (fs::read_to_string(&mine).unwrap(), fs::read_to_string(&link).unwrap()),
            ("precious".into(), "report".into())
        );
    }
}
