"""One kind of step."""

from pbx.config.step_kind import StepKind
from pbx.config.types import Strict
from pbx.ivr.passing_steps import GoTo


class WrittenJump(Strict):
    jump: str


def _jump(written: WrittenJump) -> GoTo:
    return GoTo(step=written.jump)


def test_it_knows_what_it_makes() -> None:
    kind = StepKind(WrittenJump, _jump)
    assert kind.step is GoTo
    assert kind.build(WrittenJump(jump="end")) == GoTo(step="end")
