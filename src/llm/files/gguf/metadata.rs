//! Typed look-ups in the metadata of a GGUF file.

use crate::llm::error::ModelError;
use candle_core::quantized::gguf_file::{Content, Value};
use std::path::Path;

/// Typed look-ups in a file's metadata, with errors that name file and key.
pub(crate) struct Metadata<'a> {
    pub(crate) path: &'a Path,
    pub(super) content: &'a Content,
}

impl<'a> Metadata<'a> {
    /// The value of `key`, if there is one.
    pub(crate) fn get(&self, key: &str) -> Option<&'a Value> {
        self.content.metadata.get(key)
    }

    fn wrong_type(&self, key: &str, wanted: &str) -> ModelError {
        let found = self.get(key).map(Value::value_type);
        ModelError::damaged(self.path, format!("metadata {key} is {found:?}, expected {wanted}"))
    }

    /// A whole number of any width.
    pub(crate) fn integer(&self, key: &str) -> Result<Option<usize>, ModelError> {
        let Some(value) = self.get(key) else { return Ok(None) };
        let number = match value {
            Value::I8(n) => i128::from(*n),
            Value::I16(n) => i128::from(*n),
            Value::I32(n) => i128::from(*n),
            Value::I64(n) => i128::from(*n),
            Value::U8(n) => i128::from(*n),
            Value::U16(n) => i128::from(*n),
            Value::U32(n) => i128::from(*n),
            Value::U64(n) => i128::from(*n),
            _ => -1,
        };
        usize::try_from(number).map(Some).map_err(|_| self.wrong_type(key, "a whole number"))
    }

    /// A whole number that must be there.
    pub(crate) fn required(&self, key: &str) -> Result<usize, ModelError> {
        self.integer(key)?.ok_or_else(|| ModelError::damaged(self.path, format!("metadata {key} is missing")))
    }

    /// A float.
    pub(crate) fn float(&self, key: &str) -> Result<Option<f32>, ModelError> {
        match self.get(key) {
            None => Ok(None),
            Some(Value::F32(x)) if x.is_finite() => Ok(Some(*x)),
            Some(Value::F64(x)) if (*x as f32).is_finite() => Ok(Some(*x as f32)),
            Some(_) => Err(self.wrong_type(key, "a finite float")),
        }
    }

    /// A text.
    pub(crate) fn text(&self, key: &str) -> Result<Option<&'a str>, ModelError> {
        match self.get(key) {
            None => Ok(None),
            Some(Value::String(s)) => Ok(Some(s)),
            Some(_) => Err(self.wrong_type(key, "a text")),
        }
    }

    /// A switch.
    pub(crate) fn flag(&self, key: &str) -> Result<Option<bool>, ModelError> {
        match self.get(key) {
            None => Ok(None),
            Some(Value::Bool(b)) => Ok(Some(*b)),
            Some(_) => Err(self.wrong_type(key, "a bool")),
        }
    }

    /// A list whose entries `pick` accepts.
    pub(crate) fn list<T>(
        &self,
        key: &str,
        pick: impl Fn(&'a Value) -> Option<T>,
    ) -> Result<Option<Vec<T>>, ModelError> {
        match self.get(key) {
            None => Ok(None),
            Some(Value::Array(values)) => values
                .iter()
                .map(pick)
                .collect::<Option<_>>()
                .map(Some)
                .ok_or_else(|| self.wrong_type(key, "a list of one type")),
            Some(_) => Err(self.wrong_type(key, "a list")),
        }
    }
}
