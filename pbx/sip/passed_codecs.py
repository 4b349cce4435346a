"""Codecs that are only passed on, and when two descriptions mean the same: iLBC (RFC 3952), AMR (RFC 4867).

Within this program the name of such a codec carries the parameters that decide how its packets look, as in
`AMR;octet-align=1;mode-set=0,2`: who sends and who receives have to agree, for nobody here can convert them.
Only what has been understood is in a name, so that nothing else of one party's SDP reaches the other.
"""

import re
from collections.abc import Mapping
from typing import Final

# Relayed between two legs that agree, never decoded.
PASSED_THROUGH: Final = frozenset({"G729", "iLBC", "AMR", "AMR-WB"})
MAX_PARAMETERS: Final = 16  # of one fmtp; RFC 4867 §8 has 11 for RTP, and the rest is padding

# The speech modes of each, RFC 4867 §8.1 and §8.2.
_MODES: Final[Mapping[str, range]] = {"AMR": range(8), "AMR-WB": range(9)}
_MODE_SET = re.compile(r"[0-8](,[0-8]){0,8}", re.ASCII)
# What is allowed for each, the default first, which is never written.
_AMR: Final[Mapping[str, tuple[str, ...]]] = {
    "octet-align": ("0", "1"),
    "crc": ("0", "1"),
    "robust-sorting": ("0", "1"),
    "mode-change-period": ("1", "2"),
    "mode-change-capability": ("1", "2"),
    "mode-change-neighbor": ("0", "1"),
}
_INTERLEAVING = re.compile(r"[1-9][0-9]{0,2}", re.ASCII)  # frame-blocks of a group, RFC 4867 §4.4.1
_OWN: Final = "mode-change-capability"  # of who says so, and no matter of agreement
_ILBC_MODES: Final = ("30", "20")  # ms; RFC 3952 §5: 30 where nothing is said


def plain(name: str) -> str:
    """Return the name without parameters, as an admin writes it."""
    return name.partition(";")[0]


def parameters_of(name: str) -> str:
    """Return the format parameters of a name as SDP has them, "" = none."""
    return name.partition(";")[2].replace(";", "; ")


def with_parameters(name: str, fmtp: str) -> str | None:
    """Return the full name of a codec with these format parameters; None when they make no sense.

    What is unknown is as if it were not there (RFC 4867 §8.3.1), and so is how much redundancy there may be.
    """
    if name == "iLBC":
        mode = _parameters(fmtp).get("mode", _ILBC_MODES[0])
        return f"iLBC;mode={mode}" if mode in _ILBC_MODES else None
    if name not in _MODES:
        return name
    found = _parameters(fmtp)
    said = _amr(found, _MODES[name])
    return None if said is None else ";".join([name, *(f"{key}={value}" for key, value in said.items())])


def packet_ms(name: str, wanted_ms: int) -> int:
    """Return the packet time that a codec can have nearest to what is wanted: iLBC has frames of its mode."""
    if plain(name) != "iLBC":
        return wanted_ms
    frame_ms = int(name.partition("mode=")[2])
    return max(wanted_ms // frame_ms, 1) * frame_ms


def fits(answered: str, offered: str) -> bool:
    """Whether who answers this to an offer of that sends and takes what who offers does.

    An answer may choose among all modes where none are named, and the longer frame of iLBC.
    """
    if answered == offered:
        return True
    name = plain(answered)
    if name != plain(offered) or name not in PASSED_THROUGH:
        return False
    if name == "iLBC":
        return answered == "iLBC;mode=30"
    ours, theirs = _split(answered), _split(offered)
    if "mode-set" not in theirs:
        ours.pop("mode-set", None)
    return ours == theirs


def _split(name: str) -> dict[str, str]:
    pairs = (one.partition("=") for one in name.split(";")[1:])
    return {key: value for key, _, value in pairs if key != _OWN}


def _parameters(fmtp: str) -> dict[str, str]:
    pairs = (one.partition("=") for one in fmtp.split(";")[:MAX_PARAMETERS])
    return {key.strip().lower(): value.strip() for key, _, value in pairs}


def _amr(found: Mapping[str, str], modes: range) -> dict[str, str] | None:
    said: dict[str, str] = {}
    for key, allowed in _AMR.items():
        value = found.get(key, allowed[0])
        if value not in allowed:
            return None
        if value != allowed[0]:
            said[key] = value
    if "interleaving" in found:
        if _INTERLEAVING.fullmatch(found["interleaving"]) is None:
            return None
        said["interleaving"] = found["interleaving"]
    if "mode-set" in found:
        chosen = _chosen(found["mode-set"], modes)
        if chosen is None:
            return None
        if chosen:
            said["mode-set"] = chosen
    if not said.keys().isdisjoint(("crc", "robust-sorting", "interleaving")):
        said["octet-align"] = "1"  # RFC 4867 §8.1: each of them implies it
    return dict(sorted(said.items()))


def _chosen(text: str, modes: range) -> str | None:
    """Return a set of modes in order, "" for all of them, None for what is none."""
    text = text.replace(" ", "")
    if _MODE_SET.fullmatch(text) is None:
        return None
    chosen = sorted({int(mode) for mode in text.split(",")})
    if chosen[-1] not in modes:
        return None
    return "" if len(chosen) == len(modes) else ",".join(map(str, chosen))
