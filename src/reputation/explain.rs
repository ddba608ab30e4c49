//! What `sim explain` says of norms.

use super::NORMS;

/// Names of all norms.
pub fn names() -> impl Iterator<Item = &'static str> {
    NORMS.iter().map(|norm| norm.name)
}

/// The explanation of the norm called `name`; `None` if there is no such norm.
pub fn explain(name: &str) -> Option<String> {
    let norm = NORMS.iter().find(|norm| norm.name == name)?;
    Some(norm.text("Norm", "reputation: (norm: {})"))
}
