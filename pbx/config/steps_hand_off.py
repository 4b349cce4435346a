"""The step `hand_off` of a flow as it is written, and what it becomes."""

from typing import Annotated

from pydantic import AfterValidator, Field

from pbx.config.step_kind import StepKind
from pbx.config.steps_http import MAX_PATH, MAX_TAKEN, Secrets
from pbx.config.steps_http import Path as AskedPath
from pbx.config.types import Listed, Name, Strict, Unique
from pbx.ivr.hand_off import HandOff

MAX_LEADS = 50  # steps of the flow


def _fixed(path: str) -> str:
    if "{" in path or "}" in path:
        raise ValueError("the path is fixed: what the program is told stands in the body, see send")
    return path


class HandOffArguments(Strict):
    server: Name
    path: Annotated[AskedPath, Field(max_length=MAX_PATH), AfterValidator(_fixed)] = "/"
    send: Annotated[tuple[Name, ...], Listed, Unique, Field(max_length=MAX_TAKEN)] = ()
    send_secret: Secrets = ()


class WrittenHandOff(Strict):
    hand_off: HandOffArguments
    leads_to: Annotated[tuple[Name, ...], Listed, Unique, Field(max_length=MAX_LEADS)] = ()
    failed: Name


def _hand_off(step: WrittenHandOff) -> HandOff:
    asked = step.hand_off
    return HandOff(
        server=asked.server,
        path=asked.path,
        send=asked.send,
        secrets=asked.send_secret,
        leads_to=step.leads_to,
        failed=step.failed,
    )


STEPS: dict[str, StepKind] = {"hand_off": StepKind(WrittenHandOff, _hand_off)}
