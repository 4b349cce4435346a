"""House: what an import has found, in the words of our configuration, before it is written."""

from dataclasses import dataclass, field
from typing import Any

from pbx.core.secret import Secret

Steps = dict[str, dict[str, Any]]  # of a flow, by name, as they stand in its file


@dataclass(slots=True, kw_only=True)
class Device:
    """A telephone: `user` is what it is called where it comes from, `number` what is dialled."""

    user: str
    number: str
    name: str
    place: str
    context: str = ""
    secret: Secret[str] | None = None
    mailbox: str = ""


@dataclass(slots=True, kw_only=True)
class Carrier:
    """A trunk; `sources` are addresses or networks, `user` with `secret` our account there."""

    name: str
    place: str
    context: str = ""
    host: str = ""
    port: int = 0
    transport: str = ""
    sources: list[str] = field(default_factory=list)
    user: str = ""
    secret: Secret[str] | None = None
    registers: bool = False


@dataclass(slots=True, kw_only=True)
class Flow:
    """A flow, where it begins, and where the plan has it from."""

    name: str
    start: str
    steps: Steps
    place: str


@dataclass(slots=True, kw_only=True)
class House:
    """Everything of one tenant."""

    devices: dict[str, Device] = field(default_factory=dict)  # by number
    carriers: dict[str, Carrier] = field(default_factory=dict)
    groups: dict[str, tuple[str, list[str]]] = field(default_factory=dict)  # title and members
    rooms: dict[str, dict[str, Any]] = field(default_factory=dict)
    inbound: dict[str, tuple[str, str]] = field(default_factory=dict)  # number: kind and name
    internal: dict[str, str] = field(default_factory=dict)  # number: flow
    flows: dict[str, Flow] = field(default_factory=dict)
    out_by: tuple[str, str] = ("", "")  # trunk and prefix of calls to the network
    queues: dict[str, dict[str, Any]] = field(default_factory=dict)
    parking: dict[str, Any] = field(default_factory=dict)  # {} = there is no lot
    sip_port: int = 0
    rtp_ports: tuple[int, int] = (0, 0)
