"""What a queue has come to since the start, for wallboards and metrics (ACD-15)."""

from dataclasses import dataclass, field

N_TALKS = 20  # the mean of the last: an hour of a busy agent, so that an estimate follows the day
SHORT_S = 5.0  # who hangs up sooner has misdialled: he counts as nobody's caller


@dataclass(slots=True)
class QueueCounts:
    """Calls by how their waiting ended; `in_time` of the answered ones came within the service level."""

    answered: int = 0
    in_time: int = 0
    abandoned: int = 0
    short: int = 0
    timeout: int = 0
    full: int = 0
    no_agents: int = 0
    exit: int = 0
    callback: int = 0
    waited_s: float = 0.0
    _talks: list[float] = field(default_factory=list)

    @property
    def service_level(self) -> float | None:
        """The share of those who waited in earnest that was answered in time, 0 to 1; None = nobody yet."""
        n_all = self.answered + self.abandoned + self.timeout + self.exit
        return self.in_time / n_all if n_all else None

    @property
    def mean_talk_s(self) -> float | None:
        """How long a talk lasts, None = nobody knows yet."""
        return sum(self._talks) / len(self._talks) if self._talks else None

    def talked(self, seconds: float) -> None:
        """A talk was so long, with what came after it."""
        self._talks = [*self._talks, seconds][-N_TALKS:]

    def left(self, outcome: str, waited_s: float) -> None:
        """A caller has left without having been answered."""
        kind = "short" if outcome == "abandoned" and waited_s < SHORT_S else outcome
        setattr(self, kind, getattr(self, kind) + 1)

    def reached(self, waited_s: float, level_s: float) -> None:
        """An agent has answered."""
        self.answered += 1
        self.in_time += waited_s <= level_s
        self.waited_s += waited_s
