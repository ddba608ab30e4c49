//! Files that are written whole or not at all, and files from outside that are read only up to a limit.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

/// Writes to `path` what `fill` puts into a file: first into a file beside it, which is synced, then renamed. A reader
/// finds the old file or the new one, never half of it; a link at `path` is replaced, not followed. If anything fails,
/// nothing is left behind.
///
/// # Errors
/// With the system's error.
pub fn write_whole(path: &Path, fill: impl FnOnce(&mut File) -> io::Result<()>) -> io::Result<()> {
    let partial = partial(path);
    let written = File::create(&partial).and_then(|mut file| {
        fill(&mut file)?;
        file.sync_all()?;
        fs::rename(&partial, path)
    });
    if written.is_err() {
        // What is left there is of no use, and the first error is the one to report.
        let _ = fs::remove_file(&partial);
    }
    written
}

/// [`write_whole`] for text.
///
/// # Errors
/// With the system's error.
pub fn write_text(path: &Path, text: &str) -> io::Result<()> {
    write_whole(path, |file| file.write_all(text.as_bytes()))
}

/// The most bytes of a configuration, scenario or manifest; none is larger.
pub const SETTINGS_BYTES_MAX: u64 = 16 << 20;

/// The contents of the file at `path`, if they are at most `most` bytes. A file may be larger than memory, and a device
/// has no end.
///
/// # Errors
/// With the system's error, or that the file is too large.
pub fn read_bytes(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        return Err(io::Error::new(ErrorKind::FileTooLarge, format!("more than the {most} bytes that are read")));
    }
    Ok(bytes)
}

/// The text of the settings file at `path`, of at most [`SETTINGS_BYTES_MAX`] bytes.
///
/// # Errors
/// Those of [`read_bytes`], and if the text is not UTF-8.
pub fn read_settings(path: &Path) -> io::Result<String> {
    let bytes = read_bytes(path, SETTINGS_BYTES_MAX)?;
    String::from_utf8(bytes).map_err(|error| io::Error::new(ErrorKind::InvalidData, error.utf8_error()))
}

/// The file beside `path` that [`write_whole`] fills: `.NAME.partial`.
pub fn partial(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.partial"))
}

/// The table of agents, and that of all agents together: every run has them.
pub const EVOLUTION_TABLE: &str = "strategy_evolution.csv";
/// See [`EVOLUTION_TABLE`].
pub const OUTCOMES_TABLE: &str = "social_outcomes.csv";

/// The folder's own name; `run` where it has none.
pub fn folder_name(folder: &Path) -> String {
    let name = |path: &Path| path.file_name().map(|name| name.to_string_lossy().into_owned());
    // `.` and `..` have a name only once it is known where they are.
    name(folder).or_else(|| name(&folder.canonicalize().ok()?)).unwrap_or_else(|| "run".into())
}

/// What [`folders_with`] found.
#[derive(Debug, Default)]
pub struct Folders {
    /// The folders that hold the file, those of each parent in order of their names.
    pub found: Vec<PathBuf>,
    /// Folders that could not be looked into.
    pub unreadable: Vec<(PathBuf, io::Error)>,
}

/// Finds folders that hold a file called `name`: `folder` itself, or else those up to `depth` levels below it. Nothing
/// is looked for inside a folder that holds the file, nor in hidden ones.
pub fn folders_with(folder: &Path, name: &str, depth: usize) -> Folders {
    let mut folders = Folders::default();
    look(folder, name, depth, &mut folders);
    folders
}

fn look(folder: &Path, name: &str, depth: usize, folders: &mut Folders) {
    if folder.join(name).is_file() {
        folders.found.push(folder.to_path_buf());
        return;
    }
    if depth == 0 {
        return;
    }
    let entries = fs::read_dir(folder).and_then(|entries| entries.collect::<io::Result<Vec<_>>>());
    let mut below: Vec<PathBuf> = match entries {
        Ok(entries) => entries
            .into_iter()
            .filter(|entry| !entry.file_name().to_string_lossy().starts_with('.'))
            .map(|entry| entry.path())
            .filter(|path| path.is_dir())
            .collect(),
        Err(error) => {
            folders.unreadable.push((folder.to_path_buf(), error));
            return;
        }
    };
    below.sort();
    for path in below {
        look(&path, name, depth - 1, folders);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_found_by_what_they_hold() {
        let dir = tempfile::tempdir().unwrap();
        for path in ["b/run", "a", "a/inner", "deep/x/y", ".hidden"] {
            fs::create_dir_all(dir.path().join(path)).unwrap();
            fs::write(dir.path().join(path).join("manifest.json"), "").unwrap();
        }
        let found = |depth| {
            let folders = folders_with(dir.path(), "manifest.json", depth);
            assert!(folders.unreadable.is_empty());
            let name = |path: &PathBuf| path.strip_prefix(dir.path()).unwrap().display().to_string();
            folders.found.iter().map(name).collect::<Vec<_>>()
        };
        assert_eq!(found(0), Vec::<String>::new());
        assert_eq!(found(1), ["a"]);
        assert_eq!(found(2), ["a", "b/run"]);
        assert_eq!(found(3), ["a", "b/run", "deep/x/y"]);
        assert_eq!(folders_with(&dir.path().join("a"), "manifest.json", 2).found, [dir.path().join("a")]);
        assert_eq!(folders_with(&dir.path().join("none"), "manifest.json", 2).unreadable.len(), 1);
    }

    #[test]
    fn a_folder_is_called_what_its_path_ends_with() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir_all(dir.path().join("pd-s1/inner")).unwrap();
        assert_eq!(folder_name(&dir.path().join("pd-s1")), "pd-s1");
        assert_eq!(folder_name(&dir.path().join("pd-s1/inner/..")), "pd-s1");
        assert_eq!(folder_name(Path::new("nowhere/pd-s2/")), "pd-s2");
        assert_eq!(folder_name(Path::new("/")), "run");
    }

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

    #[test]
    fn a_file_is_read_up_to_a_limit() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("config.json");
        fs::write(&path, "12345").unwrap();
        assert_eq!(read_bytes(&path, 5).unwrap(), b"12345");
        assert_eq!(read_bytes(&path, 4).unwrap_err().kind(), ErrorKind::FileTooLarge);
        assert_eq!(read_settings(&path).unwrap(), "12345");
        fs::write(&path, [0xff]).unwrap();
        assert_eq!(read_settings(&path).unwrap_err().kind(), ErrorKind::InvalidData);
        assert_eq!(read_settings(&dir.path().join("none")).unwrap_err().kind(), ErrorKind::NotFound);
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
