//! Models and adapters on disk and on the way there.

pub mod fetch;
pub mod gguf;
pub(crate) mod hf_config;
pub mod load;
pub mod loaded;
pub mod outline;
pub mod peft;
pub mod random;
pub mod registry;
pub mod safetensors;
pub mod sha256;
pub mod tiny;
pub(crate) mod weights;
