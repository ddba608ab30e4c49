"""Fixation probabilities and small-mutation chains in EGTtools' C++, on the games of
`cargo run --release --example bench_fixation`.

Processor time; each number is the mean of many calls, made from Python, which costs less than a microsecond of each.
"""

import argparse
import time

import numpy as np
from egttools.analytical import PairwiseComparison
from egttools.games import Matrix2PlayerGameHolder
from egttools.utils import calculate_stationary_distribution

STRENGTH = 0.1


def microseconds(repeats, call):
    start = time.process_time()
    for _ in range(repeats):
        call()
    return (time.process_time() - start) / repeats * 1e6


def whole_chain(model):
    chain = model.calculate_transition_matrix(STRENGTH, 0.01)
    return calculate_stationary_distribution(chain.transpose())


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--repeats", type=int, default=1000)
    repeats = parser.parse_args().repeats

    game = Matrix2PlayerGameHolder(3, np.array([[3, 0, 3], [5, 1, 1.02], [3, 0.995, 3]]))
    five = Matrix2PlayerGameHolder(5, np.array([i * 7919 % 101 / 20 for i in range(25)]).reshape(5, 5))

    model = PairwiseComparison(100, game)
    spent = microseconds(repeats, lambda: model.calculate_fixation_probability(2, 1, STRENGTH))
    print(f"fixation, N = 100: {spent:.2f} µs")
    model_of_five = PairwiseComparison(100, five)
    spent = microseconds(
        max(repeats // 10, 1), lambda: model_of_five.calculate_transition_and_fixation_matrix_sml(STRENGTH)
    )
    print(f"small-mutation chain of 5 types, N = 100: {spent:.2f} µs")
    small = PairwiseComparison(30, game)
    spent = microseconds(max(repeats // 100, 1), lambda: whole_chain(small))
    print(f"whole chain of 3 types with its stationary distribution, N = 30: {spent:.2f} µs")


if __name__ == "__main__":
    main()
