"""Recording metadata (RFC 7865): one communication session, who takes part in it, and what each sends."""

import base64
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

from pbx.core.ids import Ids, LegId
from pbx.sip.notify.xml import Element, add, document, root

NAMESPACE = "urn:ietf:params:xml:ns:recording:1"
Mode = Literal["complete", "partial"]

_UUID_BYTES = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """Somebody who takes part; `label` is that of its m= line, "" = nothing of it is recorded.

    `sends` False = it is held, and has nothing to say for now.
    """

    leg: LegId
    aor: str
    name: str = ""
    label: str = ""
    sends: bool = True


@dataclass(frozen=True, slots=True)
class Node:
    """One element as it is written; two that say the same are equal."""

    tag: str
    attributes: tuple[tuple[str, str], ...] = ()
    children: tuple["Node", ...] = ()
    text: str = ""

    def write(self, parent: Element) -> None:
        """Append it to its parent."""
        element = add(parent, self.tag, self.text, **dict(self.attributes))
        for child in self.children:
            child.write(element)


@dataclass(slots=True)
class _Member:
    """A party with the identifiers that it keeps."""

    id: str
    party: Party
    since: datetime
    stream: str = ""
    sending_since: datetime | None = None


@dataclass(slots=True)
class _Ended:
    """Associations that were: told once, until that has arrived."""

    sessions: list[Node] = field(default_factory=list)
    streams: list[Node] = field(default_factory=list)


class Metadata:
    """What a recorder is told of one call: everything, or what has changed since it was told.

    `told` says that the last document has arrived. Times are aware UTC.
    """

    __slots__ = ("_began_at", "_ended", "_group", "_ids", "_members", "_sent", "_session", "_told")

    def __init__(self, ids: Ids, began_at: datetime) -> None:
        self._ids, self._began_at = ids, began_at
        self._group, self._session = new_uuid(ids), new_uuid(ids)
        self._members: dict[LegId, _Member] = {}
        self._ended = _Ended()
        self._told: frozenset[Node] = frozenset()
        self._sent: tuple[Node, ...] = ()

    def follow(self, parties: tuple[Party, ...], at: datetime) -> None:
        """Take who takes part from now on."""
        present = {party.leg for party in parties}
        for leg in [leg for leg in self._members if leg not in present]:
            self._leave(self._members.pop(leg), at)
        for party in parties:
            self._take(party, at)

    def complete(self) -> bytes:
        """Return a snapshot: what a recorder needs that knows nothing (RFC 7866 §9.1)."""
        self._ended = _Ended()
        self._told = frozenset()
        return self._write("complete", self._nodes())

    @property
    def has_news(self) -> bool:
        """Whether a partial document would say anything."""
        return any(node not in self._told for node in self._nodes())

    def partial(self) -> bytes:
        """Return the elements that differ from what was told, each whole (RFC 7865 §5)."""
        nodes = self._nodes()
        return self._write("partial", tuple(node for node in nodes if node not in self._told))

    def told(self) -> None:
        """The last document has arrived; associations that have ended are not repeated."""
        self._told |= frozenset(self._sent)
        self._ended.sessions = [node for node in self._ended.sessions if node not in self._told]
        self._ended.streams = [node for node in self._ended.streams if node not in self._told]
        self._told &= frozenset(self._nodes())

    def _take(self, party: Party, at: datetime) -> None:
        member = self._members.get(party.leg)
        if member is None:
            member = _Member(new_uuid(self._ids), party, at)
            self._members[party.leg] = member
        label = member.party.label if member.stream else ""
        if party.label != label:
            member.stream = new_uuid(self._ids) if party.label else ""
            member.sending_since = at if party.label else None
        member.party = party

    def _leave(self, member: _Member, at: datetime) -> None:
        until = (Node("disassociate-time", text=time_of(at)),)
        who = (("participant_id", member.id),)
        self._ended.sessions.append(
            Node("participantsessionassoc", (*who, ("session_id", self._session)), (_since(member), *until))
        )
        if member.stream:
            said = (Node("send", text=member.stream),)
            self._ended.streams.append(Node("participantstreamassoc", who, (*said, *until)))

    def _write(self, mode: Mode, nodes: tuple[Node, ...]) -> bytes:
        top = root("recording", NAMESPACE, {})
        Node("datamode", text=mode).write(top)
        for node in nodes:
            node.write(top)
        self._sent = nodes
        return document(top)

    def _nodes(self) -> tuple[Node, ...]:
        """Every element in the order of the schema (RFC 7865 §9)."""
        members, session = tuple(self._members.values()), (("session_id", self._session),)
        began = Node("associate-time", text=time_of(self._began_at))
        return (
            Node("group", (("group_id", self._group),), (began,)),
            Node(
                "session",
                session,
                (
                    Node("group-ref", text=self._group),
                    Node("start-time", text=time_of(self._began_at)),
                ),
            ),
            *(_participant(one) for one in members),
            *(self._stream(one) for one in members if one.stream),
            Node("sessionrecordingassoc", session, (began,)),
            *self._ended.sessions,
            *(
                Node("participantsessionassoc", (("participant_id", one.id), *session), (_since(one),))
                for one in members
            ),
            *self._ended.streams,
            *(self._streams_of(one) for one in members),
        )

    def _stream(self, member: _Member) -> Node:
        names = (("stream_id", member.stream), ("session_id", self._session))
        return Node("stream", names, (Node("label", text=member.party.label),))

    def _streams_of(self, member: _Member) -> Node:
        """What a party sends, and which of the others' streams it receives (RFC 7865 §6.8)."""
        others = (one for one in self._members.values() if one is not member)
        heard = [one.stream for one in others if one.stream and one.party.sends]
        says = [member.stream] if member.stream and member.party.sends else []
        since = member.sending_since or member.since
        return Node(
            "participantstreamassoc",
            (("participant_id", member.id),),
            (
                *(Node("send", text=stream) for stream in says),
                *(Node("recv", text=stream) for stream in heard),
                Node("associate-time", text=time_of(since)),
            ),
        )


def new_uuid(ids: Ids) -> str:
    """Return a random UUID (RFC 9562 §5.4) in base64, as every identifier of the metadata is written."""
    octets = bytearray(ids.octets(_UUID_BYTES))
    octets[6] = octets[6] & 0x0F | 0x40
    octets[8] = octets[8] & 0x3F | 0x80
    return base64.b64encode(octets).decode()


def time_of(at: datetime) -> str:
    """Return a time of RFC 3339 in milliseconds."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _since(member: _Member) -> Node:
    return Node("associate-time", text=time_of(member.since))


def _participant(member: _Member) -> Node:
    party = member.party
    name = (Node("name", text=party.name),) if party.name else ()
    return Node(
        "participant", (("participant_id", member.id),), (Node("nameID", (("aor", party.aor),), name),)
    )
