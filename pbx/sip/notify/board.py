"""Board: what is known of the resources that can be watched, and the event packages that show it."""

from pbx.sip.location import Aor, LocationService
from pbx.sip.notify import dialog_info
from pbx.sip.notify.dialog_info import DialogInfo
from pbx.sip.notify.directory import NOBODY, Directory
from pbx.sip.notify.line import LineDialog
from pbx.sip.notify.package import Package, Snapshot
from pbx.sip.stack import Stack


class Board:
    """Facts by resource, set by the call layer; nothing is kept of a resource in its usual state."""

    __slots__ = ("_lines", "_location", "_stack")

    def __init__(self, stack: Stack, location: LocationService) -> None:
        self._stack, self._location = stack, location
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
                may_watch=_any_line,
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

    def _dialogs(self, aor: Aor, now: float) -> Snapshot:
        shows = self.directory(aor[0]).shows_parties
        return DialogInfo(dialogs=self._lines.get(aor, ()), shows_parties=shows)


def _any_line(directory: Directory, name: str, subscriber: str) -> int:
    return 0 if name in directory.lines else 404
