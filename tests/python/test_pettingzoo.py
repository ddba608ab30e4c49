"""The games as environments of PettingZoo."""

import agora
import numpy
import pytest
from pettingzoo.test import parallel_api_test, parallel_seed_test

GAMES = ["prisoners_dilemma", "bach_or_stravinsky", "PublicGoods(players: 4, multiplier: 1.6)"]


@pytest.mark.parametrize("game", GAMES)
def test_pettingzoo_accepts_the_environment(game):
    parallel_api_test(agora.env(game, rounds=7, noise=0.1), num_cycles=50)
    parallel_seed_test(lambda: agora.env(game, rounds=7, noise=0.3), num_cycles=20)


@pytest.mark.parametrize("game", ['Named("chicken")', 'Named("bach_or_stravinsky")', GAMES[2]])
def test_payoffs_and_observations_are_those_of_a_run(game, tmp_path):
    players = 4 if "PublicGoods" in game else 2
    scenario = {
        "version": 1,
        "name": "random",
        "ticks": 1,
        "game": {"Named": "chicken"},
        "rounds": {"Fixed": 40},
        "populations": [{"name": "random", "count": players, "policy": {"Scripted": {"Random": {"p": 0.5}}}}],
    }
    moves = agora.run(scenario, set={"game": game, "output.moves": True}, out=tmp_path / "run").wait().moves
    env = agora.env(game, rounds=40)
    seen, _ = env.reset(seed=1)
    others = len(env.actions) if players == 2 else players
    for _, rows in moves[moves.match == 0].groupby("round"):
        rows = rows.set_index("seat")
        for seat, agent in enumerate(env.agents):
            row = rows.loc[seat]
            if seen[agent] == 0:
                assert row.isna()[["seen_own", "seen_others"]].all()
            else:
                own, other = divmod(seen[agent] - 1, others)
                assert row.seen_own == env.actions[own]
                assert row.seen_others == (env.actions[other] if players == 2 else str(other))
        actions = {f"player_{seat}": env.actions.index(row.action) for seat, row in rows.iterrows()}
        seen, rewards, _, over, _ = env.step(actions)
        for seat, row in rows.iterrows():
            assert rewards[f"player_{seat}"] == pytest.approx(row.payoff, abs=1e-6)
    assert all(over.values()) and env.agents == []


def test_noise_slips_as_often_as_said():
    env = agora.env("prisoners_dilemma", rounds=4000, noise=0.2)
    env.reset(seed=3)
    slips = [env.step({"player_0": 0, "player_1": 0})[4]["player_0"]["action"] == "defect" for _ in range(4000)]
    # Five standard errors are 0.03.
    assert numpy.mean(slips) == pytest.approx(0.2, abs=0.03)


def test_errors_say_what_is_expected():
    with pytest.raises(agora.RunFailed, match="did you mean `chicken`"):
        agora.env("chiken")
    with pytest.raises(agora.AgoraError, match="noise=2: expected a probability"):
        agora.env("chicken", noise=2)
    env = agora.env("chicken")
    env.reset()
    with pytest.raises(agora.AgoraError, match="no action of player_1"):
        env.step({"player_0": 0})
    with pytest.raises(agora.AgoraError, match=r"action 5: expected 0 to 1 \(cooperate, defect\)"):
        env.step({"player_0": 5, "player_1": 0})
