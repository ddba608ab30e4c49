//! The commands that come before a first run.

use clap::{Args, Subcommand};
use std::path::PathBuf;

/// What to start from.
#[derive(Debug, Args)]
pub struct NewArgs {
    /// The template.
    pub template: Option<String>,
    /// The file to write, which must not be there yet: .ron, or .json, .yaml or .toml without the comments. Default:
    /// TEMPLATE.ron.
    pub file: Option<PathBuf>,
}

/// What to do with models.
#[derive(Debug, Subcommand)]
pub enum ModelsVerb {
    /// List the models known by name.
    List,
    /// Find a model, fetching it if need be, and print where it is.
    Fetch {
        /// A name of the list.
        #[arg(default_value = "smollm2-135m-instruct")]
        name: String,
    },
}
