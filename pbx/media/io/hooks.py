"""How a leg reaches its host."""

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from pbx.media.dtls_identity import DtlsIdentity
from pbx.media.events import MediaEvent

if TYPE_CHECKING:
    from pbx.media.io.leg import RtpLeg


class Hooks(NamedTuple):
    """Facts, its own end, that who is relayed or pulled may have changed, and who we are to DTLS peers."""

    emit: Callable[[MediaEvent], None]
    failed: Callable[["RtpLeg", Exception], None]
    changed: Callable[["RtpLeg"], None]
    identity: Callable[[], DtlsIdentity]
