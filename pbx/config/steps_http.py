"""The step `http` of a flow: a question to a server of the tenant as it is written, and what it becomes."""

from typing import Annotated

from pydantic import AfterValidator, Field

from pbx.config.step_kind import StepKind
from pbx.config.types import Duration, Listed, Name, Strict, Unique, written
from pbx.core.json_pointer import pointer_parts
from pbx.ivr.placeholders import placeholders
from pbx.ivr.program_steps import AskHttp

MAX_TAKEN = 16  # variables of one step
MAX_TOLD = 32  # members of a body
MAX_PATH = 1000  # characters, before values are filled in
HOUR_S = 3600.0


def _path(text: str) -> str:
    if not text.startswith("/") or not text.isascii() or not text.isprintable() or set(' #"<>') & set(text):
        raise ValueError("expected a path such as /orders?number={order}, without blanks")
    before = text.partition("?")[0]
    if "{" in before or "}" in before:
        raise ValueError("the path is fixed: values may stand behind the ? only")
    if ".." in before.split("/"):
        raise ValueError("the path leads out of where the server's url leads")
    placeholders(text)
    return text


def _told(text: str) -> str:
    placeholders(text)
    return text


def _pointer(text: str) -> str:
    pointer_parts(text)
    return text


Path = Annotated[
    str,
    Field(max_length=MAX_PATH),
    AfterValidator(_path),
    written("a path such as /orders?number={order}", most=MAX_PATH),
]
Member = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,63}$")]
Told = Annotated[str, Field(max_length=500), AfterValidator(_told)]
Pointer = Annotated[str, Field(max_length=200), AfterValidator(_pointer), written("a JSON pointer", most=200)]
Taken = Annotated[dict[Name, Pointer], Field(max_length=MAX_TAKEN)]
Secrets = Annotated[tuple[Name, ...], Listed, Unique, Field(max_length=MAX_TAKEN)]


class HttpArguments(Strict):
    server: Name
    path: Path
    body: Annotated[dict[Member, Told], Field(max_length=MAX_TOLD)] | None = None
    take: Taken = Field(default_factory=dict)
    keep: Annotated[Duration, Field(ge=1.0, le=HOUR_S)] | None = None
    send_secret: Secrets = ()


class WrittenHttp(Strict):
    http: HttpArguments
    next: Name
    not_found: Name | None = None
    failed: Name


def _http(step: WrittenHttp) -> AskHttp:
    asked = step.http
    return AskHttp(
        server=asked.server,
        path=asked.path,
        body=dict(asked.body) if asked.body is not None else None,
        take=dict(asked.take),
        keep_s=asked.keep or 0.0,
        secrets=asked.send_secret,
        next=step.next,
        not_found=step.not_found,
        failed=step.failed,
    )


STEPS: dict[str, StepKind] = {"http": StepKind(WrittenHttp, _http)}
