//! A tidy table for programs.

use serde::ser::{SerializeMap, Serializer};
use serde::{Serialize, ser::SerializeSeq};
use serde_json::Value;

/// Named columns and rows of values; `Null` is a number that does not exist.
#[derive(Clone, Debug, PartialEq)]
pub struct Frame {
    /// Names of the columns.
    pub columns: Vec<String>,
    /// Values, one per column.
    pub rows: Vec<Vec<Value>>,
}

/// Six decimals, as the runs' own tables have; `Null` if it is no finite number.
pub fn rounded(value: f64) -> Value {
    let rounded: f64 = format!("{value:.6}").parse().unwrap_or(f64::NAN);
    // −0 is 0.
    serde_json::Number::from_f64(rounded + 0.0).map_or(Value::Null, Value::Number)
}

impl Frame {
    /// As CSV: numbers without trailing zeros, cells without a number empty.
    pub fn csv(&self) -> String {
        let mut writer = csv::Writer::from_writer(Vec::new());
        let whole = "writing to memory cannot fail";
        writer.write_record(&self.columns).expect(whole);
        for row in &self.rows {
            writer.write_record(row.iter().map(cell)).expect(whole);
        }
        let bytes = writer.into_inner().expect(whole);
        String::from_utf8(bytes).expect("the cells are text")
    }
}

fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Number(number) if number.is_f64() => {
            let text = format!("{:.6}", number.as_f64().unwrap_or_default());
            text.trim_end_matches('0').trim_end_matches('.').into()
        }
        other => other.to_string(),
    }
}

/// As a list of objects, their fields in the order of the columns.
impl Serialize for Frame {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        struct Row<'a>(&'a [String], &'a [Value]);
        impl Serialize for Row<'_> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let mut map = serializer.serialize_map(Some(self.0.len()))?;
                for (name, value) in self.0.iter().zip(self.1) {
                    map.serialize_entry(name, value)?;
                }
                map.end()
            }
        }
        let mut rows = serializer.serialize_seq(Some(self.rows.len()))?;
        for row in &self.rows {
            rows.serialize_element(&Row(&self.columns, row))?;
        }
        rows.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn csv_and_json_hold_the_same_numbers() {
        let row = vec![Value::from("a,b"), rounded(0.1 + 0.2), rounded(f64::NAN), Value::from(3), rounded(-1e-9)];
        let columns = ["name", "x", "none", "n", "zero"].map(String::from).to_vec();
        let frame = Frame { columns, rows: vec![row] };
        assert_eq!(frame.csv(), "name,x,none,n,zero\n\"a,b\",0.3,,3,0\n");
        let json = serde_json::to_string(&frame).unwrap();
        assert_eq!(json, r#"[{"name":"a,b","x":0.3,"none":null,"n":3,"zero":0.0}]"#);
    }
}
