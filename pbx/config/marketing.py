"""`marketing.yaml`: whose calls are marketing, on whose behalf, and the policy that it becomes."""

from collections.abc import Iterable
from typing import Annotated, Any, Protocol

from pydantic import BeforeValidator, Field, WithJsonSchema

from pbx.config.read import Read
from pbx.config.types import Dialled, ExtensionNumber, FeatureCode, Listed, Name, Strict, Unique
from pbx.core.phone import full_number
from pbx.dialplan.rules import DidRule, MarketingRule
from pbx.marketing.policy import OPT_OUT_KEY, MarketingPolicy
from pbx.marketing.week import Week, parse_week

MAX_EXTENSIONS = 1_000
MAX_NUMBERS = 1_000
MAX_REGIONS = 100


def _week(value: Any) -> Week:
    return parse_week(value)


Hours = Annotated[
    Week,
    BeforeValidator(_week),
    WithJsonSchema({"title": "days with their hours, such as {mon-fri: [08:00-21:00]}", "type": "object"}),
]
Region = Annotated[str, Field(pattern=r"^[A-Z]{2}(-[A-Z0-9]{1,3})?$")]


class MarketingFile(Strict):
    """`marketing.yaml`; without it no extension calls for marketing but behind the code."""

    controller: Name | None = None
    campaign: Name | None = None
    extensions: Annotated[tuple[ExtensionNumber, ...], Listed, Unique, Field(max_length=MAX_EXTENSIONS)] = ()
    numbers: Annotated[tuple[Dialled, ...], Listed, Unique, Field(max_length=MAX_NUMBERS)] = ()
    hours: Annotated[dict[Region, Hours], Field(max_length=MAX_REGIONS)] = Field(default_factory=dict)
    opt_out_key: FeatureCode | None = OPT_OUT_KEY


class Home(Protocol):
    """Of `tenant.yaml`: whose policy it is, and where its numbers are."""

    @property
    def tenant(self) -> str: ...

    @property
    def country(self) -> str: ...


def marketing_policy(
    read: Read[MarketingFile] | None, home: Home, dids: Iterable[DidRule]
) -> MarketingPolicy:
    """Return the policy; people may be shown the numbers at which the tenant is called, and those written."""
    written = read.model if read is not None else MarketingFile()
    numbers = {full_number(number, home.country) or "" for number in written.numbers}
    return MarketingPolicy(
        controller=written.controller or home.tenant,
        campaign=written.campaign or "",
        numbers=frozenset((numbers | {rule.number for rule in dids}) - {""}),
        hours=written.hours,
        opt_out_key=written.opt_out_key,
    )


def marketing_rule(read: Read[MarketingFile] | None) -> MarketingRule | None:
    """Return which extensions call for marketing, None = none of them."""
    if read is None or not read.model.extensions:
        return None
    return MarketingRule(
        extensions=frozenset(read.model.extensions), place=read.document.place(("extensions",))
    )
