"""Holds trunks against each other: no call may be of two of them, none is out of reach."""

from itertools import combinations

from pbx.config.marks import Document
from pbx.config.marks import Path as MarkPath
from pbx.config.read import did_you_mean
from pbx.config.sources import TenantSource
from pbx.config.trunks import WrittenTrunk, build_trunk, peer_of
from pbx.core.errors import ConfigError
from pbx.sip.trunk.peer import TrunkPeer, are_ambiguous, overlaps

Problems = list[ConfigError]
Placed = tuple[TrunkPeer, Document]
SHORTEST_PREFIX = {4: 8, 6: 16}  # 10.0.0.0/8 is a network somebody has; anything wider is the internet


def check_trunks(source: TenantSource) -> Problems:
    """Return what is wrong in one tenant's trunks and groups."""
    if source.trunks is None:
        return []
    document, file = source.trunks.document, source.trunks.model
    problems = [
        document.error(("trunks", name, *path), message)
        for name, trunk in file.trunks.items()
        for path, message in _mistakes(trunk)
    ]
    return problems + _check_groups(document, source)


def _mistakes(trunk: WrittenTrunk) -> list[tuple[MarkPath, str]]:
    """What one trunk cannot be: each with its place within it."""
    built = build_trunk("", trunk, "")
    peer = peer_of("", built)
    has_password = trunk.account is not None
    is_told = bool(peer.conditions or peer.user)
    rules: tuple[tuple[bool, MarkPath, str], ...] = (
        (not is_told and trunk.outbound is None, (), "no call can come from this trunk or go to it"),
        (trunk.register_ is not None and not has_password, ("register",), "needs an account"),
        (trunk.register_ is not None and trunk.outbound is None, ("register",), "needs an outbound host"),
        (trunk.account is not None and trunk.outbound is None, ("account",), "needs an outbound host"),
        (trunk.health is not None and trunk.outbound is None, ("health",), "needs an outbound host"),
        (
            built.transport == "tls" and not built.tls_name,
            ("outbound", "transport"),
            "tls needs tls.name: an address proves nothing",
        ),
        (
            trunk.tls is not None and built.transport != "tls" and not trunk.identify.certificate,
            ("tls",),
            f"says nothing about calls over {built.transport}: set outbound.transport to tls",
        ),
        (
            trunk.identify.line and trunk.register_ is None,
            ("identify", "line"),
            "needs register: the line is in our Contact",
        ),
    )
    too_wide = [
        (("source", i), f"{network} is too wide: nobody in it is ever banned; name the carrier's networks")
        for i, network in enumerate(peer.sources)
        if network.prefixlen < SHORTEST_PREFIX[network.version]
    ]
    return [(path, message) for is_wrong, path, message in rules if is_wrong] + too_wide


def unheard_certificates(sources: list[TenantSource], *, has_listener: bool) -> Problems:
    """Return every trunk that is told by a certificate which nobody asks for, having no listener for TLS."""
    if has_listener:
        return []
    message = "needs a listener for tls or wss, see sip.listeners of pbx.yaml"
    return [
        source.trunks.document.error(("trunks", name, "identify", "certificate"), message)
        for source in sources
        if source.trunks is not None
        for name, trunk in source.trunks.model.trunks.items()
        if trunk.identify.certificate
    ]


def _check_groups(document: Document, source: TenantSource) -> Problems:
    written = document.value.get("trunks")
    trunks = written if isinstance(written, dict) else {}
    groups = source.trunks.model.groups if source.trunks is not None else {}
    problems: Problems = []
    for name, group in groups.items():
        if name in trunks:
            problems.append(document.key_error(("groups", name), f"there is a trunk {name} already"))
        seen: set[str] = set()
        for i, member in enumerate(group.members):
            path: MarkPath = ("groups", name, "members", i, "trunk")
            if member.trunk not in trunks:
                hint = did_you_mean(member.trunk, trunks)
                problems.append(document.error(path, f"there is no trunk {member.trunk}", hint))
            elif member.trunk in seen:
                problems.append(document.error(path, f"{member.trunk} is in the group already"))
            elif not _outbound(trunks[member.trunk]):
                problems.append(document.error(path, f"the trunk {member.trunk} has no outbound address"))
            seen.add(member.trunk)
    return problems


def _outbound(written: object) -> bool:
    return not isinstance(written, dict) or bool(written.get("outbound"))


def ambiguous_trunks(sources: list[TenantSource]) -> Problems:
    """Return every pair of trunks, of whatever tenants, that one request could be of."""
    placed = [
        (peer_of(source.label, build_trunk(name, trunk, "")), source.trunks.document)
        for source in sources
        if source.trunks is not None
        for name, trunk in source.trunks.model.trunks.items()
    ]
    return [
        _ambiguity(first, second)
        for first, second in combinations(placed, 2)
        if are_ambiguous(first[0], second[0])
    ]


def _ambiguity(first: Placed, second: Placed) -> ConfigError:
    (one, one_file), (other, other_file) = first, second
    if overlaps(one, other):
        i, j = next(
            (i, j)
            for i, left in enumerate(one.sources)
            for j, right in enumerate(other.sources)
            if left.version == right.version and left.overlaps(right)
        )
        hint = f"see {one_file.place(('trunks', one.name, 'source', i))}"
        path: MarkPath = ("trunks", other.name, "source", j)
        return other_file.error(path, f"{other.networks[j]} belongs to another trunk", hint)
    hint = f"see {one_file.place(('trunks', one.name))}"
    kinds = ", ".join(other.conditions) or "user"
    message = f"told by its {kinds}, it can be mistaken for another trunk"
    return other_file.key_error(("trunks", other.name), message, hint)
