"""The files of a tenant as they are written; `models` is what becomes of them."""

from typing import Annotated

from pydantic import Field, RootModel

from pbx.config.conditions import WrittenWhen
from pbx.config.emergency import WrittenEmergencyRule
from pbx.config.internal_numbers import MAX_INTERNAL, WrittenInternal
from pbx.config.media import WrittenMedia
from pbx.config.parking import WrittenParking
from pbx.config.registration import WrittenLimits
from pbx.config.types import (
    Alone,
    Dialled,
    ExtensionCode,
    ExtensionNumber,
    FeatureCode,
    Language,
    Listed,
    Name,
    OneOrSeveral,
    Strict,
    Text,
    Unique,
)

MAX_SUPERVISED = 64  # entries of one supervisor; whoever looks after more names groups
MAX_STEPS = 200  # of one flow; a larger one is several
MAX_TARGETS = 16  # of one number: four verdicts with an attestation, and room for finer rules
Title = Annotated[str, Field(min_length=1, max_length=64)]
Members = Annotated[tuple[ExtensionNumber, ...], Listed, Unique, Field(min_length=1, max_length=64)]


Supervised = Annotated[str, Field(pattern=r"^(extension|group)/[a-z0-9_-]{1,32}$")]


class WrittenExtension(WrittenLimits):
    """One line of `extensions.yaml`; `supervises` = whose calls it may watch.

    `directory` = callers may find it by name.
    """

    name: Title
    media: WrittenMedia | None = None
    directory: bool = True
    location: Name | None = None
    supervises: Annotated[tuple[Supervised, ...], Listed, Unique, Field(max_length=MAX_SUPERVISED)] = ()


class ExtensionsFile(Strict):
    """`extensions.yaml`."""

    extensions: dict[ExtensionNumber, WrittenExtension]


class WrittenGroup(Strict):
    """One group; all members ring at once."""

    name: Title
    members: Members


class GroupsFile(Strict):
    """`groups.yaml`."""

    groups: dict[Name, WrittenGroup] = Field(default_factory=dict)


class ListsFile(Strict):
    """`lists.yaml`: extensions that a telephone can watch with one subscription."""

    lists: dict[Name, Members] = Field(default_factory=dict)


class WrittenTarget(Strict):
    """Where a number of ours leads: exactly one of the three; `when` = only for such calls.

    `language` = in which its callers are told of a recording.
    """

    flow: Name | None = None
    extension: ExtensionNumber | None = None
    queue: Name | None = None
    language: Language | None = None
    when: WrittenWhen | None = None


Targets = Annotated[
    tuple[WrittenTarget, ...], OneOrSeveral, Field(min_length=1, max_length=MAX_TARGETS), Alone
]


def target_path(number: str, index: int, targets: tuple[WrittenTarget, ...]) -> tuple[str | int, ...]:
    """Return where a target stands: one that stands alone need not be written as a list."""
    return ("inbound", number, index) if len(targets) > 1 else ("inbound", number)


class WrittenOutboundRule(Strict):
    """How calls leave: by which trunk or group of trunks, after which prefix."""

    trunk: Name
    prefix: Annotated[str, Field(pattern=r"^[0-9]?$")] = ""
    caller_id: Dialled | None = None


class WrittenCodes(Strict):
    """What telephones dial instead of a number, or press in a call; None = there is no such code."""

    watch: FeatureCode | None = "*90"
    pickup: ExtensionCode | None = "**"
    pickup_group: FeatureCode | None = "*8"
    pause: FeatureCode | None = "*61"
    resume: FeatureCode | None = "*62"
    withdraw: FeatureCode | None = "*63"
    marketing: FeatureCode | None = "*41"
    service: FeatureCode | None = "*42"
    opt_out: FeatureCode | None = "*43"
    birth_date: FeatureCode | None = "*64"
    digits: FeatureCode | None = "*65"


class DialplanFile(Strict):
    """`dialplan.yaml`."""

    codes: WrittenCodes = WrittenCodes()
    parking: WrittenParking | None = None
    inbound: dict[Dialled, Targets] = Field(default_factory=dict)
    internal: Annotated[dict[ExtensionNumber, WrittenInternal], Field(max_length=MAX_INTERNAL)] = Field(
        default_factory=dict
    )
    outbound: WrittenOutboundRule | None = None
    emergency: WrittenEmergencyRule


class FlowFile(Strict):
    """`flows/NAME.yaml`; the steps are read one by one by `flows`."""

    flow: Name
    start: Name
    steps: Annotated[dict[Name, dict[str, object]], Field(min_length=1, max_length=MAX_STEPS)]


class TextsFile(RootModel[dict[Text, Text]]):
    """`prompts/LANGUAGE/texts.yaml`: the sentences of the flows, and what they are in that language."""


class PromptIndex(RootModel[dict[Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,64}\.wav$")], Text]]):
    """`prompts/LANGUAGE/index.yaml`: which file says which sentence."""
