//! SHA-256 as people compare it.

pub use crate::files::{hex, sha256_of};

use crate::llm::error::ModelError;
use indicatif::ProgressBar;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// SHA-256 of a file in lower-case hex.
pub fn sha256_file(path: &Path, progress: &ProgressBar) -> Result<String, ModelError> {
    let mut file = File::open(path).map_err(ModelError::io("read", path))?;
    let len = file.metadata().map_err(ModelError::io("read", path))?.len();
    progress.set_message(format!("checking {}", path.file_name().unwrap_or_default().to_string_lossy()));
    progress.set_length(len);
    progress.set_position(0);
    let mut sha = Sha256::new();
    let mut buffer = vec![0u8; 1 << 20];
    loop {
        let read = file.read(&mut buffer).map_err(ModelError::io("read", path))?;
        if read == 0 {
            break;
        }
        sha.update(&buffer[..read]);
        progress.inc(read as u64);
    }
    progress.finish_and_clear();
    Ok(hex(&sha.finalize()))
}
