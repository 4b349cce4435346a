"""`consent.yaml`: what of consent to recording is the tenant's own decision."""

from datetime import date, datetime
from typing import Annotated, Literal, Self, get_args

from pydantic import Field, model_validator

from pbx.config.law import Region, WrittenPlaces
from pbx.config.types import ExtensionNumber, FeatureCode, Listed, Strict, Unique

Purpose = Literal["quality", "compliance", "evidence", "fraud"]
BeepName = Literal["region", "off", "us-classic", "fs1037", "gb", "de", "ch", "dk", "au"]
TenantOverlay = Literal["fca", "vulnerable"]  # pci and emergency are of a moment, not of a tenant
ConsentMode = Literal["none", "notify", "notify_optout", "optin_one", "optin_all", "never"]

FLOOR: ConsentMode = "notify_optout"  # of callers who may be anywhere; anything laxer takes two people
_MODES: tuple[ConsentMode, ...] = get_args(ConsentMode)
Person = Annotated[str, Field(min_length=1, max_length=64)]


class Approval(Strict):
    """Two people who answer for a rule below the floor, why, and until when (C-10)."""

    reason: Annotated[str, Field(min_length=10, max_length=500)]
    requested_by: Person
    approved_by: Person
    expires_on: Annotated[date, Field(strict=False)]  # YAML gives it as text

    @model_validator(mode="after")
    def _by_two(self) -> Self:
        if self.requested_by.strip().casefold() == self.approved_by.strip().casefold():
            raise ValueError("who approves it is somebody else than who requested it")
        return self


class StaffNotice(Strict):
    """Which version of the notice about recording staff has seen, and who acknowledged it."""

    version: Annotated[str, Field(min_length=1, max_length=32)]
    acknowledged: Annotated[tuple[ExtensionNumber, ...], Listed, Unique] = ()


class ConsentSettings(Strict):
    """Callers of unknown region, purposes, the notice to staff, and how consent is withdrawn.

    `floors` are what regions have at least. `overlays` hold for all calls, beside the rules of the regions.
    `withdraw_key` is what any party presses in a call; `refuse` = the call has to be recorded. `joiner` is
    what becomes of a recording when somebody joins who says no or nothing.
    """

    default_unknown: ConsentMode = FLOOR
    default_unknown_approval: Approval | None = None
    floors: dict[Region, ConsentMode] = Field(default_factory=dict)
    places: WrittenPlaces = WrittenPlaces()
    overlays: Annotated[tuple[TenantOverlay, ...], Listed, Unique] = ()
    purposes: Annotated[tuple[Purpose, ...], Listed, Unique, Field(min_length=1)] = ("quality",)
    staff_notice: StaffNotice
    beep: BeepName = "region"
    withdraw_key: FeatureCode | None = None
    withdrawal: Literal["honour", "refuse"] = "honour"
    joiner: Literal["exclude_leg", "stop_all"] = "exclude_leg"

    @model_validator(mode="after")
    def _laxer_takes_two(self) -> Self:
        if self._is_lax and self.default_unknown_approval is None:
            raise ValueError(
                f"default_unknown: {self.default_unknown} is laxer than {FLOOR}, which takes "
                "default_unknown_approval with reason, requested_by, approved_by and expires_on"
            )
        return self

    def default_for(self, now: datetime) -> ConsentMode:
        """Return the rule for who may be anywhere: the floor once an approval has expired."""
        approval = self.default_unknown_approval
        if self._is_lax and (approval is None or now.date() > approval.expires_on):
            return FLOOR
        return self.default_unknown

    @property
    def _is_lax(self) -> bool:
        return _MODES.index(self.default_unknown) < _MODES.index(FLOOR)
