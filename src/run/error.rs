//! Why a run stopped, and what to do about it.

use crate::host;
use crate::llm::engine::budget::plan::TooLittle;
use crate::llm::engine::device::DeviceError;
use crate::llm::error::ModelError;
use crate::llm::frozen::FrozenError;
use crate::llm::reference::ReferenceError;
use crate::metrics::TableError;
use crate::remote::RemoteError;
use crate::scenario::spawn::SpawnError;
use crate::world::ElsewhereError;
use std::error::Error;
use std::path::{Path, PathBuf};

/// Why a run stopped.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// A model or adapter.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The world.
    #[error(transparent)]
    Spawn(#[from] SpawnError),
    /// The output folder holds something.
    #[error(
        "{} is not empty. Use another --out or --seed, --resume to continue this run, or --force to move the old one aside",
        path.display()
    )]
    OutputTaken {
        /// The folder.
        path: PathBuf,
    },
    /// A folder that changed between two looks.
    #[error("{} has changed since it was looked at, and is left alone", path.display())]
    Changed {
        /// The folder.
        path: PathBuf,
    },
    /// A folder that is not moved aside.
    #[error(
        "{} holds files but no manifest.json that can be read, so it may not be a run's folder; --force moves only runs \
         aside",
        path.display()
    )]
    NotARun {
        /// The folder.
        path: PathBuf,
    },
    /// The output folder is a link to nothing.
    #[error(
        "{} is a link to {}, which is not there; make that folder, or choose another with --out",
        path.display(),
        target.display()
    )]
    OutputDangles {
        /// The link.
        path: PathBuf,
        /// Where it leads.
        target: PathBuf,
    },
    /// The output folder has disappeared.
    #[error("{} was removed or moved while the run went on; the run stops, since it can write nothing there", path.display())]
    FolderGone {
        /// The folder.
        path: PathBuf,
    },
    /// The world already held a run.
    #[error(
        "this `Simulation` has been run; a world holds the agents of one run, so make a new `Simulation` for the next"
    )]
    RunBefore,
    /// The output folder is a file.
    #[error("{} is a file; --out needs a folder", path.display())]
    OutputIsFile {
        /// The file.
        path: PathBuf,
    },
    /// Another run writes there.
    #[error("{} is being written by a run that is still going on; wait for it, or choose another folder", path.display())]
    OutputBusy {
        /// The folder.
        path: PathBuf,
    },
    /// It cannot be known whether another run writes there.
    #[error(
        "{}: files cannot be locked here, so a run that was killed and one still going on look alike; \
         make sure that none is, and move the folder away",
        path.display()
    )]
    NoLocks {
        /// The folder.
        path: PathBuf,
    },
    /// The run was asked to stop.
    #[error("interrupted after {played} of {ticks} ticks{}", if *is_saved { "; go on with --resume" } else { "" })]
    Interrupted {
        /// Ticks played.
        played: u32,
        /// Ticks asked for.
        ticks: u32,
        /// Whether a checkpoint was written.
        is_saved: bool,
    },
    /// A run cannot be resumed.
    #[error("cannot resume: {0}")]
    Resume(String),
    /// A checkpoint that cannot be used.
    #[error(
        "cannot go on from {}: {problem}; to run the scenario from its first tick, choose another folder with --out, or \
         remove that file",
        path.display()
    )]
    Checkpoint {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// A plugin's policy whose state checkpoints would lose.
    #[error(
        "the policy `{policy}` does not say what of it outlives a tick, so no checkpoint can be written; declare it with \
         `Snapshots::covers`, or run without checkpoints"
    )]
    NotCovered {
        /// Its name.
        policy: String,
    },
    /// Something could not be written.
    #[error("cannot write {}: {source}{}", path.display(), disk_hint(source))]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A table could not be written.
    #[error("cannot write {}: {source}; every table ends with a whole row{}", path.display(), disk_hint(source))]
    Table {
        /// The file, or the folder of all tables.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Another plugin's reason to end the run in the middle of a tick.
    #[error(transparent)]
    Tick(Box<dyn Error + Send + Sync>),
    /// A device that is not there, or that failed.
    #[error(transparent)]
    Device(#[from] DeviceError),
    /// A server that plays for agents.
    #[error(transparent)]
    Remote(#[from] RemoteError),
    /// A recording to play, and no one to play it.
    #[error("--replay plays what servers said, and no server plays in this scenario")]
    NothingToReplay,
    /// The check of the engine.
    #[error(transparent)]
    Reference(#[from] ReferenceError),
    /// The models do not fit into memory.
    #[error("{}", too_little(.0))]
    Memory(TooLittle),
    /// A frozen player does not fit into memory.
    #[error(
        "the frozen model {name} needs about {} of memory, and {} may be used; allow it more with `memory: GiB(…)` if the \
         machine has it, or take a smaller model, or a GGUF file whose blocks are kept (`quantised: true`)",
        host::readable(*needed),
        host::readable(*most)
    )]
    FrozenTooLarge {
        /// Its name.
        name: String,
        /// Bytes at its peak, estimated.
        needed: u64,
        /// Bytes that may be used.
        most: u64,
    },
    /// On another of the processes that play the run together.
    #[error(transparent)]
    Elsewhere(#[from] ElsewhereError),
    /// Several processes where one has to play alone.
    #[error("{ranks} processes were started together, and {what}; start one")]
    OneRankOnly {
        /// How many there are.
        ranks: usize,
        /// Why they cannot play together.
        what: &'static str,
    },
    /// The thread pool.
    #[error("cannot start {threads} worker threads: {problem}")]
    Threads {
        /// How many were asked for.
        threads: usize,
        /// What the system said.
        problem: String,
    },
}

impl From<TableError> for RunError {
    fn from(TableError { path, source }: TableError) -> Self {
        Self::Table { path, source }
    }
}

impl From<FrozenError> for RunError {
    fn from(error: FrozenError) -> Self {
        match error {
            FrozenError::Model(error) => Self::Model(error),
            FrozenError::Device(error) => Self::Device(error),
        }
    }
}

impl RunError {
    /// An error in writing `path`.
    pub fn write(path: &Path, source: std::io::Error) -> Self {
        Self::Write { path: path.to_path_buf(), source }
    }

    /// The error with which a plugin ended the tick.
    pub fn of_tick(error: Box<dyn Error + Send + Sync>) -> Self {
        let known = error.downcast::<DeviceError>().map(|error| Self::Device(*error));
        let known = known.or_else(|error| error.downcast::<ModelError>().map(|error| Self::Model(*error)));
        let known = known.or_else(|error| error.downcast::<RemoteError>().map(|error| Self::Remote(*error)));
        let known = known.or_else(|error| error.downcast::<TableError>().map(|error| Self::from(*error)));
        let known = known.or_else(|error| error.downcast::<ElsewhereError>().map(|error| Self::Elsewhere(*error)));
        let known = known.or_else(|error| error.downcast::<Self>().map(|error| *error));
        known.unwrap_or_else(Self::Tick)
    }

    /// Whether the run only stopped before its end, as it was told to.
    pub fn is_stop(&self) -> bool {
        match self {
            Self::Interrupted { .. } => true,
            Self::Remote(error) => error.is_stop(),
            _ => false,
        }
    }
}

fn disk_hint(source: &std::io::Error) -> &'static str {
    match source.kind() {
        std::io::ErrorKind::StorageFull => {
            "; the disk is full: free some space and go on with --resume, or write elsewhere with --out"
        }
        std::io::ErrorKind::QuotaExceeded | std::io::ErrorKind::FileTooLarge => {
            "; a limit is reached: raise it or free some space and go on with --resume, or write elsewhere with --out"
        }
        std::io::ErrorKind::PermissionDenied => "; choose a folder you may write to with --out",
        _ => "",
    }
}

fn too_little(TooLittle { least, held, most }: &TooLittle) -> String {
    let [least, held, most, pass] = [*least, *held, *most, least - held].map(host::readable);
    format!(
        "the run needs at least {least} of memory ({held} for weights, adapters and their optimizers, {pass} for one learner's \
         pass), and {most} may be used; allow it more with `memory: GiB(…)` if the machine has it, or take fewer agents, a \
         smaller model, a lower rank or shorter prompts"
    )
}
