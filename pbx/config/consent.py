"""`consent.yaml`: what of consent to recording is the tenant's own decision."""

from typing import Annotated, Literal

from pydantic import Field

from pbx.config.types import ExtensionNumber, FeatureCode, Listed, Strict, Unique

Purpose = Literal["quality", "compliance", "evidence", "fraud"]
BeepName = Literal["region", "off", "us-classic", "fs1037", "gb", "de", "ch", "dk", "au"]
ConsentMode = Literal["none", "notify", "notify_optout", "optin_one", "optin_all", "never"]


class StaffNotice(Strict):
    """Which version of the notice about recording staff has seen, and who acknowledged it."""

    version: Annotated[str, Field(min_length=1, max_length=32)]
    acknowledged: Annotated[tuple[ExtensionNumber, ...], Listed, Unique] = ()


class ConsentSettings(Strict):
    """The rule for callers of unknown region, purposes, the notice to staff, and how consent is withdrawn.

    `withdraw_key` is what any party presses in a call; `refuse` = the call has to be recorded.
    """

    default_unknown: ConsentMode = "notify_optout"
    purposes: Annotated[tuple[Purpose, ...], Listed, Unique, Field(min_length=1)] = ("quality",)
    staff_notice: StaffNotice
    beep: BeepName = "region"
    withdraw_key: FeatureCode | None = None
    withdrawal: Literal["honour", "refuse"] = "honour"
