//! Notes the commit that `sim` is built from, for manifests. It looks again when the sources have changed, and then the
//! crate is compiled anyway: a commit by itself compiles nothing again.

use std::process::Command;

/// What the program is made of.
const SOURCES: [&str; 4] = ["build.rs", "src", "Cargo.toml", "Cargo.lock"];

fn main() {
    for path in SOURCES {
        println!("cargo:rerun-if-changed={path}");
    }
    println!("cargo:rustc-env=AGORA_COMMIT={}", commit().unwrap_or_default());
}

/// The commit, with `-dirty` if the sources differ from it; `None` without git, or if these sources are in no
/// repository.
fn commit() -> Option<String> {
    // Sources that were unpacked inside another repository do not belong to its commits.
    git(&["ls-files", "--error-unmatch", "Cargo.toml"])?;
    let commit = git(&["rev-parse", "--short", "HEAD"])?;
    let changes = git(&[["status", "--porcelain", "--"].as_slice(), SOURCES.as_slice()].concat())?;
    Some(if changes.is_empty() { commit } else { commit + "-dirty" })
}

/// What git prints; `None` if it fails.
fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}
