"""The parameters of Opus in SDP that tell its sender what to do (RFC 7587 §6.1)."""

from pbx.core.audio import OpusWish

BIT_RATES = range(6_000, 510_001)  # a value outside of them is ignored
MIN_PLAYBACK_RATE, MAX_PLAYBACK_RATE = 8_000, 48_000
MAX_DIGITS = 9


def opus_wish(parameters: str) -> OpusWish:
    """Return what a peer's fmtp asks of us; what is malformed or unknown is as if it were not there.

    `stereo` asks for what we do not send, and what begins with `sprop-` is about the peer's own packets.
    """
    pairs = (one.partition("=") for one in parameters.split(";"))
    found = {name.strip().lower(): value.strip() for name, _, value in pairs}
    numbers = {
        name: int(value)
        for name, value in found.items()
        if value.isascii() and value.isdigit() and len(value) <= MAX_DIGITS
    }
    usual = OpusWish()
    bit_rate = numbers.get("maxaveragebitrate", 0)
    rate = numbers.get("maxplaybackrate", MAX_PLAYBACK_RATE)
    return OpusWish(
        max_rate=min(max(rate, MIN_PLAYBACK_RATE), MAX_PLAYBACK_RATE),
        max_bit_rate=bit_rate if bit_rate in BIT_RATES else usual.max_bit_rate,
        constant=numbers.get("cbr") == 1,
        fec=numbers.get("useinbandfec") == 1,
        dtx=numbers.get("usedtx") == 1,
    )
