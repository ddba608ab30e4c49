//! Many runs on one page: means over seeds with their intervals, scenarios beside each other, and differences by seed.

mod find;
mod group;

pub(super) use group::{Curve, Group, Runs};

use super::page::{Section, page};
use super::run::Words;
use super::{ReportError, views};
use crate::files::write_text;
use serde_json::json;
use std::path::{Path, PathBuf};

/// Reads the finished runs in `folders`, each a run's folder or a folder that holds such folders, and writes one page
/// about all of them to `out`. Returns a sentence for each run, and for whatever else, that is left out.
///
/// # Errors
/// If a folder holds no finished run, if a table is not one, or if the page cannot be written.
pub fn write_many(folders: &[PathBuf], out: &Path, words: Words) -> Result<Vec<String>, ReportError> {
    let (found, mut notes) = find::find(folders)?;
    let runs = Runs::read(found, &mut notes, words)?;
    let mut sections = Vec::new();
    for view in views::OF_MANY_RUNS {
        if let Some(data) = (view.data)(&runs)? {
            sections.push(Section::new(view, data));
        }
    }
    let title = match runs.groups.as_slice() {
        [only] => format!("{}, {} seeds", only.label, only.seeds.len()),
        groups => scenarios(groups),
    };
    let common = json!({ "populations": [], "notes": notes });
    let html = page(&title, &common, &sections);
    write_text(out, &html).map_err(|source| ReportError::Io { action: "write", path: out.to_path_buf(), source })?;
    Ok(notes)
}

/// The most scenarios that a title names.
const NAMED_MAX: usize = 4;

/// The scenarios of `groups` as a title.
fn scenarios(groups: &[Group]) -> String {
    let mut names: Vec<&str> = Vec::new();
    for group in groups {
        if !names.contains(&&*group.scenario) {
            names.push(&group.scenario);
        }
    }
    let others = names.len().saturating_sub(NAMED_MAX);
    let more = if others > 0 { format!(" and {others} others") } else { String::new() };
    names.truncate(NAMED_MAX);
    format!("{}{more}", names.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    const WORDS: Words = Words { meaning: |_, column| Some(column.into()), strategies: Vec::new };

    /// A finished run of two ticks whose only agent cooperates this often.
    fn run(parent: &Path, name: &str, manifest: &str, cooperation: [f64; 2]) {
        let folder = parent.join(name);
        fs::create_dir_all(&folder).unwrap();
        let [a, b] = cooperation;
        let table = format!("tick,agent,population,cooperation_rate\n0,x_0,x,{a}\n1,x_0,x,{b}\n");
        fs::write(folder.join("strategy_evolution.csv"), table).unwrap();
        fs::write(folder.join("social_outcomes.csv"), format!("tick,gini\n0,{a}\n1,{b}\n")).unwrap();
        fs::write(folder.join("manifest.json"), manifest).unwrap();
    }

    fn manifest(scenario: &str, seed: u64, more: &str) -> String {
        format!("{{\"scenario\": \"{scenario}\", \"seed\": {seed}, \"status\": \"done\"{more}}}")
    }

    #[test]
    fn seeds_are_averaged_and_scenarios_compared_by_seed() {
        let dir = tempfile::tempdir().unwrap();
        for (seed, value) in [(1, 0.2), (2, 0.4), (3, 0.6)] {
            run(dir.path(), &format!("a-s{seed}"), &manifest("a", seed, ""), [0.5, value]);
            let more = ", \"factors\": {\"noise\": \"0.1\"}";
            run(dir.path(), &format!("b/b-s{seed}"), &manifest("b", seed, more), [0.5, value + 0.1]);
        }
        run(dir.path(), "c-s1", "{\"scenario\": \"c\", \"seed\": 1, \"status\": \"running\"}", [0.0, 0.0]);
        let out = dir.path().join("all.html");
        let notes = write_many(&[dir.path().to_path_buf()], &out, WORDS).unwrap();
        assert!(notes.len() == 1 && notes[0].contains("c-s1"), "{notes:?}");
        let html = fs::read_to_string(out).unwrap();
        let (_, rest) = html.split_once("id=\"data\">").unwrap();
        let data: serde_json::Value = serde_json::from_str(rest.split_once("</script>").unwrap().0).unwrap();
        assert!(html.contains("<title>a, b"), "{}", &html[..400]);
        let groups = data["sections"][0]["data"]["groups"].as_array().unwrap();
        assert_eq!((&groups[0]["label"], &groups[1]["label"]), (&"a".into(), &"b, noise=0.1".into()));
        assert_eq!(groups[0]["seeds"], json!([1, 2, 3]));
        let curve = &groups[0]["curves"][0];
        assert_eq!((&curve["population"], &curve["column"]), (&"x".into(), &"cooperation_rate".into()));
        assert_eq!(curve["mean"], json!([0.5, 0.4]));
        // Student's t with two degrees of freedom is 4.30265; s = 0.2, n = 3.
        let high = curve["high"][1].as_f64().unwrap();
        assert!((high - (0.4 + 4.302_65 * 0.2 / 3f64.sqrt())).abs() < 1e-4, "{high}");
        assert_eq!(curve["low"][1], 0, "0.4 − 0.497 is cut: there is no negative share");
        let rows = data["sections"][1]["data"]["rows"].as_array().unwrap();
        let of_b = rows.iter().find(|row| row["group"] == 1 && row["column"] == "cooperation_rate").unwrap();
        assert_eq!((&of_b["difference"]["mean"], &of_b["difference"]["n"]), (&json!(0.1), &json!(3)));
        assert!(of_b["difference"]["half_width"].as_f64().unwrap() < 1e-6);
    }

    #[test]
    fn folders_without_finished_runs_are_named() {
        let dir = tempfile::tempdir().unwrap();
        let error = write_many(&[dir.path().to_path_buf()], &dir.path().join("x.html"), WORDS).unwrap_err();
        assert!(error.to_string().contains("no finished run"), "{error}");
        run(dir.path(), "runs/a-s1", &manifest("a", 1, ""), [0.5, 0.5]);
        let folders = ["runs", "none"].map(|name| dir.path().join(name));
        fs::create_dir(&folders[1]).unwrap();
        let error = write_many(&folders, &dir.path().join("x.html"), WORDS).unwrap_err();
        assert!(error.to_string().contains("no finished run") && error.to_string().contains("none"), "{error}");
    }

    #[test]
    fn what_a_group_has_no_room_for_is_said() {
        let dir = tempfile::tempdir().unwrap();
        run(dir.path(), "a-s1", &manifest("a", 1, ""), [0.5, 0.5]);
        let added = (0..12).map(|number| format!(",added_{number}")).collect::<String>();
        let cells = ",1".repeat(12);
        let rows = (0..20).map(|number| format!("0,p{number}_0,p{number}{cells}\n")).collect::<String>();
        let table = format!("tick,agent,population{added}\n{rows}");
        fs::write(dir.path().join("a-s1/strategy_evolution.csv"), table).unwrap();
        let words = Words { meaning: |_, column| (!column.starts_with("added_")).then(String::new), ..WORDS };
        let notes = write_many(&[dir.path().to_path_buf()], &dir.path().join("x.html"), words).unwrap();
        assert_eq!(
            notes,
            [
                "a: a page about many runs holds the first 16 of its 20 populations",
                "a: a page about many runs holds the first 10 columns of plugins of strategy_evolution.csv; 2 are left out"
            ]
        );
    }
}
