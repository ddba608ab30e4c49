//! The values of a `config.json`, within bounds.

use crate::llm::error::ModelError;
use crate::llm::files::hf_config::MOST_LAYERS;
use candle_core::Error;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::path::{Path, PathBuf};

/// Widths and numbers of parts that no model exceeds, and that a damaged file may claim.
const BOUNDS: &[(&str, u64)] = &[
    ("vocab_size", 1 << 24),
    ("hidden_size", 1 << 20),
    ("intermediate_size", 1 << 22),
    ("moe_intermediate_size", 1 << 22),
    ("shared_expert_intermediate_size", 1 << 22),
    ("num_hidden_layers", MOST_LAYERS as u64),
    ("num_attention_heads", 1 << 16),
    ("num_key_value_heads", 1 << 16),
    ("head_dim", 1 << 16),
    ("num_local_experts", 1 << 16),
    ("num_experts", 1 << 16),
    ("num_experts_per_tok", 1 << 16),
    ("n_routed_experts", 1 << 16),
    ("n_shared_experts", 1 << 16),
    ("n_group", 1 << 16),
    ("topk_group", 1 << 16),
    ("moe_layer_freq", 1 << 16),
    ("decoder_sparse_step", 1 << 16),
    ("kv_lora_rank", 1 << 20),
    ("q_lora_rank", 1 << 20),
    ("qk_rope_head_dim", 1 << 16),
    ("qk_nope_head_dim", 1 << 16),
    ("v_head_dim", 1 << 16),
    ("conv_L_cache", 1 << 10),
    ("block_ff_dim", 1 << 22),
    ("block_multiple_of", 1 << 20),
    ("no_rope_layer_interval", 1 << 16),
    ("sliding_window", 1 << 32),
    ("sliding_window_pattern", 1 << 16),
    ("_sliding_window_pattern", 1 << 16),
    ("max_position_embeddings", 1 << 24),
];

/// Numbers that only make sense above 0.
const POSITIVE: &[&str] = &[
    "rope_theta",
    "rope_local_base_freq",
    "rms_norm_eps",
    "norm_eps",
    "layer_norm_eps",
    "layer_norm_epsilon",
    "norm_epsilon",
    "query_pre_attn_scalar",
    "logits_scaling",
    "block_ffn_dim_multiplier",
];

/// What is wrong with a rope scaling that may be any.
const UNNAMED_SCALING: &str = "rope_scaling in config.json names no rope_type";

/// The kind of scaling that `rope` describes; `None`: none at all, as where it names neither a kind nor any factor.
fn kind_of_scaling(rope: &Map<String, Value>) -> Result<Option<String>, &'static str> {
    let mut named = ["rope_type", "type"].into_iter().filter_map(|name| rope.get(name)).filter(|kind| !kind.is_null());
    match named.next() {
        Some(kind) => match kind.as_str() {
            Some("default") => Ok(None),
            Some(kind) => Ok(Some(kind.into())),
            None => Err(UNNAMED_SCALING),
        },
        None => {
            let is_factor = |name: &String| name.ends_with("factor") && name != "partial_rotary_factor";
            if rope.keys().any(is_factor) { Err(UNNAMED_SCALING) } else { Ok(None) }
        }
    }
}

/// The configuration of a model.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    values: Map<String, Value>,
    path: PathBuf,
}

impl Settings {
    /// Reads the text of the `config.json` at `path`; nothing in it is checked yet.
    ///
    /// # Errors
    /// If it is not a JSON object.
    pub(super) fn parse(text: &str, path: &Path) -> Result<Self, ModelError> {
        let value: Value = serde_json::from_str(text)
            .map_err(|e| ModelError::damaged(path, format!("not JSON ({e}); fetch the file again")))?;
        match value {
            Value::Object(values) => Ok(Self { values, path: path.to_path_buf() }),
            _ => Err(ModelError::damaged(path, "no JSON object; fetch the file again")),
        }
    }

