"""The files of a tenant as they are written; `models` is what becomes of them."""

from typing import Annotated

from pydantic import Field, RootModel

from pbx.config.registration import WrittenLimits
from pbx.config.types import (
    Dialled,
    ExtensionNumber,
    Listed,
    Name,
    Strict,
    Text,
    Unique,
)

Title = Annotated[str, Field(min_length=1, max_length=64)]
Members = Annotated[tuple[ExtensionNumber, ...], Listed, Unique, Field(min_length=1, max_length=64)]


class WrittenExtension(WrittenLimits):
    """One line of `extensions.yaml`."""

    name: Title


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
    """Where a number of ours leads: exactly one of the two."""

    flow: Name | None = None
    extension: ExtensionNumber | None = None


class WrittenOutboundRule(Strict):
    """How calls leave: by which trunk or group of trunks, after which prefix."""

    trunk: Name
    prefix: Annotated[str, Field(pattern=r"^[0-9]?$")] = ""
    caller_id: Dialled | None = None


class WrittenEmergencyRule(Strict):
    """How emergency calls leave: by a trunk or a group of trunks."""

    trunk: Name
    caller_id: Dialled | None = None


class DialplanFile(Strict):
    """`dialplan.yaml`."""

    inbound: dict[Dialled, WrittenTarget] = Field(default_factory=dict)
    outbound: WrittenOutboundRule | None = None
    emergency: WrittenEmergencyRule


class FlowFile(Strict):
    """`flows/NAME.yaml`; the steps are read one by one by `flows`."""

    flow: Name
    start: Name
    steps: Annotated[dict[Name, dict[str, object]], Field(min_length=1, max_length=200)]


class PromptIndex(RootModel[dict[Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,64}\.wav$")], Text]]):
    """`prompts/LANGUAGE/index.yaml`: which file says which sentence."""
