"""Keys: what a party pressed, once, however many ways it comes: RFC 4733, tones, SIP INFO."""

from pbx.core.audio import DigitKind
from pbx.core.secret import Secret
from pbx.media.dialogue import DigitPressed
from pbx.media.digit_merger import ALL_KINDS, DigitMerger
from pbx.media.dtmf import Digit
from pbx.media.events import DigitReceived
from pbx.sip.events import InfoDigit


class Keys:
    """The keys of one leg; which kinds count is the media worker's affair."""

    __slots__ = ("_merger",)

    def __init__(self) -> None:
        self._merger = DigitMerger(ALL_KINDS)

    def pressed(self, event: DigitReceived | InfoDigit, now: float) -> list[DigitPressed]:
        """Return the key when it is news."""
        kind: DigitKind = event.kind if isinstance(event, DigitReceived) else "info"
        digit = Digit(event.digit.reveal(), event.duration_ms)
        return [DigitPressed(digit=Secret(one.key)) for one in self._merger.handle(kind, digit, now)]
