//! `sim score`.

use super::print::{err, out};
use super::{DONE, WRONG_INPUT, fail, open_backend};
use crate::cli::{Format, ScoreArgs};
use crate::llm::backend::Backend;
use crate::llm::chat::Message;
use crate::llm::fetch::{Fetcher, terminal_progress};
use crate::llm::model::{self, LoadedModel, ModelError};
use crate::llm::next_token::largest_logits;
use crate::llm::peft;
use crate::llm::prompt_tree::PromptTree;
use crate::llm::scorer::Scorer;
use crate::run::RunError;
use crate::text::shown;
use serde::Serialize;

/// Everything `sim score` prints.
#[derive(Debug, Serialize)]
struct Scores {
    model: String,
    prompt: String,
    prompt_tokens: Vec<u32>,
    labels: Vec<LabelScore>,
    illegal_mass: f64,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    top: Vec<TokenScore>,
}

#[derive(Debug, Serialize)]
struct LabelScore {
    label: String,
    tokens: Vec<u32>,
    log_prob: f64,
    probability: f64,
    share_of_labels: f64,
}

#[derive(Debug, Serialize)]
struct TokenScore {
    token: u32,
    text: String,
    logit: f32,
}

pub(super) fn execute(args: &ScoreArgs) -> u8 {
    let backend = match open_backend(&args.machine) {
        Ok(backend) => backend,
        Err(code) => return code,
    };
    let prompt = match (&args.prompt, &args.prompt_file) {
        (Some(prompt), _) => prompt.clone(),
        (None, Some(path)) => match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) => {
                err!("error: cannot read the prompt from {}: {error}", path.display());
                return WRONG_INPUT;
            }
        },
        (None, None) => unreachable!("clap asks for one of the two"),
    };
    match score(args, &backend, prompt) {
        Ok(scores) => {
            print(&scores, args.format);
            DONE
        }
        Err(error) => fail(error),
    }
}

fn score(args: &ScoreArgs, backend: &Backend, prompt: String) -> Result<Scores, RunError> {
    let model = model::load(&args.model, &Fetcher::from_env(terminal_progress()), Default::default())?;
    let adapter =
        args.adapter.as_deref().map(|dir| peft::load(dir, &model.base.config, Some(&model.id))).transpose()?;
    let text = if args.raw {
        prompt
    } else {
        let system = args.system.as_ref().map(Message::system);
        let messages: Vec<Message> = system.into_iter().chain([Message::user(prompt)]).collect();
        model.tokenizer.render_chat(&messages, true)?
    };
    let prompt_tokens = model.tokenizer.encode_prompt(&text)?;
    let labels = model.tokenizer.encode_labels(&text, &args.labels)?;
    let tree = PromptTree::new(std::slice::from_ref(&prompt_tokens), &labels);
    let threads = args.machine.threads.map(usize::from);
    let threads = threads.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from));
    let (engine, device) = backend.engines(&model.base)?;
    let scorer = Scorer { engine: &engine, device: device.as_ref(), threads };
    let scores = scorer.score_one(&tree, &prompt_tokens, adapter.as_ref())?;
    if let Some(value) = scores.broken() {
        return Err(ModelError::NotFinite { whose: format!("model {}", model.id.name), value }.into());
    }
    let probabilities: Vec<f64> = scores.label_log_probs.iter().map(|&l| f64::from(l).exp()).collect();
    let legal: f64 = probabilities.iter().sum();
    let labels = args.labels.iter().zip(labels).zip(&scores.label_log_probs).zip(&probabilities);
    let labels = labels.map(|(((label, tokens), &log_prob), &probability)| LabelScore {
        label: label.clone(),
        tokens,
        log_prob: f64::from(log_prob),
        probability,
        share_of_labels: probability / legal,
    });
    let labels = labels.collect();
    let top = top(&model, &scores.hidden, args.top)?;
    Ok(Scores { model: model.id.name, prompt: text, prompt_tokens, labels, illegal_mass: 1.0 - legal, top })
}

fn top(model: &LoadedModel, hidden: &[f32], k: usize) -> Result<Vec<TokenScore>, ModelError> {
    let logits = largest_logits(&model.base, hidden, k);
    logits
        .into_iter()
        .map(|(token, logit)| Ok(TokenScore { token, text: model.tokenizer.decode(&[token])?, logit }))
        .collect()
}

fn print(scores: &Scores, format: Format) {
    if format == Format::Json {
        let text = serde_json::to_string_pretty(scores).expect("scores are strings and finite numbers");
        out!("{text}");
        return;
    }
    let labels: Vec<_> = scores.labels.iter().map(|l| shown(&l.label)).collect();
    let width = labels.iter().map(|label| label.chars().count()).max().unwrap_or(0).max(7);
    out!("{} prompt tokens\n", scores.prompt_tokens.len());
    out!("{:width$}  {:>12}  {:>12}  {:>9}  tokens", "label", "log-prob", "probability", "share");
    for (l, label) in scores.labels.iter().zip(labels) {
        out!(
            "{label:width$}  {:>12.6}  {:>12.4e}  {:>9.4}  {:?}",
            l.log_prob,
            l.probability,
            l.share_of_labels,
            l.tokens
        );
    }
    out!("{:width$}  {:>12}  {:>12.4e}", "illegal", "", scores.illegal_mass);
    if !scores.top.is_empty() {
        out!("\n{:>8}  {:>10}  text", "token", "logit");
        for t in &scores.top {
            out!("{:>8}  {:>10.4}  {:?}", t.token, t.logit, t.text);
        }
    }
}
