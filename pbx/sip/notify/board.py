"""Board: what is known of the resources that can be watched, and the event packages that show it."""

from pbx.sip.events import MessagesAsked
from pbx.sip.location import Aor, LocationService
from pbx.sip.notify import dialog_info, message_summary, pidf, reg_info, xpidf
from pbx.sip.notify.dialog_info import DialogInfo
from pbx.sip.notify.directory import NOBODY, Directory
from pbx.sip.notify.line import LineDialog
from pbx.sip.notify.message_summary import MessageCounts
from pbx.sip.notify.package import Package, Snapshot
from pbx.sip.notify.pidf import ON_THE_PHONE, Presence
from pbx.sip.notify.publications import Changed, Publications
from pbx.sip.notify.reg_info import RegContact, RegInfo
from pbx.sip.stack import Stack

PRESENCE = "presence"  # RFC 3856
PRESENCE_INTERVAL_S = 5.0  # RFC 3856 §6.10


class Board:
    """Facts by resource, set by the call layer; nothing is kept of a resource in its usual state."""

    __slots__ = ("_counts", "_lines", "_location", "_stack", "publications")

    def __init__(self, stack: Stack, location: LocationService, published: Changed) -> None:
        """`published` hears whose publications have changed."""
        self.publications = Publications(stack, published)
        self._stack, self._location = stack, location
        self._counts: dict[Aor, MessageCounts] = {}
        self._lines: dict[Aor, tuple[LineDialog, ...]] = {}

    @property
    def packages(self) -> tuple[Package, ...]:
        """Every event package we serve."""
        return (
            Package(
                name=dialog_info.NAME,
                content_type=dialog_info.CONTENT_TYPE,
                interval_s=dialog_info.INTERVAL_S,
                look=self._dialogs,
                may_watch=_any_line_or_own_lamp,
            ),
            Package(
                name=message_summary.NAME,
                content_type=message_summary.CONTENT_TYPE,
                interval_s=message_summary.INTERVAL_S,
                look=self._messages,
                may_watch=_own_box,
                ask=self.ask_messages,
            ),
            Package(
                name=PRESENCE,
                content_type=pidf.CONTENT_TYPE,
                interval_s=PRESENCE_INTERVAL_S,
                look=self._presence,
                may_watch=_any_line,
                instead=Package(
                    name=PRESENCE,
                    content_type=xpidf.CONTENT_TYPE,
                    interval_s=PRESENCE_INTERVAL_S,
                    look=self._old_presence,
                    may_watch=_any_line,
                ),
            ),
            Package(
                name=reg_info.NAME,
                content_type=reg_info.CONTENT_TYPE,
                interval_s=reg_info.INTERVAL_S,
                look=self._registrations,
                may_watch=_oneself,
            ),
        )

    def directory(self, tenant: str) -> Directory:
        """Return what may be watched of a tenant."""
        return self._stack.settings.directories.get(tenant, NOBODY)

    def set_line(self, aor: Aor, dialogs: tuple[LineDialog, ...]) -> None:
        """These are the live dialogs of a line now."""
        if dialogs:
            self._lines[aor] = dialogs
        else:
            self._lines.pop(aor, None)

    def ask_messages(self, box: Aor) -> None:
        """Have a box counted."""
        self._stack.emit(MessagesAsked(tenant=box[0], box=box[1]))

    def set_messages(self, box: Aor, counts: MessageCounts) -> None:
        """So many messages are in a box now."""
        self._counts[box] = counts

    def _messages(self, box: Aor, now: float) -> Snapshot | None:
        return self._counts.get(box)

    def _old_presence(self, aor: Aor, now: float) -> Snapshot | None:
        found = self._presence(aor, now)
        return xpidf.OldPresence(presence=found) if isinstance(found, Presence) else None

    def _presence(self, aor: Aor, now: float) -> Snapshot:
        """Merge what the person says with what the telephones do: they know better whether he can talk."""
        said = self.publications.newest(aor) or Presence(is_open=True)
        dialogs = self._lines.get(aor, ())
        is_talking = any(one.state == "confirmed" or one.direction == "initiator" for one in dialogs)
        return Presence(
            is_open=said.is_open and bool(self._location.bindings(aor)),
            activity=ON_THE_PHONE if is_talking else said.activity,
            note=said.note if self.directory(aor[0]).shows_notes else "",
        )

    def _registrations(self, aor: Aor, now: float) -> Snapshot:
        contacts = tuple(RegContact.of(binding) for binding in self._location.bindings(aor))
        return RegInfo(contacts=contacts, at=now)

    def _dialogs(self, aor: Aor, now: float) -> Snapshot:
        shows = self.directory(aor[0]).shows_parties
        return DialogInfo(dialogs=self._lines.get(aor, ()), shows_parties=shows)


def _any_line(directory: Directory, name: str, subscriber: str) -> int:
    return 0 if name in directory.lines else 404


def _any_line_or_own_lamp(directory: Directory, name: str, subscriber: str) -> int:
    """Whether somebody is recorded is told to himself."""
    owner = directory.own_lamps.get(name)
    if owner is None:
        return _any_line(directory, name, subscriber)
    return 0 if subscriber == owner else 403


def _own_box(directory: Directory, name: str, subscriber: str) -> int:
    open_to = directory.boxes.get(name)
    if open_to is None:
        return 404
    return 0 if subscriber in open_to else 403


def _oneself(directory: Directory, name: str, subscriber: str) -> int:
    """Where a telephone is, is its own business (RFC 3680 §7)."""
    if name not in directory.lines:
        return 404
    return 0 if name == subscriber else 403
