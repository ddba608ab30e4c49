//! Folders that are supposed to be runs.

use crate::files::folders_with;
use crate::policies::person::PersonPlugin;
use crate::run::Extension;
use crate::text::shown;
use bevy_app::App;
use std::path::{Path, PathBuf};

/// What `extend` adds, and the policy of a person, whose matches may be kept as runs.
pub(in crate::commands) fn with_person(extend: Extension) -> impl Fn(&mut App) + Send + Sync {
    move |app: &mut App| {
        extend(app);
        app.add_plugins(PersonPlugin);
    }
}

/// Checks that every one of `paths` exists.
///
/// # Errors
/// With the sentence that every command says of one that does not.
pub(in crate::commands) fn check_that_they_exist<'a>(
    paths: impl IntoIterator<Item = &'a PathBuf>,
) -> Result<(), String> {
    match paths.into_iter().find(|path| !path.exists()) {
        Some(path) => Err(format!("`{}` does not exist", shown(&path.display().to_string()))),
        None => Ok(()),
    }
}

/// Checks that `path` is a folder that may hold runs.
///
/// # Errors
/// With a sentence that says what it is instead.
pub(in crate::commands) fn check_that_it_is_a_folder(path: &PathBuf) -> Result<(), String> {
    check_that_they_exist([path])?;
    if path.is_dir() { Ok(()) } else { Err(format!("`{}` is not a folder", shown(&path.display().to_string()))) }
}

/// Checks that `path` is the folder of a run and holds the file `needed`.
///
/// # Errors
/// With a sentence that says what it is instead.
pub(in crate::commands) fn check_that_it_is_a_run(path: &Path, needed: &str) -> Result<(), String> {
    let shown = shown(&path.display().to_string()).into_owned();
    if path.join(needed).is_file() {
        return Ok(());
    }
    if !path.exists() {
        return Err(format!("`{shown}` does not exist"));
    }
    if path.is_file() {
        return Err(format!("{shown} is not the folder of a run but a file; name the folder"));
    }
    let runs: Vec<PathBuf> = folders_with(path, needed, 1).found;
    let Some(first) = runs.first() else {
        return Err(format!("{shown} is not the folder of a run: there is no {needed} in it"));
    };
    let others = if runs.len() > 1 { format!(" or another of its {}", runs.len()) } else { String::new() };
    Err(format!("{shown} is not the folder of a run but holds runs; name one of them: {}{others}", first.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_run_is_said_to_be_what_it_is() {
        let dir = tempfile::tempdir().unwrap();
        let check = |name: &str| check_that_it_is_a_run(&dir.path().join(name), "table.csv");
        assert!(check("nowhere").unwrap_err().contains("does not exist"));
        for run in ["runs/a-s1", "runs/a-s2"] {
            std::fs::create_dir_all(dir.path().join(run)).unwrap();
            std::fs::write(dir.path().join(run).join("table.csv"), "").unwrap();
        }
        assert_eq!(check("runs/a-s1"), Ok(()));
        let error = check("runs").unwrap_err();
        assert!(error.contains("holds runs") && error.contains("a-s1") && error.contains("its 2"), "{error}");
        assert!(check("runs/a-s1/table.csv").unwrap_err().contains("a file"));
        assert!(check("").unwrap_err().contains("no table.csv in it"));
    }
}
