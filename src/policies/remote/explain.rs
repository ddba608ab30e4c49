//! What remote players are: the text of `sim explain remote`.

/// The word that is explained.
pub const NAME: &str = "remote";

/// What remote players are, for a reader.
pub fn text() -> String {
    "remote\n\n  Rule:   Asks a model behind an OpenAI-compatible server (POST {url}/chat/completions) with the prompts of the \
     run.\n          Never learns. With `decision: Constrained` or `Free` it plays by a table that the server's\n          \
     log-probabilities give, asked for once per prompt; with `Generate` it is asked for every decision.\n  Write:  \
     `Remote(url: \"http://127.0.0.1:8000/v1\", model: \"name\", prompt: (labels: [\"A\", \"B\"]))`\n  Files:  every request and \
     reply is in `remote.jsonl`; `--replay` plays it again without a network.\n  Key:    from the environment variable that \
     `key_env` names (OPENAI_API_KEY), never from a file.\n"
        .to_owned()
}
