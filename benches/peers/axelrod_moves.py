"""The same strategies in Axelrod-Python, which plays and is compared with what `sim` plays.

    pip install axelrod==4.14.0
    python benches/peers/axelrod_moves.py [path to sim]
    python benches/peers/axelrod_moves.py --fixture tests/fixtures/axelrod_moves.jsonl

Deterministic pairs must agree move by move, 200 rounds, under two payoff tables; pairs of memory-one strategies that toss
coins must have the same mean payoffs within five standard errors. Prints what differs and exits with 1 if anything does.
`--fixture` writes what Axelrod-Python answers to fixed moves, for the tests in Rust.
"""

import csv
import itertools
import json
import math
import pathlib
import random
import subprocess
import sys
import tempfile

import axelrod as axl

ROUNDS = 200

# R, S, T, P: Axelrod's, and another dilemma in which no two sums of payoffs agree.
TABLES = {"axelrod": (3, 0, 5, 1), "other": (7, -1, 10, 2)}

# What a scenario writes, and the same player there.
DETERMINISTIC = {
    "AlwaysCooperate": axl.Cooperator,
    "AlwaysDefect": axl.Defector,
    "Alternator": axl.Alternator,
    "Cycler": axl.CyclerCCD,
    "AntiCycler": axl.AntiCycler,
    "TitForTat": axl.TitForTat,
    "SuspiciousTitForTat": axl.SuspiciousTitForTat,
    "TitForTwoTats": axl.TitFor2Tats,
    "TwoTitsForTat": axl.TwoTitsForTat,
    "SlowTitForTat": axl.SlowTitForTwoTats2,
    "HardTitForTat": axl.HardTitForTat,
    "HardTitForTwoTats": axl.HardTitFor2Tats,
    "TitsForTats": axl.NTitsForMTats,
    "ContriteTitForTat": axl.ContriteTitForTat,
    "Gradual": axl.Gradual,
    "OriginalGradual": axl.OriginalGradual,
    "Shubik": axl.FirstByShubik,
    "Forgiver": axl.Forgiver,
    "ForgivingTitForTat": axl.ForgivingTitForTat,
    "OmegaTitForTat": axl.OmegaTFT,
    "AdaptiveTitForTat": axl.AdaptiveTitForTat,
    "AdaptivePavlov": axl.APavlov2011,
    "SneakyTitForTat": axl.SneakyTitForTat,
    "WinStayLoseShift": axl.WinStayLoseShift,
    "WinShiftLoseStay": axl.WinShiftLoseStay,
    "Bully": axl.Bully,
    "AntiTitForTat": axl.AntiTitForTat,
    "Appeaser": axl.Appeaser,
    "Grim": axl.Grudger,
    "Aggravater": axl.Aggravater,
    "OppositeGrudger": axl.OppositeGrudger,
    "EasyGo": axl.EasyGo,
    "SoftGrudger": axl.SoftGrudger,
    "ForgetfulGrudger": axl.ForgetfulGrudger,
    "OnceBitten": axl.OnceBitten,
    "Punisher": axl.Punisher,
    "FoolMeOnce": axl.FoolMeOnce,
    "SpitefulTitForTat": axl.SpitefulTitForTat,
    "BackStabber": axl.BackStabber,
    "EugineNier": axl.EugineNier,
    "Adaptive": axl.Adaptive,
    "GoByMajority": axl.GoByMajority,
    "ShortMemory": axl.ShortMem,
    "Grumpy": axl.Grumpy,
    "LevelPunisher": axl.LevelPunisher,
    "TrickyLevelPunisher": axl.TrickyLevelPunisher,
    "Resurrection": axl.Resurrection,
    "DoubleResurrection": axl.DoubleResurrection,
    "Retaliate": axl.Retaliate,
    "LimitedRetaliate": axl.LimitedRetaliate,
    "Doubler": axl.Doubler,
    "VeryBad": axl.VeryBad,
    "TrickyCooperator": axl.TrickyCooperator,
    "TrickyDefector": axl.TrickyDefector,
    "Prober": axl.Prober,
    "Prober2": axl.Prober2,
    "Prober3": axl.Prober3,
    "HardProber": axl.HardProber,
    "Prober4": axl.Prober4,
    "Detective": axl.Detective,
    "Handshake": axl.Handshake,
    "CollectiveStrategy": axl.CollectiveStrategy,
    "GradualKiller": axl.GradualKiller,
    "Davis": axl.FirstByDavis,
    "Downing": axl.FirstByDowning,
    "Nydegger": axl.FirstByNydegger,
    "SteinAndRapoport": axl.FirstBySteinAndRapoport,
    "TidemanAndChieruzzi": axl.FirstByTidemanAndChieruzzi,
    "Gladstein": axl.SecondByGladstein,
    "SecondGrofman": axl.SecondByGrofman,
    "Mikkelson": axl.SecondByMikkelson,
    "RevisedDowning": axl.RevisedDowning,
    "Tester": axl.SecondByTester,
    "Weiner": axl.SecondByWeiner,
    "White": axl.SecondByWhite,
    "AllOrNone2": axl.AON2,
    "DelayedAllOrNone": axl.DelayedAON1,
    "Capri": axl.Capri,
    "Mem2": axl.MEM2,
    "Winner12": axl.Winner12,
    "Winner21": axl.Winner21,
    "Fortress3": axl.Fortress3,
    "Fortress4": axl.Fortress4,
    "Predator": axl.Predator,
    "Pun1": axl.Pun1,
    "Raider": axl.Raider,
    "Ripoff": axl.Ripoff,
    "SolutionB1": axl.SolutionB1,
    "Thumper": axl.Thumper,
    "UsuallyCooperates": axl.UsuallyCooperates,
    "UsuallyDefects": axl.UsuallyDefects,
}
# The same with numbers of their own.
DETERMINISTIC_NUMBERS = {
    "hard_majority": ({"GoByMajority": {"soft": False}}, lambda: axl.HardGoByMajority()),
    "majority_5": ({"GoByMajority": {"memory": 5}}, lambda: axl.GoByMajority5()),
    "majority_20": ({"GoByMajority": {"memory": 20, "soft": False}}, lambda: axl.HardGoByMajority20()),
    "cycler_cccdcd": ({"Cycler": {"moves": "CCCDCD"}}, lambda: axl.CyclerCCCDCD()),
    "retaliate_3": ({"Retaliate": {"threshold": 0.05}}, lambda: axl.Retaliate3()),
    "limited_retaliate_2": (
        {"LimitedRetaliate": {"threshold": 0.08, "limit": 15}},
        lambda: axl.LimitedRetaliate2(),
    ),
    "tits_2_3": ({"TitsForTats": {"tits": 2, "tats": 3}}, lambda: axl.NTitsForMTats(N=2, M=3)),
    "look_up_winner12": (
        {"LookUp": {"own": 1, "others": 2, "opening": [1, 1], "table": [1, 0, 1, 0, 0, 1, 0, 0]}},
        lambda: axl.Winner12(),
    ),
    "machine_pun1": (
        {
            "Machine": {
                "states": [
                    {"cooperate": 0, "next": [1, 1]},
                    {"cooperate": 1, "next": [2, 0]},
                    {"cooperate": 1, "next": [1, 1]},
                ]
            }
        },
        lambda: axl.Pun1(),
    ),
}
# Memory-one strategies that toss coins. `phi` there is chi times what it is here.
COINS = {
    "random": ({"Random": {"p": 0.5}}, lambda: axl.Random(0.5)),
    "generous": ("OptimalGenerousTitForTat", lambda: axl.GTFT()),
    "firm_but_fair": ({"FirmButFair": {}}, lambda: axl.FirmButFair()),
    "joss": ({"Joss": {}}, lambda: axl.FirstByJoss()),
    "soft_joss": ({"SoftJoss": {}}, lambda: axl.SoftJoss()),
    "naive_prober": ({"NaiveProber": {}}, lambda: axl.NaiveProber()),
    "grofman": ("Grofman", lambda: axl.FirstByGrofman()),
    "stochastic_wsls": ({"StochasticWinStayLoseShift": {}}, lambda: axl.StochasticWSLS()),
    "extortion": ({"Extortion": {"chi": 2, "phi": 1 / 18}}, lambda: axl.ZDExtort2()),
    "generous_zd": ({"GenerousZeroDeterminant": {"chi": 2, "phi": 1 / 8}}, lambda: axl.ZDGTFT2()),
    "tit_for_tat": ("TitForTat", lambda: axl.TitForTat()),
    "always_defect": ("AlwaysDefect", lambda: axl.Defector()),
}


