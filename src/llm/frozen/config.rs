//! `config.json` as candle-transformers wants it: what a file may leave out filled in, every number within bounds, and
//! what the model would leave out of the computation refused.

use super::architectures::{self, Architecture};
use super::settings::Settings;
use crate::llm::error::ModelError;
use std::path::Path;

/// The settings and the architecture in the text of the `config.json` at `path`.
///
/// # Errors
/// If it is damaged, its architecture is none of those that there are, or it asks for something that the model of
/// candle-transformers leaves out.
pub(super) fn parse(text: &str, path: &Path) -> Result<(Settings, &'static Architecture), ModelError> {
    let mut settings = Settings::parse(text, path)?;
    let class = settings.words("architectures").first().map(|class| (*class).to_owned());
    let architecture = architectures::find(class.as_deref(), settings.text("model_type"));
    let architecture = architecture.map_err(|what| ModelError::unsupported(path, what))?;
    settings.complete((architecture.defaults)(), architecture.tied)?;
    settings.check_bounds()?;
    match unsupported(&settings, architecture)? {
        None => Ok((settings, architecture)),
        Some(what) => Err(ModelError::unsupported(path, what)),
    }
}

/// What in the settings would be left out without a word.
fn unsupported(settings: &Settings, architecture: &Architecture) -> Result<Option<String>, ModelError> {
    let name = architecture.name;
    if settings.has("quantization_config") {
        let what = "quantised safetensors are not supported; F32, F16, BF16 and GGUF files are";
        return Ok(Some(what.into()));
    }
    if let Some(kind) = settings.rope_scaling()?.filter(|kind| !architecture.rope_scalings.contains(&kind.as_str())) {
        let known = architecture.rope_scalings.join(", ");
        let known = if known.is_empty() { String::new() } else { format!(", only {known}") };
        return Ok(Some(format!("candle-transformers has no rope scaling {kind} in its {name}{known}")));
    }
    let (local, global) = (settings.number("rope_local_base_freq"), settings.number("rope_theta"));
    if local.is_some() && local != global && (architecture.defaults)().get("rope_local_base_freq").is_none() {
        let what = "one rope_theta for all layers, this model has another for layers with sliding windows";
        return Ok(Some(format!("candle-transformers has in its {name} {what}")));
    }
    if let Some((key, only)) = architecture.activation
        && let Some(found) = settings.text(key).filter(|found| *found != only)
    {
        return Ok(Some(format!("candle-transformers has no activation {found} in its {name}, only {only}")));
    }
    if settings.flag("use_bidirectional_attention") {
        return Ok(Some("attention to later tokens is not supported".into()));
    }
    Ok((architecture.refuses)(settings))
}
