//! Which files hold the weights of a folder: one, or the shards that an index names.

use crate::files::read_settings;
use crate::llm::error::ModelError;
use std::path::{Path, PathBuf};

/// Name of the weights when they are one file.
pub const SINGLE: &str = "model.safetensors";
/// Name of the list of shards when they are several.
pub const INDEX: &str = "model.safetensors.index.json";

/// The weight files of `folder`, sorted: `model.safetensors`, or the shards that the index names.
pub fn weight_files(folder: &Path) -> Result<Vec<PathBuf>, ModelError> {
    let index = folder.join(INDEX);
    if folder.join(SINGLE).is_file() || !index.is_file() {
        return Ok(vec![folder.join(SINGLE)]);
    }
    let text = read_settings(&index).map_err(ModelError::io("read", &index))?;
    let names = shard_names(&text).ok_or_else(|| {
        ModelError::damaged(&index, "no weight_map of tensor names to plain file names; fetch the file again")
    })?;
    Ok(names.into_iter().map(|name| folder.join(name)).collect())
}

/// The distinct shard names in the text of an index, sorted; `None` if the text is not an index.
pub(crate) fn shard_names(index: &str) -> Option<Vec<String>> {
    let value: serde_json::Value = serde_json::from_str(index).ok()?;
    let mut names = Vec::new();
    for name in value.get("weight_map")?.as_object()?.values() {
        let name = name.as_str()?;
        // A name with a path in it could point outside the folder.
        if name.contains(['/', '\\']) {
            return None;
        }
        names.push(name.to_string());
    }
    names.sort();
    names.dedup();
    Some(names)
}