def deterministic():
    """Name: what a scenario writes, and what makes the player there."""
    plain = {word: (word, player) for word, player in DETERMINISTIC.items()}
    # Those that take numbers are written with parentheses.
    for word in ["Cycler", "TitsForTats", "AdaptiveTitForTat", "GoByMajority", "Retaliate", "LimitedRetaliate", "Davis"]:
        plain[word] = ({word: {}}, plain[word][1])
    return plain | DETERMINISTIC_NUMBERS


def scenario(strategies, payoffs, matchmaking, **fields):
    """A scenario of one member of each strategy. Payoffs are R, S, T, P."""
    r, s, t, p = payoffs
    names = {name: f"s{number}" for number, name in enumerate(strategies)}
    populations = [
        {"name": names[name], "policy": {"Scripted": written}, "rewards": [{"term": "Payoff"}]}
        for name, (written, _) in strategies.items()
    ]
    game = {"name": "dilemma", "actions": ["C", "D"], "payoffs": [[[r, r], [s, t]], [[t, s], [p, p]]], "cooperative": ["C"]}
    content = {
        "version": 1,
        "game": {"Matrix": game},
        "rounds": {"Fixed": ROUNDS},
        "matchmaking": matchmaking,
        "populations": populations,
        **fields,
    }
    return content, {agent: name for name, agent in names.items()}


