"""A playbook: a file of call flows, each a heading, a few sentences and literal messages in their order."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.playbooks.stage import EXTENSIONS, OVER_S, PARTIES, PROMPTLY_S, Stage

HERE = Path(__file__).parent
CODE = "    "  # an indented line belongs to a message
_HEADING = re.compile(r"## (\S+) (.+)")
_MESSAGE = re.compile(r"(F\d+) (\w+) -> (\w+)(?:: (F\d+) again)?")
_REGISTERED = re.compile(r"Registered: (.+)\.")
_WAIT = re.compile(r"Wait ([\d.]+) s\.")
_HOLE = re.compile(r"\{([\w.-]+)\}")
_VALUE = r"([^\s;<>\",:=@]+)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One arrow of the figure."""

    sender: str
    receiver: str
    text: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """A time in which the PBX sends nothing."""

    seconds: float
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """Whose telephone is registered before the first message."""

    parties: tuple[str, ...]
    line: int


Step = Message | Wait | Registered


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """One figure of the RFC."""

    section: str
    title: str
    steps: tuple[Step, ...]


def read(file: str) -> list[Flow]:
    """Return the flows of a playbook that have messages; the others are prose about what is not built."""
    flows: list[tuple[str, str, list[Step]]] = []
    lines = (HERE / file).read_text().splitlines()
    for number, line in enumerate(lines, start=1):
        if heading := _HEADING.fullmatch(line):
            flows.append((heading[1], heading[2], []))
            shown: dict[str, str] = {}
        elif flows and (step := _step(line, number, lines, shown)):
            flows[-1][2].append(step)
    return [Flow(section=at, title=title, steps=tuple(steps)) for at, title, steps in flows if steps]


def _step(line: str, number: int, lines: list[str], shown: dict[str, str]) -> Step | None:
    """Return what a line says is done; `shown` are the messages of the flow so far."""
    if arrow := _MESSAGE.fullmatch(line):
        name, sender, receiver, again = arrow.groups()
        shown[name] = shown[again] if again else "\n".join(_indented(lines[number:])).strip()
        return Message(sender=sender, receiver=receiver, text=shown[name], line=number)
    if wait := _WAIT.fullmatch(line):
        return Wait(seconds=float(wait[1]), line=number)
    if registered := _REGISTERED.fullmatch(line):
        return Registered(parties=tuple(registered[1].split(", ")), line=number)
    return None


def _indented(lines: list[str]) -> Iterator[str]:
    for line in lines:
        if line and not line.startswith(CODE):
            return
        yield line.removeprefix(CODE)


class Player:
    """Plays one flow against one PBX; `known` are the values of the holes so far."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.known: dict[str, str] = {}

    def play(self, flow: Flow) -> None:
        """Play to the end, after which the PBX sends nothing and remembers nothing."""
        for step in flow.steps:
            match step:
                case Registered():
                    for party in step.parties:
                        self.register(party)
                case Wait():
                    sent = self.stage.next_sent(step.seconds)
                    assert sent is None, f"line {step.line}: nothing was to come, but\n{sent}"
                case Message(sender="PBX"):
                    self.expect(step)
                case Message():
                    self.stage.receive(step.sender, self.filled(step.text))
        sent = self.stage.next_sent(OVER_S)
        assert sent is None, f"after the last message\n{sent}"
        assert self.stage.leftovers() == {}

    def expect(self, step: Message) -> None:
        """The PBX's next message is this one."""
        sent = self.stage.next_sent(PROMPTLY_S)
        assert sent is not None, f"line {step.line}: the PBX sends nothing to {step.receiver}"
        receiver, text = sent
        assert receiver == step.receiver, f"line {step.line}: sent to {receiver}\n{text}"
        for shown, found in zip(step.text.splitlines(), text.splitlines(), strict=False):
            assert self.fits(shown, found), f"line {step.line}: {shown!r} is not\n{found!r} of\n{text}"
        assert len(step.text.splitlines()) == len(text.splitlines()), f"line {step.line}: sent\n{text}"

    def fits(self, shown: str, found: str) -> bool:
        """Compare a line; a hole without a value takes what stands there, and keeps it."""
        parts = _HOLE.split(shown)
        new = []
        for n, part in enumerate(parts):
            if n % 2 == 0 or part in self.known:
                parts[n] = re.escape(part if n % 2 == 0 else self.known[part])
            else:
                new.append(part)
                parts[n] = _VALUE
        matched = re.fullmatch("".join(parts), found)
        if matched:
            self.known.update(zip(new, matched.groups(), strict=True))
        return matched is not None

    def filled(self, text: str) -> str:
        """Return a party's message with the values of its holes; `{digest}` is left to the stage."""
        return _HOLE.sub(lambda hole: self.known.get(hole[1], hole[0]), text)

    def register(self, party: str) -> None:
        """Register a telephone: two REGISTERs that the flow does not show, and the nonce for its calls."""
        name, user, at = party.lower(), EXTENSIONS[party], PARTIES[party]
        text = "\n".join(
            [
                "REGISTER sip:acme.example SIP/2.0",
                f"Via: SIP/2.0/UDP {at.host}:5060;branch=z9hG4bK{name}-register-%d",
                "Max-Forwards: 70",
                f"From: <sip:{user}@acme.example>;tag={name}-register",
                f"To: <sip:{user}@acme.example>",
                f"Call-ID: {name}-register",
                "CSeq: %d REGISTER",
                f"Contact: <sip:{user}@{at.host}:5060>",
                "Expires: 3600",
            ]
        )
        self.stage.receive(party, text % (1, 1))
        challenge = self.stage.next_sent()
        assert challenge is not None
        nonce = re.search(r'nonce="([^"]+)"', challenge[1])
        assert nonce is not None, challenge
        self.known[f"{name}.nonce"] = nonce[1]
        credentials = (
            f'Authorization: Digest username="{user}", realm="acme.example", nonce="{nonce[1]}", '
            'uri="sip:acme.example", algorithm=SHA-256, qop=auth, nc=00000001, cnonce="c1", '
            'response="{digest}"'
        )
        self.stage.receive(party, text % (2, 2) + "\n" + credentials)
        answer = self.stage.next_sent()
        assert answer is not None and answer[1].startswith("SIP/2.0 200 "), answer


def flows(file: str) -> pytest.MarkDecorator:
    """Parametrize a test with the flows of a playbook; `rfcNNNN_...` names the RFC."""
    rfc = file.removeprefix("rfc").partition("_")[0]
    cases = [
        pytest.param(flow, marks=pytest.mark.rfc(rfc, flow.section), id=f"{flow.section} {flow.title}")
        for flow in read(file)
    ]
    return pytest.mark.parametrize("flow", cases)
