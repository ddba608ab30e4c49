//! `sim score`.

use crate::cli::{Format, ScoreArgs, ScoreEngine};
use crate::commands::input::machine::{model_fetcher, open_backend};
use crate::commands::terminal::exit::DONE;
use crate::commands::terminal::print::{fail, out, refuse};
use crate::files::read_settings;
use crate::llm::engine::machine::{Backend, DeviceChoice};
use crate::llm::engine::next_token::{largest, largest_logits};
use crate::llm::engine::precision::Precision;
use crate::llm::error::ModelError;
use crate::llm::family::Family;
use crate::llm::files::fetch::{Fetcher, ModelFiles, find_here};
use crate::llm::files::load;
use crate::llm::files::loaded::LoadedModel;
use crate::llm::files::peft;
use crate::llm::files::registry;
use crate::llm::lora::Adapter;
use crate::llm::reference::{Reference, ReferenceError};
use crate::llm::text::chat::Message;
use crate::llm::tree::PromptTree;
use crate::run::{RunError, thread_pool};
use crate::text::shown;
use serde::Serialize;

/// Everything `sim score` prints.
#[derive(Debug, Serialize)]
struct Scores {
    engine: &'static str,
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

/// What an engine says of the prompt.
struct Answer {
    /// ln π of every label.
    log_probs: Vec<f64>,
    /// The likeliest next tokens and their logits.
    top: Vec<(u32, f32)>,
}

pub(in crate::commands) fn execute(args: &ScoreArgs) -> u8 {
    if let Err(problem) = check_engine(args) {
        return refuse(problem);
    }
    let backend = match open_backend(&args.machine) {
        Ok(backend) => backend,
        Err(code) => return code,
    };
    let prompt = match (&args.prompt, &args.prompt_file) {
        (Some(prompt), _) => prompt.clone(),
        (None, Some(path)) => match read_settings(path) {
            Ok(text) => text,
            Err(error) => return refuse(format!("cannot read the prompt from {}: {error}", path.display())),
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

/// The reference computes in one way only, so asking it for another is a mistake.
fn check_engine(args: &ScoreArgs) -> Result<(), String> {
    let name = args.engine.name();
    let machine = &args.machine;
    if args.engine == ScoreEngine::Agora {
        Ok(())
    } else if let DeviceChoice::Cuda(_) = machine.device {
        Err(format!("--engine {name} computes on the CPU; leave --device out"))
    } else if machine.precision != Precision::F32 {
        Err(format!("--engine {name} computes in f32; leave --precision out"))
    } else if args.engine == ScoreEngine::ReferenceQuantised && args.adapter.is_some() {
        Err(format!("--engine {name} cannot merge an adapter into quantised weights; say --engine reference"))
    } else {
        Ok(())
    }
}

fn score(args: &ScoreArgs, backend: &Backend, prompt: String) -> Result<Scores, RunError> {
    let fetcher = model_fetcher();
    let model = load::load(&args.model, &fetcher, Default::default())?;
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
    let threads = args.machine.threads.map(usize::from);
    let threads = threads.unwrap_or_else(crate::host::processors);
    let answer = if args.engine == ScoreEngine::Agora {
        by_agora(args, &model, adapter.as_ref(), &prompt_tokens, &labels, backend, threads)?
    } else {
        let asked = || by_reference(args, &model, adapter.as_ref(), &prompt_tokens, &labels, &fetcher);
        thread_pool(threads)?.install(asked)?
    };
    if let Some(&value) = answer.log_probs.iter().find(|number| !number.is_finite()) {
        return Err(ModelError::NotFinite { whose: format!("model {}", model.id.name), value: value as f32 }.into());
    }
    let probabilities: Vec<f64> = answer.log_probs.iter().map(|l| l.exp()).collect();
    let legal: f64 = probabilities.iter().sum();
    let labels = args.labels.iter().zip(labels).zip(&answer.log_probs).zip(&probabilities);
    let labels = labels.map(|(((label, tokens), &log_prob), &probability)| LabelScore {
        label: label.clone(),
        tokens,
        log_prob,
        probability,
        share_of_labels: probability / legal,
    });
    let labels = labels.collect();
    let top =
        answer.top.into_iter().map(|(token, logit)| token_score(&model, token, logit)).collect::<Result<_, _>>()?;
    let engine = args.engine.name();
    Ok(Scores { engine, model: model.id.name, prompt: text, prompt_tokens, labels, illegal_mass: 1.0 - legal, top })
}

fn by_agora(
    args: &ScoreArgs,
    model: &LoadedModel,
    adapter: Option<&Adapter>,
    prompt: &[u32],
    labels: &[Vec<u32>],
    backend: &Backend,
    threads: usize,
) -> Result<Answer, RunError> {
    let tree = PromptTree::new(&[prompt.to_vec()], labels);
    let engine = backend.engine(&model.base, thread_pool(threads)?)?;
    let scores = engine.read_one(&tree, prompt, adapter, threads)?;
    let top = largest_logits(&model.base, &scores.hidden, args.top);
    Ok(Answer { log_probs: scores.label_log_probs.into_iter().map(f64::from).collect(), top })
}

/// Checkpoints of safetensors are read by candle itself, so that our reading is checked as well.
fn by_reference(
    args: &ScoreArgs,
    model: &LoadedModel,
    adapter: Option<&Adapter>,
    prompt: &[u32],
    labels: &[Vec<u32>],
    fetcher: &Fetcher,
) -> Result<Answer, RunError> {
    let family = Family::find(model.id.family, |rules| rules.name);
    let family = family.expect("every loaded model is of one of the families");
    let files = if args.model == registry::BUILT_IN { None } else { find_here(&args.model, fetcher)? };
    let context = prompt.len() + labels.iter().map(Vec::len).max().unwrap_or(0);
    let base = &model.base;
    let mut reference = match (args.engine, &files) {
        (ScoreEngine::ReferenceQuantised, Some(ModelFiles::Gguf(path))) => {
            Reference::from_gguf(path, &base.config, family, context)?
        }
        (ScoreEngine::ReferenceQuantised, _) => {
            return Err(ReferenceError::NotQuantised { model: model.id.name.clone() }.into());
        }
        (_, Some(ModelFiles::Folder(folder))) => Reference::from_folder(folder, base, family, adapter, context)?,
        _ => Reference::of(base, family, adapter, context)?,
    };
    let scores = reference.score(prompt, labels)?;
    Ok(Answer { log_probs: scores.label_log_probs, top: largest(scores.logits.into_iter(), args.top) })
}

fn token_score(model: &LoadedModel, token: u32, logit: f32) -> Result<TokenScore, ModelError> {
    Ok(TokenScore { token, text: model.tokenizer.decode(&[token])?, logit })
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