def run(sim, content, folder):
    """Runs a scenario and returns the folder of its tables."""
    file = pathlib.Path(folder) / "scenario.json"
    file.write_text(json.dumps(content))
    out = pathlib.Path(folder) / "run"
    done = subprocess.run([sim, "--scenario", file, "--out", out], capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"sim failed:\n{done.stderr}")
    return out


def moves_of(sim, strategies, payoffs, matchmaking):
    """The moves of `sim`: for each pair of names, the moves of both as two texts of C and D."""
    with tempfile.TemporaryDirectory() as folder:
        content, names = scenario(strategies, payoffs, matchmaking, ticks=1, output={"moves": True})
        out = run(sim, content, folder)
        matches = {}
        with open(out / "moves.csv") as file:
            for row in csv.DictReader(file):
                seats = matches.setdefault(row["match"], [[], [], None, None])
                seat = int(row["seat"])
                seats[seat].append(row["action"])
                seats[2 + seat] = names[row["agent"].rsplit("_", 1)[0]]
    return {(a, b): ("".join(first), "".join(second)) for first, second, a, b in matches.values()}


def moves_there(first, second, payoffs):
    """The moves of Axelrod-Python."""
    r, s, t, p = payoffs
    match = axl.Match((first(), second()), turns=ROUNDS, game=axl.Game(r=r, s=s, t=t, p=p))
    played = match.play()
    return tuple("".join(str(moves[seat]) for moves in played) for seat in range(2))


