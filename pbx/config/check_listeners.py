"""Holds the listeners of `pbx.yaml` against each other and against the certificates there are."""

from pbx.config.marks import Path as MarkPath
from pbx.config.models import PbxSettings
from pbx.config.read import Read
from pbx.core.errors import ConfigError


def check_listeners(pbx: Read[PbxSettings], *, has_certificate: bool) -> list[ConfigError]:
    """Return what would keep a listener from being of use; `has_certificate` = a tenant brings one."""
    sip, document = pbx.model.sip, pbx.document
    taken: set[tuple[str, bool]] = {(transport, ":" in sip.host) for transport in sip.transports}
    errors: list[ConfigError] = []
    for index, listener in enumerate(sip.listeners):
        path: MarkPath = ("sip", "listeners", index)
        key = (listener.transport, ":" in listener.host)
        if key in taken:
            message = f"a Via can name one {listener.transport} address of an IP family, this is another"
            errors.append(document.error((*path, "transport"), message))
        taken.add(key)
        if listener.transport in ("tls", "wss") and sip.certificate is None and not has_certificate:
            message = f"{listener.transport} needs sip.certificate, or one in a tenant.yaml"
            errors.append(document.error((*path, "transport"), message))
        if listener.transport in ("ws", "wss") and not (
            sip.websocket.origins or sip.websocket.without_origin
        ):
            message = "nobody may connect: name sip.websocket.origins"
            errors.append(document.error((*path, "transport"), message))
    for path, advertise, host in (
        (("sip", "advertise"), sip.advertise, sip.host),
        *((("sip", "listeners", i, "advertise"), o.advertise, o.host) for i, o in enumerate(sip.listeners)),
    ):
        if advertise is not None and (":" in advertise) != (":" in host):
            errors.append(document.error(path, "the address is not of the listener's IP family"))
    return errors
