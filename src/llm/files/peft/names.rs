//! The names that PEFT and this program give to things in an adapter's files.

use crate::llm::files::safetensors::module;
use crate::llm::lora::AdapterSlot;

/// Our keys in the metadata of the weights' file; other readers skip them.
pub(super) const BASE_SHA256: &str = "base_sha256";

pub(super) const BASE_NAME: &str = "base_name";

/// A line of the model card: a name and its value.
pub type Fact = (String, String);

/// PEFT's name of one of a slot's two matrices; `which` is A or B.
pub(super) fn key(slot: &AdapterSlot, which: char) -> String {
    format!("base_model.model.model.layers.{}.{}.lora_{which}.weight", slot.layer, module(slot.projection))
}
