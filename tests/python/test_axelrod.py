"""The scripted strategies against Axelrod-Python: `sim` plays, and every move must be the one that is played there."""

import os
import pathlib
import sys

import pytest

pytest.importorskip("axelrod", reason="axelrod==4.14.0 is not installed")

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SIM = os.environ.get("SIM", "sim")
sys.path.insert(0, str(ROOT / "benches" / "peers"))

import axelrod_moves  # noqa: E402


@pytest.mark.parametrize("table", axelrod_moves.TABLES)
def test_deterministic_pairs_play_the_same_moves(table):
    compared, differ = axelrod_moves.compare_moves(SIM, axelrod_moves.TABLES[table])
    assert compared > 5000
    assert not differ, "\n".join(differ[:5])


def test_pairs_that_toss_coins_are_paid_the_same():
    """False alarms: five standard errors in each of 66 pairs, less than one in 10,000 runs were the means normal."""
    compared, differ = axelrod_moves.compare_means(SIM, axelrod_moves.TABLES["axelrod"], repetitions=40)
    assert compared == 66
    assert not differ, "\n".join(differ)
