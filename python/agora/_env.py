"""The games as parallel environments of PettingZoo."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import _program
from ._errors import AgoraError, MissingPackage

try:
    import numpy
    from gymnasium.spaces import Discrete
    from pettingzoo import ParallelEnv
except ImportError as error:
    raise MissingPackage("pettingzoo and numpy", "env", "an environment") from error

Infos = dict[str, dict[str, Any]]


def make(game: str | Mapping[str, Any], *, rounds: int, noise: float, render_mode: str | None) -> DilemmaEnv:
    """The environment of a game that is named, written as in a scenario, or given as its rules."""
    rules = _program.game(game) if isinstance(game, str) else game
    return DilemmaEnv(rules, rounds=rounds, noise=noise, render_mode=render_mode)


class DilemmaEnv(ParallelEnv[str, int, int]):
    """A match: all players act at once, round by round.

    An observation is a number. 0 is the first round; after that, with ``a`` actions, a player that did ``own`` sees
    ``1 + own * a + other`` of two players, and ``1 + own * n + cooperators`` of ``n``, where ``cooperators`` is how
    many of the others cooperated. A reward is the game's payoff. After the last round all agents are truncated.
    """

    metadata: dict[str, Any] = {"name": "agora_v0", "render_modes": ["ansi"], "is_parallelizable": True}

    def __init__(
        self, rules: Mapping[str, Any], *, rounds: int = 10, noise: float = 0.0, render_mode: str | None = None
    ) -> None:
        if rounds < 1:
            raise AgoraError(f"rounds={rounds}: a match has at least one round")
        if not 0 <= noise <= 1:
            raise AgoraError(f"noise={noise}: expected a probability, from 0 to 1")
        if render_mode not in (None, "ansi"):
            raise AgoraError(f"render_mode={render_mode!r}: expected 'ansi' or None")
        if rules["seats"] != 2 and "payoffs_by_others" not in rules:
            raise AgoraError(f"{rules['name']}: payoffs of groups with more than two actions are not in its rules")
        #: The rules, as ``sim explain NAME --format json`` prints them.
        self.rules = dict(rules)
        self.rounds = rounds
        self.noise = noise
        self.render_mode = render_mode
        self.metadata = {**type(self).metadata, "name": f"agora_{rules['name']}_v0"}
        #: Names of the actions, by number.
        self.actions: list[str] = list(rules["actions"])
        self.possible_agents = [f"player_{seat}" for seat in range(rules["seats"])]
        self.agents: list[str] = []
        count = len(self.actions)
        others = count if len(self.possible_agents) == 2 else len(self.possible_agents)
        self.action_spaces = {agent: Discrete(count) for agent in self.possible_agents}
        self.observation_spaces = {agent: Discrete(1 + count * others) for agent in self.possible_agents}
        self._stream = numpy.random.default_rng()
        self._round = 0
        self._last: list[int] = []

    def observation_space(self, agent: str) -> Any:
        """The space of an agent's observations."""
        return self.observation_spaces[agent]

    def action_space(self, agent: str) -> Any:
        """The space of an agent's actions."""
        return self.action_spaces[agent]

    def reset(self, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[dict[str, int], Infos]:
        """Begins a match; ``seed`` sets the stream that noise is drawn from."""
        if seed is not None:
            self._stream = numpy.random.default_rng(seed)
        self.agents = list(self.possible_agents)
        self._round, self._last = 0, []
        return dict.fromkeys(self.agents, 0), {agent: {} for agent in self.agents}

    def step(
        self, actions: dict[str, int]
    ) -> tuple[dict[str, int], dict[str, float], dict[str, bool], dict[str, bool], Infos]:
        """Plays a round. ``infos`` say the action that was played, after noise."""
        if not self.agents:
            return {}, {}, {}, {}, {}
        missing = [agent for agent in self.agents if agent not in actions]
        if missing:
            raise AgoraError(f"no action of {', '.join(missing)}: every player acts in every round")
        played = [self._played(int(actions[agent])) for agent in self.agents]
        self._last = played
        self._round += 1
        agents, is_over = self.agents, self._round >= self.rounds
        observations = {agent: self._observation(seat) for seat, agent in enumerate(agents)}
        rewards = {agent: self._payoff(seat) for seat, agent in enumerate(agents)}
        infos = {agent: {"action": self.actions[played[seat]]} for seat, agent in enumerate(agents)}
        if is_over:
            self.agents = []
        return observations, rewards, dict.fromkeys(agents, False), dict.fromkeys(agents, is_over), infos

    def render(self) -> str:
        """The last round in words."""
        done = ", ".join(f"{agent}: {self.actions[action]}" for agent, action in zip(self.possible_agents, self._last, strict=False))
        return f"round {self._round} of {self.rounds}" + (f": {done}" if done else "")

    def close(self) -> None:
        """Nothing is held."""

    def _played(self, action: int) -> int:
        if not 0 <= action < len(self.actions):
            raise AgoraError(f"action {action}: expected 0 to {len(self.actions) - 1} ({', '.join(self.actions)})")
        if self.noise and self._stream.random() < self.noise:
            other = int(self._stream.integers(len(self.actions) - 1))
            return other + (other >= action)
        return action

    def _cooperators(self, seat: int, cooperative: list[bool]) -> int:
        return sum(cooperative[action] for other, action in enumerate(self._last) if other != seat)

    def _observation(self, seat: int) -> int:
        own = self._last[seat]
        if len(self._last) == 2:
            return 1 + own * len(self.actions) + self._last[1 - seat]
        return 1 + own * len(self._last) + self._cooperators(seat, self.rules["cooperative"])

    def _payoff(self, seat: int) -> float:
        if len(self._last) == 2:
            return float(self.rules["payoffs"][self._last[0]][self._last[1]][seat])
        # The table is by how many of the others take the first action.
        first = self._cooperators(seat, [action == 0 for action in range(len(self.actions))])
        return float(self.rules["payoffs_by_others"][self._last[seat]][first])