    /// Fills in `defaults` where the file has nothing or null, and gives rotary embeddings the form of earlier files.
    ///
    /// # Errors
    /// If what it says of rotary embeddings has no place in that form.
    pub(super) fn complete(&mut self, defaults: Value, tied: bool) -> Result<(), ModelError> {
        // Comes first: a default would hide what a newer file says in another place.
        self.lift_rope_parameters()?;
        if let Value::Object(defaults) = defaults {
            for (key, value) in defaults {
                if !self.has(&key) {
                    self.values.insert(key, value);
                }
            }
        }
        let kind = self.rope_scaling()?;
        match (kind, self.values.get_mut("rope_scaling")) {
            (None, _) => _ = self.values.insert("rope_scaling".into(), Value::Null),
            (Some(kind), Some(Value::Object(rope))) => {
                for name in ["type", "rope_type"] {
                    rope.insert(name.into(), kind.clone().into());
                }
            }
            _ => {}
        }
        self.set("use_flash_attn", false);
        if !self.has("tie_word_embeddings") {
            self.set("tie_word_embeddings", tied);
        }
        Ok(())
    }

    /// Takes what files of transformers 5 keep in `rope_parameters`, for all layers or for each type of layer, to where
    /// earlier files have it: `rope_theta`, `partial_rotary_factor`, `rope_scaling`, and `rope_local_base_freq` for
    /// layers with sliding windows.
    fn lift_rope_parameters(&mut self) -> Result<(), ModelError> {
        let Some(Value::Object(rope)) = self.values.get("rope_parameters").cloned() else { return Ok(()) };
        let global = match rope.get("full_attention") {
            None => rope,
            Some(full) => {
                let full = self.of_layers("full_attention", full)?;
                let sliding = rope.get("sliding_attention");
                let local =
                    sliding.map_or_else(|| Ok(full.clone()), |sliding| self.of_layers("sliding_attention", sliding))?;
                self.lift_local(&full, &local)?;
                full
            }
        };
        for name in ["rope_theta", "partial_rotary_factor"] {
            if let Some(value) = global.get(name).filter(|value| !value.is_null()) {
                self.set(name, value.clone());
            }
        }
        if !self.has("rope_scaling") {
            self.set("rope_scaling", Value::Object(global));
        }
        Ok(())
    }

    /// What `rope_parameters` says of the layers of one type.
    fn of_layers(&self, layers: &str, rope: &Value) -> Result<Map<String, Value>, ModelError> {
        rope.as_object().cloned().ok_or_else(|| {
            ModelError::damaged(&self.path, format!("rope_parameters.{layers} is {rope}, expected an object"))
        })
    }

    /// Takes what layers with sliding windows have of their own, `local`, to where earlier files have it.
    fn lift_local(&mut self, full: &Map<String, Value>, local: &Map<String, Value>) -> Result<(), ModelError> {
        let unsupported = |what: String| Err(ModelError::unsupported(&self.path, what));
        if let Some(kind) = kind_of_scaling(local).map_err(|problem| ModelError::damaged(&self.path, problem))?
            && local != full
        {
            return unsupported(format!(
                "candle-transformers has no rope scaling {kind} in layers with sliding windows"
            ));
        }
        let part = "partial_rotary_factor";
        if local.get(part) != full.get(part) {
            return unsupported(format!(
                "candle-transformers has one {part} for all layers, rope_parameters gives two"
            ));
        }
        if let Some(theta) = local.get("rope_theta").filter(|theta| !theta.is_null()) {
            self.set("rope_local_base_freq", theta.clone());
        }
        Ok(())
    }

