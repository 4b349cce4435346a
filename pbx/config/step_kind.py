"""One kind of step: how it is written, and what it becomes."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, get_type_hints

from pbx.config.types import Strict
from pbx.ivr.step import Step


@dataclass(frozen=True, slots=True)
class StepKind:
    """`build` makes the step of what is `written`."""

    written: type[Strict]
    build: Callable[[Any], Step]

    @property
    def step(self) -> type[Step]:
        """The class of the steps that it makes."""
        made: type[Step] = get_type_hints(self.build)["return"]
        return made
