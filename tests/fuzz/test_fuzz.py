"""Mutated input of peers: nothing but a PeerFault is raised, and nothing takes long.

`make fuzz` runs a million and more; a find is printed with its octets and can be repeated by its seed.
"""

import os
import sys
import time
from collections.abc import Callable
from random import Random

import pytest

from pbx.core.errors import PeerFault
from tests.fuzz.mutations import mutate
from tests.fuzz.targets import Target, targets

CASES = int(os.environ.get("FUZZ_CASES", "50000"))
SEED = int(os.environ.get("FUZZ_SEED", "1"))
MAX_S = 0.05  # of one input, RFC 4475 messages take 0.1 ms
PROGRESS = 20_000
TARGETS = targets()


def cpu_s(read: Callable[[bytes], object], octets: bytes) -> float:
    """Return the processor time that one input takes; PeerFault is what it is for."""
    began = time.process_time()
    try:
        read(octets)
    except PeerFault:
        pass
    return time.process_time() - began


def attack(target: Target, n_cases: int, seed: int) -> float:
    """Return the longest time; AssertionError with the octets of a find."""
    random, longest = Random(f"{target.name} {seed}"), 0.0
    for n in range(n_cases):
        octets = mutate(random, random.choice(target.seeds), target.seeds)
        try:
            spent = cpu_s(target.read, octets)
            if spent > MAX_S:  # once more: the collector may have come in between
                spent = min(spent, cpu_s(target.read, octets))
        except Exception as error:
            raise AssertionError(f"{target.name}: {type(error).__name__} for {octets!r}") from error
        assert spent <= MAX_S, f"{target.name}: {spent:.3f} s for {octets[:2000]!r}"
        longest = max(longest, spent)
        if n % PROGRESS == PROGRESS - 1:
            sys.stdout.write(f"\r{target.name}: {n + 1} of {n_cases}, longest {longest * 1000:.2f} ms ")
            sys.stdout.flush()
    return longest


@pytest.mark.requirement("S-22")
@pytest.mark.parametrize("target", TARGETS, ids=[target.name for target in TARGETS])
def test_mutations(target: Target) -> None:
    attack(target, CASES // len(TARGETS), SEED)


@pytest.mark.requirement("S-19")
@pytest.mark.parametrize(
    "octets",
    [
        b"INVITE sip:a@example.com SIP/2.0\r\n" + b"X: y\r\n" * 10_000 + b"\r\n",
        b"INVITE sip:a@example.com SIP/2.0\r\n" + b"Via: SIP/2.0/UDP h;branch=z9hG4bK1\r\n" * 1900 + b"\r\n",
        b"INVITE sip:a@example.com SIP/2.0\r\nX: " + b"a" * 65_000 + b"\r\n\r\n",
        b"INVITE sip:a@example.com SIP/2.0\r\nX: " + b" \r\n " * 16_000 + b"\r\n\r\n",
        b"INVITE sip:a@example.com SIP/2.0\r\nRoute: " + b"<sip:a>," * 8_000 + b"\r\n\r\n",
        b"INVITE sip:a@example.com SIP/2.0\r\nFrom: " + b'"\\' * 32_000 + b"\r\n\r\n",
        b"REGISTER sip:example.com SIP/2.0\r\nAuthorization: Digest x" + b" " * 8_000 + b"y\r\n\r\n",
        b"INVITE sip:" + b"%41" * 21_000 + b"@example.com SIP/2.0\r\n\r\n",
    ],
    ids=["headers", "vias", "line", "folds", "routes", "quotes", "blanks", "uri"],
)
def test_huge_messages_cost_little(octets: bytes) -> None:
    packet = TARGETS[0]
    assert min(cpu_s(packet.read, octets) for _ in range(3)) < 0.005


def test_a_find_is_reported_with_its_octets() -> None:
    def broken(octets: bytes) -> object:
        raise KeyError("x")

    with pytest.raises(AssertionError, match=r"toy: KeyError for b'"):
        attack(Target(name="toy", read=broken, seeds=(b"abc",)), 10, 1)