    /// The kind of rope scaling, if there is any.
    ///
    /// # Errors
    /// If there is one that is not named.
    pub(super) fn rope_scaling(&self) -> Result<Option<String>, ModelError> {
        let kind = match self.values.get("rope_scaling") {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Object(rope)) => kind_of_scaling(rope),
            Some(_) => Err(UNNAMED_SCALING),
        };
        kind.map_err(|problem| ModelError::damaged(&self.path, problem))
    }

    /// Checks that every number is one that a model can have.
    ///
    /// # Errors
    /// With the first that is not.
    pub(super) fn check_bounds(&self) -> Result<(), ModelError> {
        let damaged = |problem: String| Err(ModelError::damaged(&self.path, problem));
        for &(key, most) in BOUNDS {
            match self.values.get(key) {
                None | Some(Value::Null) => {}
                Some(value) => match value.as_u64() {
                    Some(number) if (1..=most).contains(&number) => {}
                    _ => return damaged(format!("{key} is {value}, expected a whole number from 1 to {most}")),
                },
            }
        }
        for &key in POSITIVE {
            if let Some(value) = self.values.get(key).filter(|value| !value.is_null())
                && !value.as_f64().is_some_and(|number| number.is_finite() && number > 0.0)
            {
                return damaged(format!("{key} is {value}, expected a number above 0"));
            }
        }
        let part = self.number("partial_rotary_factor").unwrap_or(1.0);
        if !(part > 0.0 && part <= 1.0) {
            return damaged(format!("partial_rotary_factor is {part}, expected above 0 and at most 1"));
        }
        for key in ["vocab_size", "hidden_size", "num_hidden_layers", "num_attention_heads"] {
            if self.integer(key).is_none() {
                return damaged(format!("{key} is missing"));
            }
        }
        let (hidden, heads) = (self.required("hidden_size"), self.required("num_attention_heads"));
        let kv_heads = self.integer("num_key_value_heads").unwrap_or(heads);
        if !heads.is_multiple_of(kv_heads) {
            return damaged(format!("{heads} query heads are no multiple of {kv_heads} key heads"));
        }
        if self.integer("head_dim").is_none() && !hidden.is_multiple_of(heads) {
            return damaged(format!("hidden_size {hidden} is no multiple of {heads} heads"));
        }
        let experts = self.integer("num_experts").or(self.integer("num_local_experts"));
        if let (Some(experts), Some(each)) = (experts, self.integer("num_experts_per_tok"))
            && each > experts
        {
            return damaged(format!("{each} experts for every token, of {experts}"));
        }
        Ok(())
    }

    /// The file that this was read from.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The whole number called `key`, if there is one.
    pub(crate) fn integer(&self, key: &str) -> Option<usize> {
        self.values.get(key)?.as_u64().and_then(|number| usize::try_from(number).ok())
    }

    /// A whole number that [`Settings::check_bounds`] has found to be there.
    pub(crate) fn required(&self, key: &str) -> usize {
        self.integer(key).expect("checked when the file was read")
    }

    /// The number called `key`, if there is one.
    pub(crate) fn number(&self, key: &str) -> Option<f64> {
        self.values.get(key)?.as_f64()
    }

    /// Whether `key` is set to true.
    pub(crate) fn flag(&self, key: &str) -> bool {
        self.values.get(key).and_then(Value::as_bool).unwrap_or(false)
    }

    /// Whether `key` has a value.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.values.get(key).is_some_and(|value| !value.is_null())
    }

    /// The words listed under `key`.
    pub(crate) fn words(&self, key: &str) -> Vec<&str> {
        let list = self.values.get(key).and_then(Value::as_array);
        list.into_iter().flatten().filter_map(Value::as_str).collect()
    }

    /// The text called `key`, if there is one.
    pub(crate) fn text(&self, key: &str) -> Option<&str> {
        self.values.get(key)?.as_str()
    }

    /// Whether the embedding also serves as the matrix of logits.
    pub(crate) fn tied(&self) -> bool {
        self.flag("tie_word_embeddings")
    }

    /// Width of a head.
    pub(crate) fn head_dim(&self) -> usize {
        let even = self.required("hidden_size") / self.required("num_attention_heads");
        self.integer("head_dim").unwrap_or(even)
    }

    /// The length of the narrowest sliding window; `None`: every token sees all before it.
    pub(crate) fn window(&self) -> Option<usize> {
        let is_off = self.values.get("use_sliding_window") == Some(&Value::Bool(false));
        self.integer("sliding_window").filter(|_| !is_off)
    }

    /// The settings for texts of at most `longest` tokens, which no window narrows: tables and windows as long as
    /// those.
    pub(crate) fn fitted(&self, longest: usize) -> Self {
        let mut fitted = self.clone();
        fitted.set("max_position_embeddings", longest);
        fitted.set("sliding_window", longest + 1);
        fitted.set("use_sliding_window", false);
        fitted
    }

    /// Gives `key` another value.
    pub(crate) fn set(&mut self, key: &str, value: impl Into<Value>) {
        self.values.insert(key.into(), value.into());
    }

    /// What candle-transformers reads from the file.
    ///
    /// # Errors
    /// If something is missing or of another type.
    pub(crate) fn read<T: DeserializeOwned>(&self) -> candle_core::Result<T> {
        serde_json::from_value(Value::Object(self.values.clone())).map_err(|error| Error::Msg(error.to_string()))
    }
}
