//! The page: a head, the data as JSON, and the scripts that draw them. It needs nothing but itself.

use super::data::{html, script_json};
use super::views::View;
use serde::Serialize;
use serde_json::Value;

const STYLE: &str = concat!(
    include_str!("page/base.css"),
    include_str!("page/charts.css"),
    include_str!("page/tables.css"),
    include_str!("page/games.css")
);
/// In the order in which they are run: each uses those above it.
const SCRIPTS: &[&str] = &[
    include_str!("page/dom.js"),
    include_str!("page/state.js"),
    include_str!("page/ticks.js"),
    include_str!("page/table.js"),
    include_str!("page/paint.js"),
    include_str!("page/save.js"),
    include_str!("page/interact.js"),
    include_str!("page/tools.js"),
    include_str!("page/chart.js"),
    include_str!("page/legend.js"),
    include_str!("page/heat.js"),
    include_str!("page/periods.js"),
];
const START: &str = include_str!("page/start.js");

/// A view that has something to show.
#[derive(Serialize)]
pub(super) struct Section {
    /// Its name in addresses.
    name: &'static str,
    /// Its heading.
    title: &'static str,
    /// What its script draws.
    data: Value,
    #[serde(skip)]
    script: &'static str,
}

impl Section {
    /// A section of `view`.
    pub(super) fn new<S>(view: &View<S>, data: Value) -> Self {
        Self { name: view.name, title: view.title, data, script: view.script }
    }
}

/// The page called `title`.
pub(super) fn page(title: &str, common: &Value, sections: &[Section]) -> String {
    #[derive(Serialize)]
    struct Data<'a> {
        title: &'a str,
        common: &'a Value,
        sections: &'a [Section],
    }
    let data = script_json(&Data { title, common, sections });
    let title = html(title);
    let of_views = sections.iter().map(|section| section.script);
    let scripts: String = SCRIPTS.iter().copied().chain(of_views).chain([START]).map(lean).collect();
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n\
         <body>\n<header id=\"top\"><h1>{title}</h1></header>\n<noscript><p>This page draws its tables with JavaScript, \
         which is switched off here. The CSV files in the same folder hold the same numbers.</p></noscript>\n\
         <main id=\"main\"></main>\n<script type=\"application/json\" id=\"data\">{data}</script>\n\
         <script>\n\"use strict\";\n(() => {{\n{scripts}}})();\n</script>\n</body>\n</html>\n"
    )
}

/// A script without its comments and its indentation, which nobody reads on the page. Comments have lines of their own.
fn lean(script: &str) -> String {
    let (mut lean, mut is_comment) = (String::with_capacity(script.len()), false);
    for line in script.lines().map(str::trim) {
        is_comment |= line.starts_with("/*");
        if !is_comment && !line.is_empty() && !line.starts_with("//") {
            lean.push_str(line);
            lean.push('\n');
        }
        is_comment &= !line.ends_with("*/");
    }
    lean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_indentation_stay_in_the_sources() {
        assert_eq!(lean("// a\n\n  x = 1; // b\n/** c */\n/*\n * d\n */\n  y = 2;\n"), "x = 1; // b\ny = 2;\n");
    }

    #[test]
    fn the_scripts_are_small_and_ask_for_nothing_from_elsewhere() {
        let of_views = crate::report::views::OF_A_RUN.iter().map(|view| view.script);
        let all: String = SCRIPTS.iter().copied().chain(of_views).chain([START]).map(lean).collect();
        assert!(all.len() < 76_000, "{} bytes", all.len());
        for word in ["fetch(", "XMLHttpRequest", "import(", "https:", "</script"] {
            assert!(!all.contains(word) && !STYLE.contains(word), "{word}");
        }
    }
}
