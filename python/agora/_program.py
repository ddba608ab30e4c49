"""The program ``sim``: where it is, and what it says."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
from functools import cache
from pathlib import Path
from typing import Any

from ._errors import AgoraError, RunFailed

#: Names another ``sim``, for example one with plugins.
VARIABLE = "AGORA_SIM"
_NAME = "sim.exe" if sys.platform == "win32" else "sim"


def program() -> str:
    """The path of ``sim``: what the variable ``AGORA_SIM`` names, else the one that was installed with
    this package, else the first on the ``PATH``."""
    named = os.environ.get(VARIABLE)
    if named:
        if not Path(named).is_file():
            raise AgoraError(f"{VARIABLE} is {named}, and there is no such file")
        return named
    for scheme in (sysconfig.get_default_scheme(), sysconfig.get_preferred_scheme("user")):
        installed = Path(sysconfig.get_path("scripts", scheme)) / _NAME
        if installed.is_file():
            return str(installed)
    found = shutil.which(_NAME)
    if found is None:
        raise AgoraError(
            f"there is no command `sim`: install the wheel of agora-sim, or build it with `cargo build --release` "
            f"and set {VARIABLE} to target/release/{_NAME}"
        )
    return found


def call(*arguments: str) -> str:
    """What ``sim`` prints with these arguments; raises `RunFailed` with its words if it fails."""
    done = subprocess.run([program(), *arguments], capture_output=True, text=True, encoding="utf-8")
    if done.returncode != 0:
        raise RunFailed(done.returncode, done.stderr)
    return done.stdout


def version() -> str:
    """The version of ``sim``."""
    return call("--version").split()[1]


@cache
def game(name: str) -> dict[str, Any]:
    """The rules of a game, as ``sim explain NAME --format json`` tells them: ``name``, ``seats``, ``actions``,
    ``cooperative``, and ``payoffs`` of two players or ``payoffs_by_others`` of more, or ``rules`` in words where
    those of a group depend on more than how many cooperate."""
    entries = json.loads(call("explain", name, "--format", "json"))
    for entry in entries:
        if entry["topic"] == "games":
            return {"name": entry["name"], "seats": 2, **entry["details"]}
    raise AgoraError(f"{name!r} is no game; `sim explain games` lists them")
