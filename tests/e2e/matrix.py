"""The SIPp matrix: rows of `sipp_scenarios/matrix.yaml`, and the cases that each of them stands for."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import yaml

from tests.e2e.sipp import SCENARIOS, Transport

MATRIX = SCENARIOS / "matrix.yaml"
Sender = Literal["carrier", "telephone", "stranger"]
Called = Literal["echo", "carol", "network"]
Auth = Literal["none", "MD5", "SHA-256", "wrong"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One play and what it proves; the fields are explained at the head of the file.

    `rfc` holds pairs of RFC and section.
    """

    name: str
    play: str
    sender: Sender
    to: Called
    meets: str
    over: tuple[Transport, ...]
    auth: tuple[Auth, ...]
    fill: Mapping[str, str]
    feature: tuple[str, ...]
    rfc: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A row by one transport with one kind of credentials."""

    row: Row
    transport: Transport
    auth: Auth

    @property
    def id(self) -> str:
        """How pytest calls it."""
        auth = () if self.auth == "none" else (self.auth,)
        return "-".join((self.row.name.replace(" ", "_"), self.transport, *auth))


def rows(file: Path = MATRIX) -> tuple[Row, ...]:
    """Return the rows in their order; KeyError or TypeError for a row that is not well written."""
    return tuple(_row(name, **written) for name, written in yaml.safe_load(file.read_text())["rows"].items())


def elsewhere(file: Path = MATRIX) -> dict[str, str]:
    """Return the scenarios that no row plays, with the test file that does."""
    return dict(yaml.safe_load(file.read_text())["elsewhere"])


def cases() -> Iterator[Case]:
    """Yield every case of the matrix."""
    for row in rows():
        for transport in row.over:
            for auth in row.auth:
                yield Case(row=row, transport=transport, auth=auth)


def _row(name: str, *, play: str, feature: list[str], rfc: list[str], **written: Any) -> Row:
    sender, to = written.pop("from"), written.pop("to", "echo")
    assert sender in get_args(Sender) and to in get_args(Called), name
    fill = {"status": str(written.pop("status", "")), **written.pop("fill", {})}
    meets = written.pop("meets", "")
    over, auth = written.pop("over", get_args(Transport)), written.pop("auth", ("none",))
    assert {*over} <= {*get_args(Transport)} and {*auth} <= {*get_args(Auth)}, name
    assert feature and rfc and not written, name
    return Row(
        name=name,
        play=play,
        sender=sender,
        to=to,
        meets=meets,
        over=tuple(over),
        auth=tuple(auth),
        fill=fill,
        feature=tuple(feature),
        rfc=tuple(_section(one) for one in rfc),
    )


def _section(text: str) -> tuple[str, str]:
    number, section = text.split()
    return number, section
