"""The way of a vault's keys from one provider to another, and what a crash on it leaves."""

import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pbx.core.errors import StorageError
from pbx.recording.envelope import ProviderName
from pbx.recording.io.key_provider import Providers, WrappingSettings
from pbx.recording.io.pkcs11_provider import Pkcs11Provider
from pbx.recording.io.vault_audit import VaultAudit
from pbx.recording.io.vault_keys import KeyDirectory
from pbx.recording.io.vault_move import Move
from tests.integration.wrapping import Hsm, Kms

SECRET = b"AGE-SECRET-KEY-1"
MADE_NS = 1_700_000_000_123_456_789


class Vault:
    """A directory of keys, both wrappers reachable; `known` is what has to stay the same."""

    def __init__(self, root: Path, hsm: Hsm, kms: Kms) -> None:
        self.folder, self.file = root / "keys", root / "audit"
        Pkcs11Provider(hsm.settings("kek")).make()
        self.both = WrappingSettings(kms=kms.settings(kms.arn), pkcs11=hsm.settings("kek"))
        keys = KeyDirectory(self.folder)
        keys.identity("acme")
        keys.begin_epoch("acme")
        keys.identity("globex")
        for path in self.folder.iterdir():
            os.utime(path, ns=(MADE_NS, MADE_NS))
        self.known = self.secrets(keys)

    def providers(self, name: ProviderName) -> Providers:
        return Providers(replace(self.both, provider=name))

    def move(
        self, name: ProviderName, fault: Callable[[str], None] = lambda _point: None
    ) -> tuple[int, int, int]:
        audit = VaultAudit(self.file)
        move = Move(
            self.folder,
            self.providers(name),
            audit.note,
            said={"actor": "ada", "purpose": "test"},
            fault=fault,
        )
        steps = list(move.run())
        assert steps == [4, 1, 1, 1, 1]
        return move.n_moved, move.n_there, move.n_erased

    def opened(self, name: ProviderName) -> KeyDirectory:
        return KeyDirectory(self.folder, self.providers(name).chosen(), VaultAudit(self.file).note)

    def secrets(self, keys: KeyDirectory) -> object:
        return keys.public_key, [(one.tenant, one.epoch, one.identity) for one in keys.identities("")]

    def names(self) -> set[str]:
        return {path.name for path in self.folder.iterdir()}

    def audit(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.file.read_text().splitlines()]


@pytest.fixture
def vault(tmp_path: Path, hsm: Hsm, kms: Kms) -> Vault:
    return Vault(tmp_path, hsm, kms)


PLAIN = {"acme.age", "acme@2.age", "globex.age", "signing.ed25519"}
WRAPPED = {f"{name}-wrapped" for name in PLAIN}


def test_keys_stay_the_same_on_every_way(vault: Vault) -> None:
    ways: list[tuple[ProviderName, int]] = [("pkcs11", 4), ("kms", 0), ("local", 4)]
    for name, left in ways:
        assert vault.move(name) == (4, 0, left)
        assert vault.names() == (PLAIN if name == "local" else WRAPPED)
        contents = b"".join(path.read_bytes() for path in vault.folder.iterdir())
        assert (SECRET in contents) is (name == "local")
        keys = vault.opened(name)
        assert vault.secrets(keys) == vault.known
        assert keys.made_ns(keys.identities("acme")[0]) == MADE_NS
        assert {path.stat().st_mode & 0o777 for path in vault.folder.iterdir()} == {0o600}


@pytest.mark.requirement("E-07")
def test_each_key_is_on_the_record_before_it_is_moved(vault: Vault) -> None:
    vault.move("pkcs11")
    vault.move("local")
    said = [(line["kind"], line["keys"], line.get("to", "")) for line in vault.audit()]
    kek = vault.audit()[0]["to"]
    names = ["acme@1", "acme@2", "globex@1", "signing"]
    assert kek.startswith("pkcs11:token=pbx%20tests;object=kek;id=")
    assert said == [
        *(("keys.moved", [name], kek) for name in names),
        ("keys.unwrapped", names, ""),
        *(("keys.moved", [name], "local") for name in names),
    ]
    assert {(line["actor"], line["purpose"]) for line in vault.audit()} == {("ada", "test")}


