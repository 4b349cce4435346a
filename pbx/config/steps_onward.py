"""The step `transfer` of a flow: where the caller is sent, and what becomes of it."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, GetJsonSchemaHandler, model_validator
from pydantic_core import CoreSchema

from pbx.config.step_kind import StepKind
from pbx.config.types import Dialled, Duration, ExtensionNumber, Name, Strict
from pbx.ivr.onward import Transfer
from pbx.ivr.timing import Timing

_TARGET = r"^((extension|group)/[a-z0-9_-]{1,32}|flow/[a-z][a-z0-9_-]{0,31})$"


class WrittenOutside(Strict):
    """A number outside, whose calls are those of `account`."""

    to: Annotated[str, Field(pattern=_TARGET)] | None = None
    number: Dialled | None = None
    account: ExtensionNumber | None = None

    @model_validator(mode="after")
    def _fits(self) -> "WrittenOutside":
        if (self.to is None) == (self.number is None):
            raise ValueError("expected to, an extension, a group or a flow, or a number outside")
        if self.number is not None and self.account is None:
            raise ValueError("whose call is it? write account: the extension with whose rights it goes out")
        if self.account is not None and self.number is None:
            raise ValueError("account goes with number only: who is called inside costs nothing")
        return self

    @property
    def target(self) -> str:
        """`extension/1001`, `group/support`, `flow/night`, or `number/` and what is dialled."""
        return self.to if self.to is not None else f"number/{self.number}"


def _target(value: Any) -> Any:
    if isinstance(value, str):
        return {"to": value}
    if not isinstance(value, Mapping | WrittenOutside):
        raise ValueError("expected text; what looks like a number needs quotes")
    return value


class _SchemaOfTarget:
    """What is not a number needs no section."""

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"anyOf": [{"type": "string", "pattern": _TARGET}, handler(core)]}


class WrittenTransfer(Strict):
    transfer: Annotated[WrittenOutside, BeforeValidator(_target), _SchemaOfTarget()]
    ring_s: Annotated[Duration, Field(ge=1)] = Field(default=25.0, alias="for")
    failed: Name | None = None
    busy: Name | None = None

    @model_validator(mode="after")
    def _leads_on(self) -> "WrittenTransfer":
        is_flow = self.transfer.target.startswith("flow/")
        if is_flow and (self.failed is not None or self.busy is not None):
            raise ValueError("another flow never fails: leave failed and busy out")
        if not is_flow and self.failed is None:
            raise ValueError("the key failed is missing: where does the caller go whom nobody answers?")
        return self


def _transfer(written: WrittenTransfer) -> Transfer:
    account = written.transfer.account or ""
    return Transfer(
        target=written.transfer.target,
        ring_s=written.ring_s,
        busy=written.busy or written.failed,
        failed=written.failed,
        timing=Timing(account=account, asks_key=not account),
    )


STEPS: dict[str, StepKind] = {"transfer": StepKind(WrittenTransfer, _transfer)}
