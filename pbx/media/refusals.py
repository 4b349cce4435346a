"""Why a leg gets no port: the reasons of LegFailed that somebody acts upon."""

from enum import StrEnum


class Refusal(StrEnum):
    """Every one of them is the caller's 503 in the end."""

    DRAINING = "worker is draining"  # another one may take the leg
    NO_PORT = "no free RTP port"
    NO_WORKER = "the media worker is down"
