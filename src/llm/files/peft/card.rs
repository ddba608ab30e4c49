//! The model card of an adapter's folder.

use super::Fact;
use crate::llm::files::loaded::ModelIdentity;
use crate::llm::files::registry;
use crate::llm::lora::Adapter;
use serde_json::json;

/// `README.md`: a model card with the front matter of the Hub. It says nothing about the machine that wrote it.
pub(super) fn card(adapter: &Adapter, base: &ModelIdentity, facts: &[Fact]) -> String {
    let licence = licence(base);
    let mut text = front_matter(base, licence);
    text.push_str(&format!(
        "# LoRA adapter on {}\n\nTrained by playing social dilemmas with agora, whose command `sim` \
         wrote this card.\n\n",
        base.name
    ));
    text.push_str(&table(adapter, base, facts));
    text.push_str(&opening(adapter, base));
    text.push_str(&match licence {
        Some(licence) => format!("\nThe base's licence ({licence}) holds for what is derived from it.\n"),
        None => "\nThe base's licence, which is not known here, holds for what is derived from it.\n".to_owned(),
    });
    text
}

/// The licence of the base; `None` if it is not a model that is known by name.
fn licence(base: &ModelIdentity) -> Option<&'static str> {
    let entry = registry::lookup(&base.name)?;
    (base.base_repository.as_deref() == Some(entry.base_repository)).then_some(entry.licence)
}

fn front_matter(base: &ModelIdentity, licence: Option<&str>) -> String {
    let mut lines = vec!["---".to_owned()];
    // The Hub wants a repository here, and turns it into a link.
    if let Some(repository) = &base.base_repository {
        lines.push(format!("base_model: {repository}"));
        lines.push("base_model_relation: adapter".into());
    }
    lines.push("library_name: peft".into());
    lines.extend(licence.map(|licence| format!("license: {}", hub_licence(licence))));
    lines
        .extend(["pipeline_tag: text-generation", "tags:", "- lora", "- social-dilemmas", "- agora"].map(String::from));
    lines.join("\n") + "\n---\n\n"
}

/// The Hub's word for a licence: in lower case, without spaces, and without what such licences have in common.
fn hub_licence(licence: &str) -> String {
    licence.strip_suffix(" Community").unwrap_or(licence).to_lowercase().replace(' ', "")
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
fn opening(adapter: &Adapter, base: &ModelIdentity) -> String {
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
    let mut text = format!(
        "{rounded}\nOpens in `peft`:\n\n```python\nfrom peft import AutoPeftModelForCausalLM\n\n\
         model = AutoPeftModelForCausalLM.from_pretrained(\".\")  # fetches {repository}\n```\n"
    );
    // vLLM does not know adapters that act from some token on.
    if adapter.invocation.is_empty() {
        let rank = adapter.config.rank.next_power_of_two().max(8);
        text += &format!(
            "\nand in vLLM:\n\n```sh\nvllm serve {repository} --enable-lora --max-lora-rank {rank} --lora-modules agent=.\n```\n"
        );
    }
    text
}
