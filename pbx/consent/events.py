"""What the consent dialogue hears."""

from dataclasses import dataclass

from pbx.media.dialogue import DialogueEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentStarted:
    """The flow reached the recording_consent step."""


ConsentEvent = DialogueEvent | ConsentStarted
