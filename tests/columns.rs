//! The lists of columns in `docs/outputs.md` are generated from the tables' own lists, and each column is an entry
//! there.

use crate::support::{check_golden, files, root};
use agora::evaluate;
use agora::metrics::{Described, built_in};
use std::collections::BTreeSet;

/// The marks that enclose a list.
const OPENING: (&str, &str) = ("<!-- columns: ", " -->\n");
const END: &str = "<!-- end -->";

/// The greatest width of the document's lines.
const WIDTH: usize = 100;

/// `text` with its lists of columns rewritten, and the tables that they belong to.
fn renewed(text: &str) -> (String, BTreeSet<&str>) {
    let (head, lists) = text.split_once(OPENING.0).expect("there is a list of columns");
    let (mut page, mut tables) = (head.to_owned(), BTreeSet::new());
    for list in lists.split(OPENING.0) {
        let (table, rest) = list.split_once(OPENING.1).unwrap();
        let (_, rest) = rest.split_once(END).expect("a list has an end");
        assert!(tables.insert(table), "{table} has two lists");
        let columns: String = built_in().filter(|column| column.table == table).map(item).collect();
        page += &[OPENING.0, table, OPENING.1, &columns, END, rest].concat();
    }
    (page, tables)
}

/// An item of a list.
fn item(column: Described) -> String {
    let text = format!("- `{}`: {}", column.name, column.meaning);
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let line = lines.last_mut().unwrap();
        if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > WIDTH {
            lines.push(format!("  {word}"));
        } else {
            *line += if line.is_empty() { "" } else { " " };
            *line += word;
        }
    }
    lines.join("\n") + "\n"
}

#[test]
fn the_page_of_output_files_is_as_it_was() {
    let text = std::fs::read_to_string(root().join("docs/outputs.md")).unwrap();
    let (page, tables) = renewed(&text);
    assert_eq!(tables, built_in().map(|column| column.table).collect(), "tables that have a list");
    check_golden("../../docs/outputs.md", &page, 0.0);
}

/// The Python package reads tables with the types that their columns have here.
#[test]
fn the_list_of_columns_for_python_is_as_it_was() {
    let all: Vec<Described> = built_in().chain(evaluate::described()).collect();
    let text = serde_json::to_string_pretty(&all).unwrap() + "\n";
    check_golden("../../python/agora/columns.json", &text, 0.0);
}

/// In the code that makes columns, a name appears once for each table that has it. The headings of the table that a run
/// ends with are words of their own, and code that knows only the files, such as the report, finds columns by their
/// names.
#[test]
fn a_column_is_one_entry_of_one_list() {
    let sources = files(&root().join("src/metrics"), "rs").into_iter().filter(|path| !path.ends_with("summary.rs"));
    let code = |path| std::fs::read_to_string(path).unwrap().split("#[cfg(test)]").next().unwrap().to_owned();
    let sources: Vec<String> = sources.map(code).collect();
    let all: Vec<Described> = built_in().collect();
    for column in &all {
        let entries = all.iter().filter(|other| other.name == column.name).count();
        let word = format!("\"{}\"", column.name);
        let found: usize = sources.iter().map(|text| text.matches(&word).count()).sum();
        assert_eq!(found, entries, "{word}");
        let same = all.iter().filter(|other| (other.table, other.name) == (column.table, column.name)).count();
        assert_eq!(same, 1, "{} is twice in {}", column.name, column.table);
    }
}
