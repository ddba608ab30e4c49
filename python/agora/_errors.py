"""What goes wrong, in sentences that say what to do."""

from __future__ import annotations


class AgoraError(Exception):
    """Something that this package cannot do, and why."""


class NoRun(AgoraError):
    """There is no run where one was looked for."""


class MissingTable(AgoraError):
    """No loaded run has the table that was asked for."""


class MissingPackage(AgoraError, ImportError):
    """An optional package is not installed."""

    def __init__(self, package: str, extra: str, purpose: str) -> None:
        super().__init__(f"{purpose} needs {package}: pip install 'agora-sim[{extra}]'")


class RunFailed(AgoraError):
    """``sim`` ended with an error."""

    def __init__(self, code: int, said: str) -> None:
        super().__init__(said.strip() or f"sim ended with exit code {code}")
        #: Exit code of ``sim``: 1 if it failed, 2 if what it was given is wrong.
        self.code = code


class RunInterrupted(RunFailed):
    """The run was stopped before its end; ``agora.run(…, resume=True)`` takes it up again."""
