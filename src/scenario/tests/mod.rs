//! Scenarios end to end: shipped files load, and what the tests of mistakes, overrides and spelling share.

mod agreement;
mod bounds;
mod extends;
mod formats;
mod hints;
mod overrides;
mod params;
mod refusals;
mod terms;

use super::load::{Scenario, load, load_text};
use super::text::Syntax;
use super::text::resolved::resolved_ron;
use crate::scenario::check::Known;
use crate::scenario::check::shape::json_schema;
use crate::scenario::format::ScenarioSpec;
use crate::text::nearest;
use std::path::{Path, PathBuf};

fn known() -> Known {
    Known {
        models: vec!["tiny".into(), "smollm2-135m-instruct".into(), "gemma-2-2b-it".into()],
        memory_available: Some(1 << 30),
        ..Known::default()
    }
}

fn shipped() -> Vec<PathBuf> {
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios")];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "ron") {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

fn load_with(source: &str, overrides: &[&str]) -> Result<Scenario, String> {
    let overrides: Vec<String> = overrides.iter().map(|o| (*o).to_owned()).collect();
    load_text("test.ron", source, "test", &overrides, &known()).map_err(|errors| errors.render(false))
}

/// The base scenario with its part `from` replaced by `to`.
fn with(from: &str, to: &str) -> String {
    assert!(BASE.contains(from), "{from}");
    BASE.replacen(from, to, 1)
}

const BASE: &str = r#"(
  version: 1,
  ticks: 8,
  game: Named("prisoners_dilemma"),
  rounds: Fixed(5),
  noise: 0.0,
  populations: [
    (name: "a", count: 2, policy: Llm(), learner: Grpo(), rewards: [(term: Payoff, weight: 1.0)]),
    (name: "b", policy: Scripted(TitForTat)),
  ],
)
"#;

#[test]
fn every_shipped_scenario_loads_and_survives_resolution() {
    let files = shipped();
    assert!(files.len() >= 6);
    // Some are of published size: whether they fit depends on the machine that runs them.
    let known = Known { memory_available: None, ..known() };
    for path in files {
        let scenario = load(&path, &[], &known).unwrap_or_else(|errors| panic!("{errors}"));
        let name = path.file_stem().unwrap().to_str().unwrap();
        assert_eq!(scenario.spec.name, name);
        // It shows how something works in as little time as it can, and says so.
        let is_short = name == "talk";
        // Its generations are shorter than the rows of its tables.
        let is_thinned = name == "graphs_imitation";
        let warned =
            scenario.warnings.iter().filter(|warning| !warning.message.contains("decisions per member")).count();
        assert_eq!(
            (warned, scenario.warnings.len() - warned),
            (usize::from(is_thinned), usize::from(is_short)),
            "{name}"
        );
        let again = load_text("resolved", &resolved_ron(&scenario.spec), "", &[], &known).unwrap();
        assert_eq!(again.spec, scenario.spec);
    }
}

#[test]
fn every_type_of_the_format_has_a_shape_and_a_stand_in() {
    let schema = json_schema();
    for definition in schema["$defs"].as_object().unwrap().values() {
        crate::scenario::check::shape::placeholder(&schema, definition);
        for (syntax, _) in Syntax::ALL {
            assert!(!crate::scenario::check::notation::expected(syntax, &schema, definition).is_empty());
        }
    }
    let spec: ScenarioSpec =
        serde_json::from_value(crate::scenario::check::shape::placeholder(&schema, &schema)).unwrap();
    assert!(spec.populations.is_empty());
}

#[test]
fn files_that_cannot_be_read_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let errors = load(folder.path(), &[], &known()).unwrap_err();
    assert!(errors.to_string().contains("is a directory"));
    std::fs::write(folder.path().join("a.ron"), BASE).unwrap();
    let errors = load(&folder.path().join("b.ron"), &[], &known()).unwrap_err();
    assert!(errors.to_string().contains("does not exist") && errors.to_string().contains("a.ron"));
    std::fs::write(folder.path().join("c.ron"), b"(\n\xff)").unwrap();
    let errors = load(&folder.path().join("c.ron"), &[], &known()).unwrap_err();
    assert!(errors.to_string().contains(":2: not UTF-8"));
}

#[test]
fn nearest_words() {
    assert_eq!(nearest("deontologic", ["Payoff", "Deontological"]), Some("Deontological"));
    assert_eq!(nearest("zzz", ["Payoff", "Deontological"]), None);
}
