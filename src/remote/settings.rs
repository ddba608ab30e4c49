//! How servers are asked in a run: how many requests at once, how patiently, and how many at most.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How the run asks the servers of its remote players. None of it changes what is asked or how replies are read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RemoteSpec {
    /// The most requests that the run sends, repeated ones included; `None`: as many as it takes. A run that has spent
    /// them stops, and `--resume` with a larger `--max-requests` continues it.
    pub requests: Option<u64>,
    /// The most tokens that replies may have used, prompts included, as servers report them; no request is sent once
    /// they are spent. `None`: as many as it takes. `--max-tokens` replaces it.
    pub tokens: Option<u64>,
    /// The most requests that are under way at the same time.
    pub connections: u32,
    /// Seconds to find the server and connect to it.
    pub connect_seconds: f64,
    /// Seconds to wait for a whole reply.
    pub reply_seconds: f64,
    /// How often a request is repeated after status 408, 429 or 5xx, or when its time is up; nothing else is repeated.
    /// The wait before each is about twice the one before it, from half a second on, or what the server asks for.
    pub retries: u32,
}

impl Default for RemoteSpec {
    fn default() -> Self {
        Self { requests: None, tokens: None, connections: 8, connect_seconds: 10.0, reply_seconds: 120.0, retries: 5 }
    }
}

/// What a run may spend on requests; `None`: any amount.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Budget {
    /// Requests, repeated ones included.
    pub requests: Option<u64>,
    /// Tokens, as servers report them.
    pub tokens: Option<u64>,
}

impl Budget {
    /// The budget that `spec` states, where the command line does not state another.
    pub fn of(spec: &RemoteSpec, stated: Self) -> Self {
        Self { requests: stated.requests.or(spec.requests), tokens: stated.tokens.or(spec.tokens) }
    }
}
