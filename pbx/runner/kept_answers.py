"""Answers of programs that count for a while, the oldest of so many going first."""

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

from pbx.core.io.clock import monotonic
from pbx.ivr.program_steps import ProgramAnswer

MAX_KEPT = 1000  # answers of one tenant and kind: 16 values of 64 characters each, 1 MB


def key_of(*question: Any) -> bytes:
    """Return what an answer is kept under: what callers entered is not kept in the clear."""
    return hashlib.sha256(json.dumps(question, sort_keys=True).encode()).digest()


@dataclass(slots=True)
class KeptAnswers:
    """By question."""

    _kept: dict[bytes, tuple[float, ProgramAnswer]] = field(default_factory=dict)

    def known(self, key: bytes) -> ProgramAnswer | None:
        """Return an answer that still counts."""
        until, answer = self._kept.get(key, (0.0, None))
        return answer if monotonic() < until else None

    def keep(self, key: bytes, answer: ProgramAnswer, keep_s: float) -> None:
        """Let it count for so long; a failure never does."""
        if not keep_s or answer.outcome == "failed":
            return
        self._kept.pop(key, None)
        if len(self._kept) >= MAX_KEPT:
            del self._kept[next(iter(self._kept))]
        self._kept[key] = (monotonic() + keep_s, answer)
