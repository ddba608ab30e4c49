"""Imitation of the best on a torus of 100 x 100 agents with eight neighbours each: processor seconds per generation
here and in NumPy, one thread.

    python benches/peers/lattice_numpy.py [path to sim]

`sim` plays `scenarios/spatial.ron` at this size, with a temptation of 1.6, with few ticks and with many; the difference is what a tick costs, with
all that it measures and writes. NumPy plays the same model, a whole generation in a few array operations, twice: with
`np.roll`, and with slices of an array that repeats its edges. Without a `sim` at the path, NumPy plays alone.

The best is one of equals drawn evenly. NumPy draws with the hash of `krabmaga_lattice`, and starts from the same third
of defectors: both end with the same share of cooperators. `sim` draws otherwise, and gets about the same.
"""

import csv
import os
import pathlib
import resource
import shutil
import subprocess
import sys
import tempfile
import time

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", MKL_NUM_THREADS="1")

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
WIDTH = 100
CELLS = WIDTH * WIDTH
TICKS = (1000, 3000)
GAME = 'Matrix(name: "g", actions: ["c", "d"], payoffs: [[(1.0, 1.0), (0.0, 1.6)], [(1.6, 0.0), (0.0, 0.0)]])'
GENERATIONS = (200, 1200)

# Twice the score, in fifths, and one more for a cooperator, so that the highest says who is imitated. Scores are equal
# between strategies in one case alone: a cooperator among eight and a defector beside five both get 8.
COOPERATOR, DEFECTOR = 2 * 5, 2 * 8
COOPERATOR_AMONG_EIGHT, DEFECTOR_BESIDE_FIVE = 8 * COOPERATOR + 1, 5 * DEFECTOR


def mixed(numbers):
    """Random-looking 32 bits for each number: the last step of MurmurHash3."""
    bits = numbers.astype(np.uint32)
    bits ^= bits >> 16
    bits *= np.uint32(0x85EBCA6B)
    bits ^= bits >> 13
    bits *= np.uint32(0xC2B2AE35)
    bits ^= bits >> 16
    return bits


def rolled(combine, cells):
    """Every cell and its eight neighbours, combined."""
    rows = combine(combine(cells, np.roll(cells, 1, axis=1)), np.roll(cells, -1, axis=1))
    return combine(combine(rows, np.roll(rows, 1, axis=0)), np.roll(rows, -1, axis=0))


def sliced(combine, cells, padded=np.empty((WIDTH + 2, WIDTH + 2), np.uint8)):
    """The same without copies: the cells amid an array whose edges are those of the other side."""
    padded[1:-1, 1:-1] = cells
    padded[0], padded[-1] = padded[-2], padded[1]
    padded[:, 0], padded[:, -1] = padded[:, -2], padded[:, 1]
    rows = combine(padded[:, :-2], padded[:, 2:])
    combine(rows, padded[:, 1:-1], out=rows)
    square = combine(rows[:-2], rows[2:])
    return combine(square, rows[1:-1], out=square)


def play(generations, square):
    """Who cooperates in the end: 1 or 0 for each cell."""
    cooperates = (mixed(np.arange(CELLS)) >= 2**32 / 3).astype(np.uint8).reshape(WIDTH, WIDTH)
    for generation in range(1, generations + 1):
        around = square(np.add, cooperates) - cooperates
        merits = around * (DEFECTOR - (DEFECTOR - COOPERATOR) * cooperates) + cooperates
        best = square(np.maximum, merits)
        # How many of the two that tie are in sight: cooperators in the low four bits, defectors in the high.
        equals = (merits == COOPERATOR_AMONG_EIGHT) + 16 * (merits == DEFECTOR_BESIDE_FIVE).view(np.uint8)
        equals = square(np.add, equals).ravel()
        cooperates = best & 1
        tied = np.flatnonzero((best.ravel() == COOPERATOR_AMONG_EIGHT) & (equals >= 16))
        kind, mean = equals[tied] & 15, equals[tied] >> 4
        cooperates.ravel()[tied] = mixed(generation * CELLS + tied) % (kind + mean) < kind
    return cooperates


def here(sim):
    """Processor seconds of a tick, and the share of cooperation in the last thousand."""
    spent = []
    for ticks in TICKS:
        with tempfile.TemporaryDirectory() as folder:
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            command = [sim, "--scenario", ROOT / "scenarios/spatial.ron", "--ticks", str(ticks), "--threads", "1"]
            command += ["--set", f"game={GAME}", "--set", f"structure.interaction=Lattice(width: {WIDTH}, neighbourhood: Moore)"]
            command += ["--set", "populations.kind.count=6667", "--set", "populations.mean.count=3333"]
            command += ["--set", "output.every=1000", "--set", "output.pairs=false"]
            command += ["--set", "evolution.genealogy=false", "--out", pathlib.Path(folder) / "run"]
            subprocess.run(command, check=True, capture_output=True)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            spent.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
            with open(pathlib.Path(folder) / "run/social_outcomes.csv", newline="") as table:
                share = float(list(csv.DictReader(table))[-1]["cooperation_rate"])
    return (spent[1] - spent[0]) / (TICKS[1] - TICKS[0]), share


def there(square):
    """Processor seconds of a generation, and the share of cooperators after the last."""
    spent = []
    for generations in GENERATIONS:
        begun = time.process_time()
        cooperates = play(generations, square)
        spent.append(time.process_time() - begun)
    return (spent[1] - spent[0]) / (GENERATIONS[1] - GENERATIONS[0]), cooperates.mean()


def main():
    sim = shutil.which(sys.argv[1] if len(sys.argv) > 1 else ROOT / "target/release/sim")
    others = {"np.roll": there(rolled), "slices": there(sliced)}
    for name, (seconds, share) in others.items():
        print(f"NumPy, {name}: {1e6 * seconds:.1f} µs per generation, {share:.4f} cooperate")
    if sim is None:
        return
    own, share = here(sim)
    print(f"sim: {1e6 * own:.1f} µs per generation, {share:.4f} cooperate")
    for name, (seconds, _) in others.items():
        print(f"sim takes {own / seconds:.2f} times as long as NumPy with {name}")


if __name__ == "__main__":
    main()