def compare_moves(sim, payoffs, strategies=None):
    """Every pair, each with itself too: how many were compared, and those that differ as sentences."""
    strategies = strategies or deterministic()
    played = moves_of(sim, strategies, payoffs, "RoundRobin") | moves_of(sim, strategies, payoffs, "SelfPlay")
    expected = len(strategies) * (len(strategies) + 1) // 2
    assert len(played) == expected, f"{len(played)} matches were played, {expected} were expected"
    differ = []
    for (a, b), here in played.items():
        there = moves_there(strategies[a][1], strategies[b][1], payoffs)
        if here != there:
            rounds = enumerate(zip(zip(*here), zip(*there)), 1)
            number = next(number for number, (own, other) in rounds if own != other)
            differ.append(f"{a} against {b} in round {number}: {here[0]} {here[1]}, there {there[0]} {there[1]}")
    return len(played), differ


def compare_means(sim, payoffs, repetitions=100):
    """Mean payoffs of pairs that toss coins: how many, and those that differ by more than five standard errors."""
    with tempfile.TemporaryDirectory() as folder:
        content, names = scenario(
            COINS, payoffs, "RoundRobin", ticks=repetitions, output={"pairs": True}
        )
        out = run(sim, content, folder)
        here = {}
        with open(out / "pairs.csv") as file:
            for row in csv.DictReader(file):
                first, second = names[row["population"]], names[row["opponents"]]
                here.setdefault((first, second), []).append(float(row["payoff"]))
                here.setdefault((second, first), []).append(float(row["payoff_opponents"]))
    r, s, t, p = payoffs
    game = axl.Game(r=r, s=s, t=t, p=p)
    differ = []
    pairs = list(itertools.combinations(COINS, 2))
    for number, (a, b) in enumerate(pairs):
        there = []
        for repetition in range(repetitions):
            seed = 1000 * number + repetition
            match = axl.Match((COINS[a][1](), COINS[b][1]()), turns=ROUNDS, game=game, seed=seed)
            match.play()
            there.append(match.final_score_per_turn()[0])
        own = here[a, b]
        (mean, variance), (other, spread) = moments(own), moments(there)
        error = math.sqrt(variance / len(own) + spread / len(there))
        # Exactly alike matches may differ in the last digit of a mean.
        if abs(mean - other) > 5 * error + 1e-9:
            differ.append(f"{a} against {b}: {mean:.4f}, there {other:.4f}, standard error {error:.4f}")
    return len(pairs), differ


def moments(values):
    """Mean and variance."""
    mean = sum(values) / len(values)
    return mean, sum((value - mean) ** 2 for value in values) / max(len(values) - 1, 1)


def write_fixture(path):
    """Writes what each strategy answers to moves that were drawn once: cooperative, even and defecting ones."""
    draw = random.Random(1)
    opponents = ["".join("C" if draw.random() < p else "D" for _ in range(60)) for p in (0.9, 0.5, 0.2)]
    with open(path, "w") as file:
        for written, player in deterministic().values():
            for opponent in opponents:
                other = axl.MockPlayer([axl.Action.C if move == "C" else axl.Action.D for move in opponent])
                played = axl.Match((player(), other), turns=len(opponent)).play()
                moves = "".join(str(own) for own, _ in played)
                file.write(json.dumps({"strategy": written, "opponent": opponent, "moves": moves}) + "\n")


def main():
    if sys.argv[1:2] == ["--fixture"]:
        return write_fixture(sys.argv[2])
    sim = sys.argv[1] if len(sys.argv) > 1 else "target/release/sim"
    failed = False
    for name, payoffs in TABLES.items():
        compared, differ = compare_moves(sim, payoffs)
        print(f"{name} {payoffs}: {compared} deterministic pairs, {len(differ)} differ", *differ[:20], sep="\n  ")
        failed |= bool(differ)
    compared, differ = compare_means(sim, TABLES["axelrod"])
    print(f"means: {compared} pairs that toss coins, {len(differ)} differ", *differ, sep="\n  ")
    sys.exit(failed or bool(differ))


if __name__ == "__main__":
    main()
