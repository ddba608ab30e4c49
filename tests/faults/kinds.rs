//! Small runs of every kind: each learner, each sort of agent, each way to play.

use crate::http_server::{Answer, Heard, completion, with_probabilities};

/// A kind of run.
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    /// The scenario; `URL` stands for the address of a server.
    pub(crate) scenario: &'static str,
}

/// All of them.
pub(crate) const KINDS: [Kind; 12] = [
    Kind {
        name: "reinforce",
        scenario: r#"(version: 1, ticks: 3, game: Named("prisoners_dilemma"), rounds: Fixed(3), model: Named("tiny"),
            output: (moves: true, pairs: true, exact: true),
            populations: [
                (name: "a", policy: Llm(adapter: (rank: 2)), learner: Reinforce(optimizer: (lr: 0.003))),
                (name: "b", policy: Scripted(Random())),
            ])"#,
    },
    Kind {
        name: "rloo",
        scenario: r#"(version: 1, ticks: 3, game: Named("stag_hunt"), rounds: Fixed(3), model: Named("tiny"),
            populations: [
                (name: "a", count: 2, policy: Llm(adapter: (rank: 2)), learner: Rloo(optimizer: (lr: 0.003))),
            ])"#,
    },
    Kind {
        name: "grpo",
        scenario: r#"(version: 1, ticks: 3, game: Named("prisoners_dilemma"), rounds: Fixed(2), model: Named("tiny"),
            output: (every: 2),
            populations: [
                (name: "a", policy: Llm(adapter: (rank: 2)), learner: Grpo(optimizer: (lr: 0.003)),
                    rewards: [(term: Payoff, until: 2), (term: Utilitarian, from: 2)]),
                (name: "b", policy: Llm()),
            ])"#,
    },
    Kind {
        name: "ppo",
        scenario: r#"(version: 1, ticks: 3, game: Named("prisoners_dilemma"), rounds: Fixed(2), model: Named("tiny"),
            populations: [
                (name: "a", policy: Llm(adapter: (rank: 2)), learner: Ppo(epochs: 2, scale_rewards: RunningMeanStd,
                    kl: Adaptive(coef: 0.2, target: 6.0, horizon: 100.0), optimizer: (lr: 0.003))),
                (name: "b", policy: Scripted(TitForTat)),
            ])"#,
    },
    Kind {
        name: "activated",
        scenario: r#"(version: 1, ticks: 3, game: Named("prisoners_dilemma"), rounds: Fixed(2), model: Named("tiny"),
            populations: [
                (name: "a", count: 2, policy: Llm(adapter: (rank: 2), activated: true),
                    learner: Rloo(optimizer: (lr: 0.003))),
            ])"#,
    },
    Kind {
        name: "q_learning",
        scenario: r#"(version: 1, ticks: 6, game: Named("stag_hunt"), rounds: Fixed(4), matchmaking: RandomPairs(),
            populations: [
                (name: "a", count: 4, policy: QLearning(epsilon: Linear(from: 1.0, to: 0.0, over: 30))),
                (name: "b", count: 2, policy: Scripted(Grim)),
            ])"#,
    },
    Kind {
        name: "networks",
        scenario: r#"(version: 1, ticks: 4, game: Named("prisoners_dilemma"), rounds: Fixed(4),
            matchmaking: PartnerSelection(), output: (selections: true),
            populations: [
                (name: "a", count: 3, policy: QNetwork()),
                (name: "b", count: 2, policy: Scripted(TitForTat)),
            ])"#,
    },
    Kind {
        name: "scripts",
        scenario: r#"(version: 1, ticks: 4, game: Named("prisoners_dilemma"), rounds: Fixed(20), noise: 0.02,
            output: (moves: true, pairs: true),
            populations: [
                (name: "a", count: 2, policy: Scripted(GenerousTitForTat())),
                (name: "b", policy: Scripted(WinStayLoseShift)),
                (name: "c", policy: Scripted(Random())),
            ])"#,
    },
    Kind {
        name: "evolution",
        scenario: r#"(version: 1, ticks: 12, game: Named("prisoners_dilemma"), rounds: Fixed(5), noise: 0.01,
            evolution: (rule: Fermi(strength: 2.0, comparisons: 6), every: 2, genealogy: true,
                mutation: (types: Uniform(0.1))),
            populations: [
                (name: "kind", count: 4, policy: Scripted(AlwaysCooperate)),
                (name: "mean", count: 4, policy: Scripted(AlwaysDefect)),
                (name: "fair", count: 4, policy: Scripted(TitForTat)),
            ])"#,
    },
    Kind {
        name: "inherited_adapters",
        scenario: r#"(version: 1, ticks: 4, game: Named("prisoners_dilemma"), rounds: Fixed(2), model: Named("tiny"),
            matchmaking: RandomPairs(),
            evolution: (rule: Truncation(share: 0.5), every: 2, inherit: (strategy: false, learned: Lamarckian)),
            populations: [
                (name: "a", count: 2, policy: Llm(adapter: (rank: 2)), learner: Ppo(optimizer: (lr: 0.003))),
                (name: "b", count: 2, policy: Llm(adapter: (rank: 2)), learner: Ppo(optimizer: (lr: 0.003))),
            ])"#,
    },
    Kind {
        name: "talk",
        scenario: r#"(version: 1, ticks: 3, game: Named("prisoners_dilemma"), rounds: Fixed(2), model: Named("tiny"),
            prompt: (decision: Generate, generation: (max_new_tokens: 3), talk: 1, message: (max_new_tokens: 4)),
            output: (generations: true),
            populations: [
                (name: "a", policy: Llm(adapter: (rank: 2)), learner: Rloo()),
                (name: "b", policy: Llm(adapter: (rank: 2)), learner: Rloo()),
            ])"#,
    },
    Kind {
        name: "remote",
        scenario: r#"(version: 1, ticks: 2, game: Named("prisoners_dilemma"), rounds: Fixed(2),
            output: (moves: true), remote: (retries: 2, reply_seconds: 20, connections: 1),
            populations: [
                (name: "far", policy: Remote(url: "URL", model: "stand-in",
                    prompt: (labels: ["A", "B"], decision: Generate))),
                (name: "grim", policy: Scripted(Grim)),
            ])"#,
    },
];

/// What the server of remote players says: the same to the same question.
pub(crate) fn reply(heard: &Heard) -> Answer {
    if heard.body["logprobs"] == true {
        return Answer::Json(with_probabilities(&[("A", 0.7), ("B", 0.2)]));
    }
    let seed = heard.body["seed"].as_u64().unwrap_or_default();
    Answer::Json(completion(if seed.is_multiple_of(3) { " B" } else { "A" }))
}
