"""What the tests of pages share: the program, tables, and numbers as a page writes them."""

import csv
import os
import pathlib
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SIM = os.environ.get("SIM", str(ROOT / "target/release/sim"))
CHROMIUM = os.environ.get("CHROMIUM", shutil.which("chromium") or "/usr/bin/chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


def sim(*arguments):
    done = subprocess.run([SIM, *map(str, arguments)], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def rows(folder, table):
    with open(folder / table, newline="") as file:
        return list(csv.DictReader(file))


def write(folder, table, heads, lines):
    with open(folder / table, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(heads)
        writer.writerows(lines)


def close(shown, number):
    """Whether a number as the page writes it is this one."""
    value = float(shown.replace("−", "-"))
    return value == pytest.approx(number, rel=1e-3, abs=1e-6)
