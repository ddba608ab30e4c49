"""A round robin of twelve strategies, 200 rounds, one decision in a hundred a slip: processor seconds per tournament here
and in Axelrod-Python 4.14.

    python benches/peers/axelrod_speed.py [path to sim]

`sim` plays `scenarios/scripted_tournament.ron` with few ticks and with many; the difference is what a tick costs, with
all that it measures: with rows for every tick, and with rows that sum up a hundred. Nobody meets itself on either side.
One thread each.
"""

import pathlib
import resource
import subprocess
import sys
import tempfile
import time

import axelrod as axl

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
TICKS = (200, 2200)
REPETITIONS = 5

PLAYERS = [
    axl.Cooperator,
    axl.Defector,
    lambda: axl.Random(0.5),
    axl.TitForTat,
    axl.SuspiciousTitForTat,
    lambda: axl.GTFT(0.3),
    axl.TitFor2Tats,
    axl.TwoTitsForTat,
    axl.Grudger,
    axl.WinStayLoseShift,
    axl.Alternator,
    axl.FirmButFair,
]


def here(sim, every):
    """Processor seconds of a tick, with rows for `every` ticks."""
    spent = []
    for ticks in TICKS:
        with tempfile.TemporaryDirectory() as folder:
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            command = [sim, "--scenario", ROOT / "scenarios/scripted_tournament.ron", "--ticks", str(ticks)]
            command += ["--set", "output.moves=false", "--set", f"output.every={every}", "--threads", "1"]
            command += ["--out", pathlib.Path(folder) / "run"]
            subprocess.run(command, check=True, capture_output=True)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            spent.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return (spent[1] - spent[0]) / (TICKS[1] - TICKS[0])


def there():
    """Processor seconds of a round robin, matches alone, without the tables of a tournament."""
    begun = time.process_time()
    for repetition in range(REPETITIONS):
        for first in range(len(PLAYERS)):
            for second in range(first + 1, len(PLAYERS)):
                players = PLAYERS[first](), PLAYERS[second]()
                axl.Match(players, turns=200, noise=0.01, seed=1000 * repetition + 12 * first + second).play()
    return (time.process_time() - begun) / REPETITIONS


def main():
    sim = sys.argv[1] if len(sys.argv) > 1 else "target/release/sim"
    other = there()
    print(f"Axelrod-Python {1000 * other:.1f} ms per round robin")
    for every in (1, 100):
        own = here(sim, every)
        print(f"sim, rows for {every} ticks: {1000 * own:.3f} ms, {other / own:.0f} times as fast")


if __name__ == "__main__":
    main()
