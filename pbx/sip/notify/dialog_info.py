"""dialog-info: which calls a line has (RFC 4235)."""

from dataclasses import dataclass, replace

from pbx.sip.notify.line import LineDialog
from pbx.sip.notify.package import Snapshot
from pbx.sip.notify.xml import Element, add, document, root
from pbx.sip.uri import SipUri, parse_uri

NAME = "dialog"
CONTENT_TYPE = "application/dialog-info+xml"
NAMESPACE = "urn:ietf:params:xml:ns:dialog-info"
INTERVAL_S = 1.0  # RFC 4235 §3.10


@dataclass(frozen=True, slots=True, kw_only=True)
class DialogInfo:
    """The live dialogs of a line; `shows_parties` False = a watcher is not told who talks with it."""

    dialogs: tuple[LineDialog, ...] = ()
    shows_parties: bool = False

    def document(self, entity: str, version: int, before: Snapshot | None) -> bytes:
        """Return the full state; dialogs that have ended since `before` are in it once, as terminated."""
        top = root("dialog-info", NAMESPACE, {"version": str(version), "state": "full", "entity": entity})
        for dialog in self.dialogs:
            self._add(top, entity, dialog, dialog.state)
        for dialog in self._ended(before):
            self._add(top, entity, replace(dialog, remote_user=""), "terminated")
        return document(top)

    def _ended(self, before: Snapshot | None) -> list[LineDialog]:
        if not isinstance(before, DialogInfo):
            return []
        alive = {dialog.id for dialog in self.dialogs}
        return [dialog for dialog in before.dialogs if dialog.id not in alive]

    def _add(self, top: Element, entity: str, dialog: LineDialog, state: str) -> None:
        one = add(top, "dialog", id=dialog.id, direction=dialog.direction)
        add(one, "state", state)
        if not self.shows_parties or not dialog.remote_user:
            return
        add(add(one, "local"), "identity", entity)
        remote = add(one, "remote")
        uri = str(SipUri("sip", dialog.remote_user, parse_uri(entity).host))
        display = {"display": dialog.remote_display} if dialog.remote_display else {}
        add(remote, "identity", uri, **display)
        add(remote, "target", uri=uri)
