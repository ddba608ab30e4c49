//! Files that are written whole or not at all, files from outside that are read only up to a limit, their hashes, and
//! folders that are searched only up to a limit.

use crate::faults::{after, amid, before};
use sha2::{Digest, Sha256};
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
    let written = before("create", path).and_then(|()| File::create(&partial)).and_then(|mut file| {
        before("write", path)?;
        fill(&mut file)?;
        let bytes = file.metadata()?.len();
        amid(&mut file, bytes, path)?;
        before("sync", path)?;
        file.sync_all()?;
        rename(&partial, path)
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

/// Renames `from` to `to`.
///
/// # Errors
/// With the system's error.
pub fn rename(from: &Path, to: &Path) -> io::Result<()> {
    before("rename", to)?;
    fs::rename(from, to)?;
    after("rename", to);
    Ok(())
}

/// Makes the folder at `path`, and those that it lies in.
///
/// # Errors
/// With the system's error.
pub fn make_folder(path: &Path) -> io::Result<()> {
    before("create", path)?;
    fs::create_dir_all(path)?;
    after("create", path);
    Ok(())
}

/// Removes the file at `path`.
///
/// # Errors
/// With the system's error.
pub fn remove_file(path: &Path) -> io::Result<()> {
    before("remove", path)?;
    fs::remove_file(path)?;
    after("remove", path);
    Ok(())
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

/// SHA-256 of some bytes in lower-case hex.
pub fn sha256_of(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Bytes as lower-case hex.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The text of the settings file at `path`, of at most [`SETTINGS_BYTES_MAX`] bytes.
///
/// # Errors
/// Those of [`read_bytes`], and if the text is not UTF-8.
pub fn read_settings(path: &Path) -> io::Result<String> {
    let bytes = read_bytes(path, SETTINGS_BYTES_MAX)?;
    String::from_utf8(bytes).map_err(|error| io::Error::new(ErrorKind::InvalidData, error.utf8_error()))
}

/// Writes `text` to a file at `path` where there is none yet: whole, or not at all.
///
/// # Errors
/// With the system's error; `AlreadyExists` if something is there.
pub fn write_new(path: &Path, text: &str) -> io::Result<()> {
    let exists = || io::Error::from(ErrorKind::AlreadyExists);
    if path.symlink_metadata().is_ok() {
        return Err(exists());
    }
    let partial = partial(path);
    let filled = File::create(&partial).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()
    });
    // A link, unlike a renamed file, replaces nothing.
    let written = filled.and_then(|()| match fs::hard_link(&partial, path) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => {
            // Where files cannot be linked, the place is taken first, and what takes it is replaced.
            File::create_new(path)?;
            fs::rename(&partial, path).inspect_err(|_| _ = fs::remove_file(path))
        }
        linked => linked,
    });
    // Gone already if it was renamed; otherwise of no use, and the first error is the one to report.
    let _ = fs::remove_file(&partial);
    written
}

/// The end of the name of a file that is being written.
const PARTIAL: &str = ".partial";

/// The file beside `path` that [`write_whole`] fills: `.NAME.PROCESS.partial`, so that two processes that write the
/// same file do not write into each other's.
pub fn partial(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.{}{PARTIAL}", std::process::id()))
}

/// The name of the file that one called `name` is to become, if that is what [`write_whole`] has left unfinished:
/// `a.csv` for `.a.csv.4711.partial`, and for `.a.csv.partial`, as earlier versions called it.
pub fn whole_of(name: &str) -> Option<&str> {
    let inner = name.strip_prefix('.')?.strip_suffix(PARTIAL)?;
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let whole = inner.rsplit_once('.').filter(|(_, process)| is_number(process)).map_or(inner, |(whole, _)| whole);
    (!whole.is_empty()).then_some(whole)
}

/// Removes what processes that were killed have left half written beside the file at `path`: those of which this system
/// says that they have ended. Where it says nothing of processes, all is left as it is.
pub fn remove_abandoned(path: &Path) {
    let processes = Path::new("/proc");
    let (Some(folder), Some(name)) = (path.parent(), path.file_name().and_then(|name| name.to_str())) else { return };
    if !processes.join("self").exists() {
        return;
    }
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let left = entry.file_name().to_string_lossy().into_owned();
        let process = left.strip_suffix(PARTIAL).and_then(|inner| inner.rsplit_once('.')).map(|(_, process)| process);
        if whole_of(&left) == Some(name) && process.is_some_and(|process| !processes.join(process).exists()) {
            // Whether it goes or stays, the file itself is whole.
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// An empty file that the process of a run keeps locked while it runs. The lock goes with the process, however that
/// ends; the file stays, since a file that is removed could be locked by two processes.
pub const LOCK: &str = ".lock";

/// Whether another process holds the lock on the file `lock`. Changes nothing there; false if there is no such file, or
/// the file system has no locks.
pub fn is_held(lock: &Path) -> bool {
    // Whatever is no file might never open.
    if !lock.metadata().is_ok_and(|metadata| metadata.is_file()) {
        return false;
    }
    let Ok(file) = File::options().write(true).open(lock) else { return false };
    matches!(file.try_lock(), Err(fs::TryLockError::WouldBlock))
}

/// Columns of a run's tables that identify a row, or hold words.
pub const NOT_NUMBERS: [&str; 13] = [
    "tick",
    "agent",
    "population",
    "policy",
    "p_c_source",
    "nearest_strategy",
    "type",
    "life",
    "parent",
    "born",
    "x",
    "y",
    "island",
];
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

/// Not more folders than this are looked into by one search.
pub const FOLDERS_MAX: usize = 200_000;

/// What a search for folders found.
#[derive(Debug, Default)]
pub struct Folders {
    /// The folders that were looked for, those of each parent in order of their names.
    pub found: Vec<PathBuf>,
    /// Folders that could not be looked into.
    pub unreadable: Vec<(PathBuf, io::Error)>,
    /// Whether the search was given up, since there were more than [`FOLDERS_MAX`] folders.
    pub is_cut: bool,
    looked: usize,
}

impl Folders {
    /// What was not looked into, a sentence each.
    pub fn problems(&self) -> Vec<String> {
        let unreadable = |(path, error): &(PathBuf, io::Error)| format!("cannot look into {}: {error}", path.display());
        let cut = || format!("there are more than {FOLDERS_MAX} folders; those after them were not looked into");
        self.unreadable.iter().map(unreadable).chain(self.is_cut.then(cut)).collect()
    }
}

/// Finds folders that hold a file called `name`, as [`folders`] does.
pub fn folders_with(folder: &Path, name: &str, depth: usize) -> Folders {
    folders(folder, depth, &|folder| folder.join(name).is_file())
}

/// Finds folders that are `wanted`: `folder` itself, or else those up to `depth` levels below it. Nothing is looked for
/// inside a folder that is wanted, nor in hidden ones, and no link below `folder` is followed: it might lead in a
/// circle.
pub fn folders(folder: &Path, depth: usize, wanted: &dyn Fn(&Path) -> bool) -> Folders {
    let mut folders = Folders::default();
    look(folder, depth, wanted, &mut folders);
    folders
}

fn look(folder: &Path, depth: usize, wanted: &dyn Fn(&Path) -> bool, folders: &mut Folders) {
    if folders.looked >= FOLDERS_MAX {
        folders.is_cut = true;
        return;
    }
    folders.looked += 1;
    if wanted(folder) {
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
            .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
            .map(|entry| entry.path())
            .collect(),
        Err(error) => {
            folders.unreadable.push((folder.to_path_buf(), error));
            return;
        }
    };
    below.sort();
    for path in below {
        look(&path, depth - 1, wanted, folders);
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
        let none = folders_with(&dir.path().join("none"), "manifest.json", 2);
        assert!(none.unreadable.len() == 1 && none.problems()[0].contains("cannot look into"), "{none:?}");
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(dir.path(), dir.path().join("c")).unwrap();
            assert_eq!(found(3), ["a", "b/run", "deep/x/y"], "no link is followed");
            let root = folders_with(&dir.path().join("c"), "manifest.json", 1).found;
            assert_eq!(root, [dir.path().join("c/a")], "but the one that was named is");
        }
    }

    #[test]
    fn what_a_dead_process_left_is_removed_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let page = dir.path().join("a.html");
        // No process has this number: it is beyond the highest that Linux gives.
        let left = [".a.html.4194305.partial", ".b.html.4194305.partial", "a.html.4194305.partial"];
        let own = partial(&page).file_name().unwrap().to_str().unwrap().to_owned();
        for name in left.into_iter().chain([own.as_str(), "a.html"]) {
            fs::write(dir.path().join(name), "").unwrap();
        }
        remove_abandoned(&page);
        let is_there = |name: &str| dir.path().join(name).exists();
        assert_eq!(left.map(is_there), [!Path::new("/proc/self").exists(), true, true]);
        assert!(is_there(&own) && is_there("a.html"));
    }

    #[test]
    fn a_name_of_an_unfinished_file_says_what_it_would_become_and_who_writes_it() {
        let path = partial(Path::new("runs/a.1.csv"));
        let name = path.file_name().unwrap().to_str().unwrap();
        assert!(name.contains(&std::process::id().to_string()) && path.starts_with("runs"), "{name}");
        assert_eq!(whole_of(name), Some("a.1.csv"));
        assert_eq!(whole_of(".a.csv.partial"), Some("a.csv"), "as earlier versions called it");
        assert_eq!(["a.csv", ".a.csv", "a.partial", ".partial", "..7.partial"].map(whole_of), [None; 5]);
    }

    #[test]
    fn a_new_file_is_whole_and_replaces_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("mine.ron");
        write_new(&path, "first").unwrap();
        assert_eq!(write_new(&path, "second").unwrap_err().kind(), ErrorKind::AlreadyExists);
        assert_eq!(fs::read_to_string(&path).unwrap(), "first");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "nothing is left beside it");
        assert!(write_new(&dir.path().join("no/where.ron"), "x").is_err());
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
