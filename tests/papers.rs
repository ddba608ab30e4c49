//! Short runs of the published protocols stay as they were; those of tables and small networks are tested next to their
//! code.

use crate::support::{check_golden, sim};

/// The fine-tuning protocol of Tennant et al. 2025 on the built-in model, over the change of reward: made-up first
/// moves, labels in drawn orders, PPO with running reward scaling and an adaptive penalty.
#[test]
fn a_short_run_of_the_fine_tuning_protocol_is_as_it_was() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("run");
    let changes = [
        "model=Named(\"tiny\")",
        "prompt.decision=Constrained",
        "output.every=1",
        "populations.learner.learner.Ppo.optimizer.lr=0.003",
        "populations.learner.rewards[0].until=3",
        "populations.learner.rewards[1].from=3",
    ];
    let mut command = sim();
    command.args(["--scenario", "scenarios/papers/iclr25_game_to_de_vs_tft.ron", "--ticks", "6", "--out"]).arg(&out);
    for change in changes {
        command.args(["--set", change]);
    }
    command.assert().success();
    // Processors differ in the last bits of a product, so numbers of the model are compared, not their texts.
    let found = std::fs::read_to_string(out.join("strategy_evolution.csv")).unwrap();
    check_golden("iclr25_tiny_6_ticks.csv", &found, 1e-3);
}
