"""What the vault does with a tenant's epochs: re-wrap, locate, destroy, on the record."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pbx.core.ids import SeededIds
from pbx.core.secret import Secret
from pbx.recording.age import bound_recording, build_header, generate_identity, parse_header, unwrap_header
from pbx.recording.io.vault import Vault
from pbx.recording.io.vault_keys import KeyDirectory
from pbx.recording.object_name import object_key
from pbx.recording.vault_messages import (
    MAX_KEYS,
    AskDestroyEpochs,
    AskEpochs,
    AskLocate,
    AskNewEpoch,
    AskRewrap,
    EpochsAre,
    LocatedAt,
    Refused,
    Rewrapped,
    VaultReply,
    VaultRequest,
    WrappedKey,
)

IDS = SeededIds("epochs")
KEY = Secret(b"0123456789abcdef")
ESCROW = generate_identity(IDS)


class Opened:
    """A vault over a directory with one epoch of acme."""

    def __init__(self, root: Path) -> None:
        self.keys = KeyDirectory(root / "keys")
        self.file = root / "audit"
        self.vault = Vault(self.keys, self.file, ESCROW.recipient)
        self.first = self.keys.identity("acme")

    def ask(self, request: VaultRequest) -> VaultReply:
        return self.vault.answer(request)

    def audit(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.file.read_text().splitlines()]

    def header(self, recording: str = "") -> bytes:
        return build_header(KEY, [self.first.recipient], IDS, recording=recording)

    def rewrap(self, *keys: WrappedKey) -> tuple[bytes, ...]:
        reply = self.ask(AskRewrap(tenant="acme", actor="ada", keys=keys))
        assert isinstance(reply, Rewrapped)
        assert reply.epoch == self.keys.identities("acme")[0].epoch
        return reply.headers


@pytest.fixture
def opened(tmp_path: Path) -> Opened:
    return Opened(tmp_path)


NEW = AskNewEpoch(tenant="acme", actor="ada", purpose="yearly")
DESTROY = AskDestroyEpochs(tenant="acme", actor="ada", purpose="yearly")


def shown(header: bytes, opened: Opened) -> tuple[str | None, int]:
    """Whom a new header is bound to and how many identities open it, escrow and newest."""
    parsed = parse_header(header)
    newest = opened.keys.identity("acme")
    assert unwrap_header(parsed, [opened.first]) is None
    openers = [one for one in (ESCROW, newest) if unwrap_header(parsed, [one]) == (KEY, one)]
    return bound_recording(parsed), len(openers)


@pytest.mark.requirement("E-08")
def test_a_header_is_re_wrapped_for_the_newest_epoch_and_escrow(opened: Opened) -> None:
    opened.ask(NEW)
    (new,) = opened.rewrap(WrappedKey(recording="rec1", header=opened.header("rec1")))
    assert shown(new, opened) == ("rec1", 2)


@pytest.mark.requirement("E-08")
def test_a_header_of_before_is_bound_when_the_object_proves_it(opened: Opened) -> None:
    opened.ask(NEW)
    name = object_key(KEY, "rec1")
    bound, wrong, journal = opened.rewrap(
        WrappedKey(recording="rec1", header=opened.header(), object_key=name),
        WrappedKey(recording="rec2", header=opened.header(), object_key=name),
        WrappedKey(recording="rec1", header=opened.header()),
    )
    assert shown(bound, opened) == ("rec1", 2)
    assert wrong == b""
    assert shown(journal, opened) == (None, 2)


@pytest.mark.requirement("E-10")
def test_what_is_not_ours_or_another_recording_s_is_not_re_wrapped(opened: Opened) -> None:
    opened.ask(NEW)
    stranger = build_header(KEY, [generate_identity(IDS).recipient], IDS, recording="rec1")
    swapped, damaged = opened.header("rec2"), opened.header("rec1")[:-2] + b"\n"
    headers = (stranger, swapped, damaged, opened.header("rec1") + b"more", b"")
    assert opened.rewrap(*(WrappedKey(recording="rec1", header=one) for one in headers)) == (b"",) * 5
    assert opened.audit()[-1] == opened.audit()[-1] | {
        "kind": "keys.rewrapped",
        "tenant": "acme",
        "actor": "ada",
        "n_keys": 0,
        "epoch": 2,
        "refused": ["rec1"] * 5,
    }


@pytest.mark.requirement("E-10")
def test_a_header_of_another_tenant_is_not_re_wrapped(opened: Opened) -> None:
    opened.keys.identity("globex")
    asked = AskRewrap(
        tenant="globex", actor="ada", keys=(WrappedKey(recording="rec1", header=opened.header("rec1")),)
    )
    assert opened.ask(asked) == Rewrapped(headers=(b"",), epoch=1)


def test_epochs_are_begun_located_and_destroyed_on_the_record(opened: Opened) -> None:
    old = opened.header("rec1")
    begun = opened.ask(NEW)
    assert isinstance(begun, EpochsAre)
    assert begun.epochs == (2, 1)
    assert begun.since_ns == (opened.file.parent / "keys/acme@2.age").stat().st_mtime_ns
    assert opened.ask(AskEpochs(tenant="acme")) == begun
    (new,) = opened.rewrap(WrappedKey(recording="rec1", header=old))
    assert opened.ask(AskLocate(tenant="acme", headers=(old, new, b"x"))) == LocatedAt(epochs=(1, 2, 0))
    assert opened.ask(DESTROY) == EpochsAre(epochs=(1,))
    assert opened.ask(AskLocate(tenant="acme", headers=(old, new))) == LocatedAt(epochs=(0, 2))
    assert [line["kind"] for line in opened.audit()] == [
        "keys.epoch_wanted",
        "keys.epoch_begun",
        "keys.rewrapped",
        "keys.epochs_doomed",
        "keys.epochs_destroyed",
    ]
    assert [line["epoch"] for line in opened.audit()[:2]] == [2, 2]
    assert opened.audit()[-1]["epochs"] == [1]


def test_without_an_audit_nothing_is_begun_re_wrapped_or_destroyed(opened: Opened) -> None:
    opened.ask(NEW)
    opened.file.unlink()
    opened.file.mkdir()
    refused = Refused(reason="audit_unavailable")
    key = WrappedKey(recording="rec1", header=opened.header("rec1"))
    assert opened.ask(NEW) == refused
    assert opened.ask(AskRewrap(tenant="acme", actor="ada", keys=(key,))) == refused
    assert opened.ask(DESTROY) == refused
    assert [one.epoch for one in opened.keys.identities("acme")] == [2, 1]


def test_requests_have_limits(opened: Opened) -> None:
    refused = Refused(reason="bad_request")
    key = WrappedKey(recording="rec1", header=opened.header("rec1"))
    assert len(opened.rewrap(*[key] * MAX_KEYS)) == MAX_KEYS
    assert opened.ask(AskRewrap(tenant="acme", actor="ada", keys=(key,) * (MAX_KEYS + 1))) == refused
    located = opened.ask(AskLocate(tenant="acme", headers=(b"",) * MAX_KEYS))
    assert located == LocatedAt(epochs=(0,) * MAX_KEYS)
    assert opened.ask(AskLocate(tenant="acme", headers=(b"",) * (MAX_KEYS + 1))) == refused
    assert isinstance(opened.ask(replace(NEW, purpose="p" * 128)), EpochsAre)
    for request in (replace(NEW, purpose="p" * 129), replace(NEW, actor=""), replace(DESTROY, purpose="")):
        assert opened.ask(request) == refused


@pytest.mark.parametrize("tenant", ["", "../acme", "acme@2"])
def test_a_tenant_that_cannot_have_a_key(opened: Opened, tenant: str) -> None:
    refused = Refused(reason="bad_request")
    for request in (
        replace(NEW, tenant=tenant),
        replace(DESTROY, tenant=tenant),
        AskRewrap(tenant=tenant, actor="ada", keys=()),
    ):
        assert opened.ask(request) == refused
    assert opened.ask(AskEpochs(tenant=tenant)) == EpochsAre(epochs=())
    assert [one.epoch for one in opened.keys.identities("")] == [1]
