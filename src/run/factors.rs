//! What a design sets in one of its cells.

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// The fields of a scenario that a design varies, each with its value as text, in the order in which they were given;
/// empty for a run that is no cell of a design. Written as a map.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Factors(pub Vec<(String, String)>);

impl Factors {
    /// Whether nothing is varied.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The value of `path`.
    pub fn get(&self, path: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == path).map(|(_, value)| value.as_str())
    }

    /// As overrides of a scenario: `path=value` each.
    pub fn overrides(&self) -> Vec<String> {
        self.0.iter().map(|(path, value)| format!("{path}={value}")).collect()
    }
}

impl fmt::Display for Factors {
    /// `noise=0.05, ticks=4`.
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.overrides().join(", "))
    }
}

impl Serialize for Factors {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(path, value)| (path, value)))
    }
}

impl<'de> Deserialize<'de> for Factors {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(InOrder)
    }
}

/// Reads a map and keeps its order.
struct InOrder;

impl<'de> Visitor<'de> for InOrder {
    type Value = Factors;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a map from paths to values as text")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Factors, A::Error> {
        let mut factors = Vec::new();
        while let Some(entry) = map.next_entry()? {
            factors.push(entry);
        }
        Ok(Factors(factors))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_are_a_map_that_keeps_its_order() {
        let factors = Factors(vec![("noise".into(), "0.05".into()), ("game".into(), "Named(\"chicken\")".into())]);
        let text = serde_json::to_string(&factors).unwrap();
        assert_eq!(text, r#"{"noise":"0.05","game":"Named(\"chicken\")"}"#);
        assert_eq!(serde_json::from_str::<Factors>(&text).unwrap(), factors);
        assert!(serde_json::from_str::<Factors>(r#"{"noise":0.05}"#).is_err());
        assert_eq!((factors.get("noise"), factors.get("seed")), (Some("0.05"), None));
    }
}
