"""The PBX alone on a manual clock; every telephone and the carrier are played from literal messages."""

import hashlib
import re

from pbx.core.address import Address, Remote
from pbx.sip.digest import ha1
from tests.simulation.network import Weather
from tests.simulation.world import CARRIER, DOMAIN, PASSWORD, World

PARTIES = {
    "Alice": Address("10.0.0.11", 5060),
    "Bob": Address("10.0.0.12", 5060),
    "Carol": Address("10.0.0.13", 5060),
    "Carrier": CARRIER,
}
EXTENSIONS = {"Alice": "1001", "Bob": "1002", "Carol": "1003"}
PROMPTLY_S = 0.4  # an answer that takes longer than this has been forgotten; below T1, so nothing is repeated
OVER_S = 200.0
ABILITIES = ("Accept", "Allow", "Supported", "Server", "User-Agent", "Content-Length")  # the same everywhere
_PARAMETER = re.compile(r'(\w+)="?([^",]*)"?')


class Stage:
    """The PBX and what it has sent."""

    def __init__(self) -> None:
        fair = Weather(loss=0.0, duplication=0.0, delay_s=(0.0, 0.0))
        self.world = World(1, fair, lambda world: None, phones=())

    def receive(self, sender: str, text: str) -> None:
        """A party sends a message; length and digest are worked out here."""
        head, _, body = text.partition("\n\n")
        octets = body.replace("\n", "\r\n").encode()
        lines = [*(line.replace("{digest}", _digest(head)) for line in head.splitlines())]
        written = "\r\n".join([*lines, f"Content-Length: {len(octets)}", "", ""]).encode() + octets
        at = PARTIES[sender]
        self.world.receive(written, Remote("udp", at.host, at.port))

    def next_sent(self, within_s: float = PROMPTLY_S) -> tuple[str, str] | None:
        """The PBX's next message and who gets it; None when there is none within that time."""
        limit = self.world.now + within_s
        while not self.world.unclaimed and (due := self.world.due) <= limit:
            self.world.run(due)
        if not self.world.unclaimed:
            self.world.run(limit)
            return None
        packet = self.world.unclaimed.pop(0)
        receiver = next(name for name, at in PARTIES.items() if at.host == packet.remote.host)
        return receiver, plain(packet.octets)

    def leftovers(self) -> dict[str, int]:
        """What the PBX still remembers."""
        pbx = self.world.pbx
        found = {"legs": pbx.n_legs, "transactions": pbx.n_transactions}
        found["calls"] = len(self.world.switchboard.calls)
        return {what: number for what, number in found.items() if number}


def plain(octets: bytes) -> str:
    """Return a message as the playbooks show it: without its length and what tells abilities only."""
    head, _, body = octets.decode().partition("\r\n\r\n")
    lines = [line for line in head.split("\r\n") if line.partition(":")[0] not in ABILITIES]
    return "\n".join([*lines, "", *body.split("\r\n")] if body else lines).strip()


def _digest(head: str) -> str:
    """Return the response of RFC 7616 §3.4.1 to what the request says of its challenge."""
    line = next((one for one in head.splitlines() if "uthorization: Digest" in one), "")
    if not line:
        return ""
    said = dict(_PARAMETER.findall(line))
    asked = f"{head.split()[0]}:{said['uri']}"
    secret = ha1(said["username"], DOMAIN, PASSWORD, said["algorithm"])
    middle = f"{said['nonce']}:{said['nc']}:{said['cnonce']}:{said['qop']}"
    return _sha256(f"{secret}:{middle}:{_sha256(asked)}")


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
