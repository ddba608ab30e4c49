//! The parameters that a scenario hands to a plugin.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Map, Value};
use std::borrow::Cow;

/// Parameters for something that a plugin offers: a value of the plugin's own type, as JSON.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(transparent)]
pub struct Params(pub Value);

/// Serialized as its value, with `None` for null: RON has no other word for it.
impl Serialize for Params {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        struct Part<'a>(&'a Value);
        impl Serialize for Part<'_> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self.0 {
                    Value::Null => serializer.serialize_none(),
                    Value::Array(items) => serializer.collect_seq(items.iter().map(Part)),
                    Value::Object(fields) => {
                        serializer.collect_map(fields.iter().map(|(name, part)| (name, Part(part))))
                    }
                    part => part.serialize(serializer),
                }
            }
        }
        Part(&self.0).serialize(serializer)
    }
}

impl Default for Params {
    fn default() -> Self {
        Self(Value::Object(Map::new()))
    }
}

/// Any fields: which ones is for the plugin named beside them to say.
impl JsonSchema for Params {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Params".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "object", "additionalProperties": true })
    }
}
