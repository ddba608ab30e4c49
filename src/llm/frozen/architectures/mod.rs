//! The architectures of frozen players: one file each, and their list.
//!
//! Each is tested against the logits of the public Python implementation (`tests/fixtures/frozen/`). What is missing
//! here was left out for a reason: `docs/models.md` gives it.

mod architecture;
mod deepseek_v2;
mod gemma;
mod gemma2;
mod gemma3;
mod glm4;
mod granite;
mod helium;
mod lfm2;
mod llama;
mod mistral;
mod mixtral;
mod olmo;
mod olmo2;
mod phi;
mod phi3;
mod qwen2;
mod qwen2_moe;
mod qwen3;
mod qwen3_moe;
mod smollm3;
mod stablelm;
mod starcoder2;

pub(crate) use architecture::Architecture;

/// Every architecture.
pub(crate) const ARCHITECTURES: &[Architecture] = &[
    deepseek_v2::ARCHITECTURE,
    gemma::ARCHITECTURE,
    gemma2::ARCHITECTURE,
    gemma3::ARCHITECTURE,
    glm4::ARCHITECTURE,
    granite::ARCHITECTURE,
    helium::ARCHITECTURE,
    lfm2::ARCHITECTURE,
    llama::ARCHITECTURE,
    mistral::ARCHITECTURE,
    mixtral::ARCHITECTURE,
    olmo::ARCHITECTURE,
    olmo2::ARCHITECTURE,
    phi::ARCHITECTURE,
    phi3::ARCHITECTURE,
    qwen2::ARCHITECTURE,
    qwen2_moe::ARCHITECTURE,
    qwen3::ARCHITECTURE,
    qwen3_moe::ARCHITECTURE,
    smollm3::ARCHITECTURE,
    stablelm::ARCHITECTURE,
    starcoder2::ARCHITECTURE,
];

/// The architecture whose class a file names, or else whose `model_type` it gives.
///
/// # Errors
/// With a sentence that lists them all, if it is none of them.
pub(crate) fn find(class: Option<&str>, model_type: Option<&str>) -> Result<&'static Architecture, String> {
    let known = ARCHITECTURES.iter();
    let found = match class {
        Some(class) => known.clone().find(|architecture| architecture.class == class),
        None => known.clone().find(|architecture| Some(architecture.name) == model_type),
    };
    found.ok_or_else(|| {
        let named = class.or(model_type).unwrap_or("(none is named)");
        let known: Vec<&str> = known.map(|architecture| architecture.class).collect();
        format!("the architecture {named} cannot be a frozen player; these can: {}", known.join(", "))
    })
}