def test_nothing_is_moved_twice(vault: Vault) -> None:
    vault.move("pkcs11")
    before = [(path.name, path.read_bytes()) for path in sorted(vault.folder.iterdir())], vault.audit()
    assert vault.move("pkcs11") == (0, 4, 0)
    after = [(path.name, path.read_bytes()) for path in sorted(vault.folder.iterdir())], vault.audit()
    assert before == after


class Crash(Exception):
    """The power goes."""


def crash_at(n: int) -> Callable[[str], None]:
    """Crash at the n-th point that is passed."""
    left = [n]

    def fault(_point: str) -> None:
        left[0] -= 1
        if not left[0]:
            raise Crash

    return fault


@pytest.mark.parametrize(
    ("old", "new", "points"),
    [
        ("local", "pkcs11", (1, 2, 3, 8, 12)),
        ("pkcs11", "local", (1, 2, 3, 8, 12)),
        ("pkcs11", "kms", (2,)),
    ],
)
def test_a_move_goes_on_after_a_crash_anywhere(
    vault: Vault, old: ProviderName, new: ProviderName, points: tuple[int, ...]
) -> None:
    if old != "local":
        vault.move(old)
    for n in points:  # three for each key: recorded, stored, erased
        with pytest.raises(Crash):
            vault.move(new, crash_at(n))
        vault.move(old)  # back, whatever the crash has left
        assert vault.secrets(vault.opened(old)) == vault.known
    with pytest.raises(Crash):
        vault.move(new, crash_at(5))
    with pytest.raises(StorageError, match="run `pbx keys wrap`"):
        vault.opened(new)
    # The second key is stored: a move goes on with it when its old file is still there besides.
    assert vault.move(new)[1] == (1 if "local" in (old, new) else 2)
    assert vault.secrets(vault.opened(new)) == vault.known


def test_what_a_cut_off_write_has_left_is_destroyed(vault: Vault) -> None:
    half, other_name = vault.folder / "acme@3.age.new", vault.folder / "globex.age.new"
    half.write_bytes(SECRET)
    watched = half.open("rb")
    os.link(vault.folder / "globex.age", other_name)
    vault.move("pkcs11")
    assert watched.read() == bytes(len(SECRET))
    watched.close()
    assert vault.names() == WRAPPED
    assert vault.secrets(vault.opened("pkcs11")) == vault.known


def test_the_octets_of_a_file_without_a_wrap_are_overwritten(vault: Vault) -> None:
    with (vault.folder / "acme.age").open("rb") as watched:
        assert watched.read().startswith(SECRET)
        vault.move("kms")
        watched.seek(0)
        assert set(watched.read()) == {0}


def test_two_files_that_differ_are_nobody_s_to_choose_between(vault: Vault) -> None:
    vault.move("pkcs11")
    (vault.folder / "acme.age").write_bytes(
        KeyDirectory(vault.folder / "x").identity("y").text().reveal().encode()
    )
    with pytest.raises(StorageError, match="acme.age-wrapped and the other file of its key differ"):
        vault.move("pkcs11")
    assert vault.names() - {"x"} == WRAPPED | {"acme.age"}


def test_what_is_no_key_is_not_moved(vault: Vault) -> None:
    (vault.folder / "globex.age").write_text("something")
    with pytest.raises(StorageError, match=r"globex\.age is not an identity"):
        vault.move("pkcs11")
    assert vault.names() == PLAIN


def test_a_new_key_of_the_same_token_takes_over(vault: Vault, hsm: Hsm) -> None:
    vault.move("pkcs11")
    newer = hsm.settings("kek of 2027")
    Pkcs11Provider(newer).make()
    vault.both = replace(vault.both, pkcs11=newer)
    with pytest.raises(StorageError, match=r"acme\.age-wrapped is wrapped by .*object=kek;.* names .*2027"):
        vault.opened("pkcs11")
    assert vault.move("pkcs11") == (4, 0, 0)
    assert vault.secrets(vault.opened("pkcs11")) == vault.known


def test_a_wrapper_that_is_not_configured_any_more_is_named(vault: Vault) -> None:
    vault.move("pkcs11")
    vault.both = replace(vault.both, pkcs11=None)
    with pytest.raises(StorageError, match=r"wrapped by pkcs11: recording\.vault\.pkcs11 has to say how"):
        vault.move("kms")
    assert vault.names() == WRAPPED
