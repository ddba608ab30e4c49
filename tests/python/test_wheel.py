"""The wheel: what is in it, and that it works where there is no Rust."""

import os
import pathlib
import shutil
import subprocess
import sys
import venv
import zipfile

import pytest
from conftest import ROOT

WHEEL = pathlib.Path(os.environ["AGORA_WHEEL"])


def test_the_wheel_holds_the_command_and_the_package():
    names = zipfile.ZipFile(WHEEL).namelist()
    for name in ["agora/__init__.py", "agora/py.typed", "agora/columns.json", "agora/inspect.py"]:
        assert name in names
    assert any(name.endswith(".data/scripts/sim") for name in names)
    assert not [name for name in names if "__pycache__" in name or "/tests/" in name]
    metadata = next(name for name in names if name.endswith("METADATA"))
    text = zipfile.ZipFile(WHEEL).read(metadata).decode()
    assert "Name: agora-sim\n" in text and "Requires-Python: >=3.10\n" in text
    required = [line for line in text.splitlines() if line.startswith("Requires-Dist") and "extra ==" not in line]
    assert required == [], "nothing is needed but Python"


@pytest.fixture(scope="module")
def bare(tmp_path_factory):
    """An environment that holds the wheel and nothing else; its variables know of no Rust."""
    folder = tmp_path_factory.mktemp("bare")
    venv.create(folder, with_pip=True)
    variables = {"PATH": f"{folder / 'bin'}:/usr/bin:/bin", "HOME": os.environ["HOME"]}
    variables |= {name: value for name, value in os.environ.items() if name.startswith(("AGORA_CACHE", "PIP_", "HF_"))}
    pip = [folder / "bin/python", "-m", "pip", "install", "--quiet", "--no-index", WHEEL]
    subprocess.run(pip, env=variables, check=True)
    return variables


def test_without_rust_the_command_runs_a_scenario(bare, tmp_path):
    assert shutil.which("cargo", path=bare["PATH"]) is None and shutil.which("rustc", path=bare["PATH"]) is None
    jobs = [["scenarios/quick_look.ron", "--ticks", "3"]]
    # The main job reads the real weights, which are found or fetched as `sim` does it.
    if "AGORA_TEST_OFFLINE" not in os.environ:
        jobs.append(["scenarios/mixed_morals.ron", "--ticks", "1"])
    for number, job in enumerate(jobs):
        command = ["sim", "run", str(ROOT / job[0]), *job[1:], "--out", f"run-{number}"]
        done = subprocess.run(command, cwd=tmp_path, env=bare, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        assert "selfish" in done.stdout and (tmp_path / f"run-{number}/adapters/selfish_0").is_dir()


def test_without_packages_runs_are_followed_and_frames_say_what_they_need(bare, tmp_path):
    program = f"""
import agora, pathlib
assert agora.program().startswith({str(pathlib.Path(bare["PATH"].split(":")[0]))!r}), agora.program()
running = agora.run({str(ROOT / "scenarios/quick_look.ron")!r}, ticks=2, out="run")
assert [tick.tick for tick in running] == [0, 1]
try:
    running.wait()
except agora.MissingPackage as error:
    print(error)
"""
    python = pathlib.Path(bare["PATH"].split(":")[0]) / "python"
    done = subprocess.run([python, "-c", program], cwd=tmp_path, env=bare, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "a frame needs pandas: pip install 'agora-sim[pandas]'\n"
    assert sys.version_info >= (3, 10)
