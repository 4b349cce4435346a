"""ResourceList: many resources in one subscription (RFC 4662): RLMI and the documents it points to."""

from pbx.core.ids import Ids, hex_id
from pbx.sip.location import Aor
from pbx.sip.notify.content import Body
from pbx.sip.notify.directory import Directory
from pbx.sip.notify.package import Package, Snapshot, Topic
from pbx.sip.notify.xml import add, document, root

OPTION_TAG = "eventlist"
MULTIPART = "multipart/related"
RLMI = "application/rlmi+xml"
NAMESPACE = "urn:ietf:params:xml:ns:rlmi"
_INSTANCE = "0"  # RFC 4662 §5.4: one instance of each resource, as nothing here forks


class ResourceList:
    """A named list of lines; after the first NOTIFY only those lines are told that have changed."""

    __slots__ = ("_changed", "_entity", "_ids", "_name", "_told", "_topics", "_version", "_versions")

    def __init__(self, name: str, entity: str, topics: tuple[Topic, ...], ids: Ids) -> None:
        """`topics` are those of the members, in their order, at least one."""
        self._name, self._entity, self._ids = name, entity, ids
        self._topics = {topic.aor: topic for topic in topics}
        self._told: dict[Aor, Snapshot | None] = {}
        self._versions: dict[Aor, int] = {}
        self._version = 0
        self._changed: dict[Aor, None] = {}

    @property
    def watched(self) -> tuple[Aor, ...]:
        return tuple(self._topics)

    @property
    def package(self) -> Package:
        return next(iter(self._topics.values())).package

    def refusal(self, directory: Directory, subscriber: str) -> str:
        members = tuple(user for _, user in self._topics)
        if directory.lists.get(self._name) != members:
            return "deactivated"  # the telephone subscribes again and gets the new list
        refused = any(self.package.may_watch(directory, user, subscriber) for user in members)
        return "noresource" if refused else ""

    def is_known(self, now: float) -> bool:
        return all(self._look(aor, now) is not None for aor in self._topics)

    def note(self, aor: Aor) -> None:
        self._changed[aor] = None

    def has_news(self, now: float) -> bool:
        """Only the members that were noted are looked at: a list costs what changes, not what it has."""
        for aor in list(self._changed):
            if aor in self._told and self._look(aor, now) == self._told[aor]:
                del self._changed[aor]
        return bool(self._changed)

    def restart(self) -> None:
        self._told.clear()
        self._changed = dict.fromkeys(self._topics)

    def compose(self, now: float) -> Body:
        """Return the list with the members that have changed; the first time and after a SUBSCRIBE all."""
        is_full = not self._told
        mark = hex_id(self._ids, 8)
        version = {"version": str(self._version), "fullState": "true" if is_full else "false"}
        top = root("list", NAMESPACE, {"uri": self._entity, **version})
        parts: list[tuple[str, str, bytes]] = []
        changed = [aor for aor in self._topics if aor in self._changed]
        for n, aor in enumerate(changed):
            resource = add(top, "resource", uri=self._topics[aor].entity)
            state = self._document(aor, now)
            if state is not None:
                cid = f"{n}.{mark}"
                add(resource, "instance", id=_INSTANCE, state="active", cid=cid)
                parts.append((cid, self.package.content_type, state))
        self._version += 1
        self._changed.clear()
        first = (f"list.{mark}", f'{RLMI};charset="UTF-8"', document(top))
        content_type = f'{MULTIPART};type="{RLMI}";start="<list.{mark}>";boundary="{mark}"'
        fields = (("Require", OPTION_TAG), ("Content-Type", content_type))
        return Body(octets=_multipart(mark, [first, *parts]), fields=fields)

    def _document(self, aor: Aor, now: float) -> bytes | None:
        state, version = self._look(aor, now), self._versions.get(aor, 0)
        before, self._told[aor] = self._told.get(aor), state
        if state is None:
            return None
        self._versions[aor] = version + 1
        return state.document(self._topics[aor].entity, version, before)

    def _look(self, aor: Aor, now: float) -> Snapshot | None:
        return self.package.look(aor, now)


def _multipart(boundary: str, parts: list[tuple[str, str, bytes]]) -> bytes:
    """Join (content id, content type, octets); the random boundary is in none of them (RFC 2046 §5.1)."""
    joined = b""
    for cid, content_type, octets in parts:
        head = (
            f"--{boundary}\r\nContent-Transfer-Encoding: binary\r\n"
            f"Content-ID: <{cid}>\r\nContent-Type: {content_type}\r\n\r\n"
        )
        joined += head.encode() + octets + b"\r\n"
    return joined + f"--{boundary}--\r\n".encode()
