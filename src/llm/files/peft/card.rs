//! The model card of an adapter's folder.

use super::Fact;
use crate::llm::files::loaded::ModelIdentity;
use crate::llm::lora::Adapter;
use serde_json::json;

/// `README.md`: a model card with the front matter of the Hub. It says nothing about the machine that wrote it.
pub(super) fn card(adapter: &Adapter, base: &ModelIdentity, facts: &[Fact]) -> String {
    let mut text = front_matter(base);
    text.push_str(&table(adapter, base, facts));
    text.push_str(&opening(base));
    text
}

fn front_matter(base: &ModelIdentity) -> String {
    // The Hub wants a repository here, and turns it into a link.
    let base_model = base.base_repository.as_ref().map_or_else(String::new, |name| format!("base_model: {name}\n"));
    format!("---\n{base_model}library_name: peft\ntags:\n- lora\n---\n\n# LoRA adapter on {}\n\n", base.name)
}

fn table(adapter: &Adapter, base: &ModelIdentity, facts: &[Fact]) -> String {
    let config = &adapter.config;
    let targets: Vec<String> =
        config.targets.iter().filter_map(|target| json!(target).as_str().map(str::to_string)).collect();
    let rounded = base.quantisation.as_ref().map_or_else(String::new, |name| format!(", quantised to {name}"));
    let scaled = if config.rslora { ", scaled by the root of the rank" } else { "" };
    let mut rows = vec![
        ("base".to_string(), format!("{} ({}){rounded}", base.name, base.family)),
        ("SHA-256 of the base".to_string(), base.sha256.clone()),
        ("rank, alpha".to_string(), format!("{}, {}{scaled}", config.rank, config.alpha)),
        ("layers adapted".to_string(), targets.join(", ")),
    ];
    if !adapter.invocation.is_empty() {
        rows.push(("acts from the last of these tokens on".to_string(), format!("{:?}", adapter.invocation)));
    }
    rows.extend_from_slice(facts);
    // A bar or a line break would end the table's cell.
    let cell = |text: &str| text.replace('|', "\\|").replace('\n', " ");
    let rows = rows.iter().map(|(what, value)| format!("| {} | {} |\n", cell(what), cell(value)));
    format!("| | |\n|---|---|\n{}", rows.collect::<String>())
}

/// How to open it, and on what base.
fn opening(base: &ModelIdentity) -> String {
    let Some(repository) = &base.base_repository else {
        return format!(
            "\nNo hub is known to hold this base: it is built into `sim`, was made at random, or was read from a file. \
             `sim score --model … --adapter .` and `Llm(from: …)` open the adapter. So does `peft`, on the base's own \
             weights as a model of transformers, whose hash in the table they should have:\n\n\
             ```python\nfrom peft import PeftModel\n\nmodel = PeftModel.from_pretrained(base, \".\")  # base: {}\n```\n",
            base.name
        );
    };
    let rounded = base.quantisation.as_ref().map_or_else(String::new, |name| {
        format!(
            "\nThe adapter was trained on the base's weights quantised to {name}, computed in f32. `{repository}` holds the \
             weights before that, so there the answers differ a little.\n"
        )
    });
    format!(
        "{rounded}\nOpens in `peft`:\n\n```python\nfrom peft import PeftModel\nfrom transformers import AutoModelForCausalLM\n\n\
         base = AutoModelForCausalLM.from_pretrained(\"{repository}\")\nmodel = PeftModel.from_pretrained(base, \".\")\n```\n"
    )
}
