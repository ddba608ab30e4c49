//! What documents and examples say of rules and graphs.

use super::SCENARIO;
use crate::support::{root, sim};

#[test]
fn the_page_of_evolution_names_every_rule_graph_and_map_of_fitness() {
    let page = std::fs::read_to_string(root().join("docs/evolution.md")).unwrap();
    let word = |example: &str| example.split('(').next().unwrap().to_owned();
    let listed = agora::evolution::UPDATE_RULES.iter().chain(agora::structure::GRAPHS);
    let mut words: Vec<String> = listed.map(|rule| word(rule.example)).collect();
    let schema = schemars::schema_for!(agora::evolution::fitness_map::FitnessMap).to_value();
    let variants = schema["oneOf"].as_array().unwrap().iter();
    let name = |variant: &serde_json::Value| match variant["const"].as_str() {
        Some(name) => name.to_owned(),
        None => variant["required"][0].as_str().unwrap().to_owned(),
    };
    let maps: Vec<String> = variants.map(name).collect();
    assert_eq!(maps, ["Raw", "Linear", "Exponential"]);
    words.extend(maps);
    for word in &words {
        assert!(
            page.contains(&format!("`{word}`")) || page.contains(&format!("`{word}(")),
            "{word} is not on the page"
        );
    }
    // The README counts them.
    let numbers = ["six", "seven", "eight", "nine", "ten"];
    let count = |all: usize| numbers[all - 6];
    let (rules, graphs) = (agora::evolution::UPDATE_RULES.len(), agora::structure::GRAPHS.len());
    let said = format!("{} rules, on {} kinds of graphs", count(rules), count(graphs));
    assert!(std::fs::read_to_string(root().join("README.md")).unwrap().contains(&said), "{said}");
}

/// What `sim explain` shows can be written as it stands.
#[test]
fn every_rule_and_graph_is_read_as_its_example_writes_it() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("edges.csv"), "0,1\n1,2\n").unwrap();
    let path = dir.path().join("s.ron");
    let planned = |rule: &str, graph: &str| {
        let agents = SCENARIO.replacen("count: 10", "count: 80", 1);
        let text = agents.replacen("Fermi(strength: 2.0, comparisons: 10)", rule, 1);
        std::fs::write(
            &path,
            text.replacen("version: 1,", &format!("version: 1, structure: (interaction: {graph}),"), 1),
        )
        .unwrap();
        let output = sim().arg("--scenario").arg(&path).arg("--dry-run").current_dir(dir.path()).output().unwrap();
        assert!(output.status.success(), "{rule}, {graph}: {}", String::from_utf8_lossy(&output.stderr));
    };
    agora::evolution::UPDATE_RULES.iter().for_each(|rule| planned(rule.example, "WellMixed()"));
    agora::structure::GRAPHS.iter().for_each(|graph| planned("Fermi(strength: 2.0)", graph.example));
}
