"""ToneSuspicion: whether a party that agreed to telephone-events should be listened to for tones too.

Gateways and telephones that are set up wrongly promise events and send tones. Their keys are lost, and the
call has to say why. Listening costs, so it is done while a key is likely and nothing is known yet.
"""

FRAME_S = 0.02
LISTEN_S = (
    60.0  # of a party that talks with us and not with a peer; a flow asks for a key in its first minute
)


class ToneSuspicion:
    """Open until the party has pressed a key, in whatever kind, or has been listened to for `LISTEN_S`."""

    __slots__ = ("_left_s",)

    def __init__(self) -> None:
        self._left_s = LISTEN_S

    @property
    def is_open(self) -> bool:
        return self._left_s > 0

    def listened(self) -> None:
        """Another frame was heard."""
        self._left_s -= FRAME_S

    def settle(self) -> None:
        """The party has shown what it sends."""
        self._left_s = 0.0
