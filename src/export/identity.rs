//! Which run a row belongs to.

use super::ExportError;
use crate::files::read_settings;
use serde_json::Value;
use std::path::Path;

/// The file that says what was run.
const MANIFEST: &str = "manifest.json";
/// Stands before a factor that has the name of a column.
const FACTOR: &str = "factor_";

/// The columns that stand first in every exported table, the same in every row of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Name of the run's folder.
    pub run: String,
    /// Name of the scenario.
    pub scenario: String,
    /// Seed of the run.
    pub seed: Option<i64>,
    /// `running`, `done`, `failed` or `interrupted`.
    pub status: String,
    /// What a design varied, by name, each with the value of this run.
    pub factors: Vec<(String, String)>,
}

impl Identity {
    /// The identity of the run in `folder`; `is_column` says whether some table has a column of that name.
    ///
    /// # Errors
    /// If the folder has no manifest, or one that says no scenario.
    pub fn read(folder: &Path, is_column: impl Fn(&str) -> bool) -> Result<Self, ExportError> {
        let path = folder.join(MANIFEST);
        let text = read_settings(&path).map_err(ExportError::io("read", &path))?;
        let manifest: Value = serde_json::from_str(&text)
            .map_err(|error| ExportError::broken(&path, format!("this is no manifest of a run: {error}")))?;
        let word = |key: &str| {
            let found = manifest[key].as_str().map(String::from);
            found.ok_or_else(|| ExportError::broken(&path, format!("this is no manifest of a run: it has no `{key}`")))
        };
        let factors = manifest["factors"].as_object().into_iter().flatten().map(|(name, value)| {
            let is_taken = is_column(name) || ["run", "scenario", "seed", "status"].contains(&name.as_str());
            let name = if is_taken { format!("{FACTOR}{name}") } else { name.clone() };
            // A factor is text; a manifest written by other hands may have numbers.
            (name, value.as_str().map_or_else(|| value.to_string(), String::from))
        });
        let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_path_buf());
        Ok(Self {
            run: folder.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            scenario: word("scenario")?,
            status: word("status")?,
            // The Parquet type has a sign; a seed beyond it is kept bit by bit.
            seed: manifest["seed"].as_u64().map(|seed| seed as i64),
            factors: factors.collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_factor_with_the_name_of_a_column_gets_another() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("grid-1");
        std::fs::create_dir(&folder).unwrap();
        let manifest = r#"{"scenario": "pd", "seed": 3, "status": "done", "factors": {"rounds": "5", "noise": "0.1"}}"#;
        std::fs::write(folder.join(MANIFEST), manifest).unwrap();
        let identity = Identity::read(&folder, |name| name == "rounds").unwrap();
        let factors = [("noise", "0.1"), ("factor_rounds", "5")];
        let expected: Vec<(String, String)> = factors.map(|(name, value)| (name.into(), value.into())).to_vec();
        assert_eq!((identity.run.as_str(), identity.seed, identity.factors), ("grid-1", Some(3), expected));
        std::fs::write(folder.join(MANIFEST), "{}").unwrap();
        assert!(Identity::read(&folder, |_| false).unwrap_err().to_string().contains("no `scenario`"));
    }
}
