"""Words for labels: what peers, disks and bugs say becomes one of a few words of ours, the rest `other`."""

import errno
import os

from pbx.call.guests import NOT_RECORDED
from pbx.call.leg import TRANSFERRED
from pbx.call.park import ABANDONED
from pbx.call.rescue import MEDIA_LOST
from pbx.call.supervision import OVER
from pbx.fraud.guard import AT_ONCE
from pbx.media.refusals import Refusal
from pbx.sip.causes import ENDINGS

OTHER = "other"

# What call records say (`CallRecord.cause`), but for SIP statuses; the first are `LegEnded.how`.
_CALL_CAUSES = frozenset(
    {
        "bye",
        "cancel",
        "no_ack",
        "no_prack",
        "no_sdp",
        "session_expired",
        "timeout",
        "transport",
        "flow_ended",
        "internal_error",
        "media_failed",
        "media_timeout",
        "shutdown",
        "too_long",
        ABANDONED,
        MEDIA_LOST,
        NOT_RECORDED,
        OVER,
        TRANSFERRED,
        *ENDINGS,
    }
)
_NO_MEDIA = "no common media"
_STATUSES = {
    401: "unauthorized",
    403: "forbidden",
    404: "unknown_number",
    407: "unauthorized",
    408: "no_answer",
    410: "unknown_number",
    480: "no_answer",
    484: "unknown_number",
    486: "busy",
    487: "cancel",
    488: "no_common_media",
    600: "busy",
    603: "declined",
    604: "unknown_number",
    606: "no_common_media",
    607: "declined",
    608: "declined",
}
_CLASSES = {"3": "redirected", "4": "refused", "5": "unavailable", "6": "refused"}

_NO_SPACE = tuple(os.strerror(code) for code in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG))
_DISK = tuple(os.strerror(code) for code in (errno.EIO, errno.EROFS, errno.EACCES, errno.EMFILE))
# The reason of a failed recording: by a part of what is said of it, the first that fits.
_REASONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("no_key", ("no recording key",)),
    ("no_worker", (Refusal.NO_WORKER,)),
    ("spool_full", (" % full", *_NO_SPACE)),
    ("stalled", ("the spool does not answer", "no answer")),
    ("disk", (*_DISK, "input/output error")),
    ("lost", ("the journal was lost",)),
    ("unreadable", ()),
    ("internal", ("internal error", "unknown leg", "already recording")),
)
UNREADABLE = "unreadable"
RECORDING_REASONS = (*(word for word, _ in _REASONS), OTHER)


def status_cause(status: int) -> str:
    """Return the word for a final SIP status that is a failure."""
    return _STATUSES.get(status) or _CLASSES.get(str(status)[:1], OTHER)


def call_cause(cause: str) -> str:
    """Return the word for the cause in a call record, which may quote a peer."""
    if cause in _CALL_CAUSES:
        return cause
    if len(cause) == 3 and cause.isascii() and cause.isdigit():
        return status_cause(int(cause))
    if cause in AT_ONCE:
        return "toll_limit"
    return "no_common_media" if cause.startswith(_NO_MEDIA) else OTHER


def recording_reason(said: str) -> str:
    """Return the word for why a recording failed, which may quote a disk."""
    return next((word for word, parts in _REASONS if any(part in said for part in parts)), OTHER)
