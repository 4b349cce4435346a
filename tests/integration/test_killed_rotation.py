"""The vault is killed between every two steps of a change of keys: its record says what is true then."""

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from pbx.recording.io import key_files
from pbx.recording.io.vault import Vault
from pbx.recording.io.vault_audit import ABANDONED, BEGUN, DESTROYED, DOOMED, WANTED, VaultAudit
from pbx.recording.io.vault_keys import KeyDirectory
from pbx.recording.vault_messages import AskDestroyEpochs, AskEpochs, AskNewEpoch, EpochsAre, VaultRequest

NEW = AskNewEpoch(tenant="acme", actor="ada", purpose="yearly")
DESTROY = AskDestroyEpochs(tenant="acme", actor="ada", purpose="yearly")
STEPS = ("link", "unlink", "rename", "open", "fsync")
pytestmark = pytest.mark.requirement("E-08")


class Killed(BaseException):
    """The process ends here: nobody catches it, and nothing is cleaned up."""


class Killer:
    """Counts system calls that change files, and kills in front of the chosen one."""

    def __init__(self, at: int) -> None:
        self.at, self.n = at, 0

    def __call__(self) -> None:
        self.n += 1
        if self.n > self.at:
            raise Killed


def vault_of(root: Path) -> tuple[Vault, KeyDirectory]:
    """What a start of the vault's process makes."""
    audit = VaultAudit(root / "audit")
    keys = KeyDirectory(root / "keys", record=audit.note)
    vault = Vault(keys, audit)
    vault.settle()
    return vault, keys


def lines(root: Path) -> list[Mapping[str, object]]:
    return [json.loads(line) for line in (root / "audit").read_text().splitlines()]


def killed(root: Path, request: VaultRequest, at: int, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Ask a vault that is killed in front of its call number `at`; False when it made fewer."""
    vault, _ = vault_of(root)
    killer = Killer(at)
    with monkeypatch.context() as patched:
        for name in STEPS:
            patched.setattr(os, name, _counted(getattr(os, name), killer))
        for name in ("rename", "unlink"):
            patched.setattr(Path, name, _counted(getattr(Path, name), killer))
        patched.setattr(key_files, "overwrite", _counted(key_files.overwrite, killer))
        try:
            vault.answer(request)
        except Killed:
            return True
    return False


def _counted(call: Callable[..., object], killer: Killer) -> Callable[..., object]:
    def counted(*words: object, **named: object) -> object:
        killer()
        return call(*words, **named)

    return counted


def test_an_epoch_has_begun_on_the_record_when_its_key_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: set[tuple[bool, str]] = set()
    at = 0
    while True:
        root = tmp_path / str(at)
        root.mkdir()
        vault_of(root)[1].identity("acme")
        if not killed(root, NEW, at, monkeypatch):
            break
        at += 1
        vault, keys = vault_of(root)
        held = [one.epoch for one in keys.identities("acme")]
        said = [(line["kind"], line["epoch"]) for line in lines(root)] if (root / "audit").exists() else []
        ends = [(BEGUN, 2)] if 2 in held else [(ABANDONED, 2)] if said else []
        assert said == ([(WANTED, 2), *ends] if said else [])
        assert said or held == [1]  # no key that nobody wanted
        assert not list((root / "keys").glob("*.new"))
        seen.add((2 in held, str(said[-1][0]) if said else ""))
        # The next one who rotates goes on, and the record stays true.
        if held == [1]:
            assert vault.answer(NEW) == EpochsAre(
                epochs=(2, 1), since_ns=keys.made_ns(keys.identities("acme")[0])
            )
        assert lines(root)[-1]["kind"] == BEGUN
    assert seen == {(False, ""), (False, ABANDONED), (True, BEGUN)}
    assert at > 6


def test_epochs_are_destroyed_on_the_record_when_their_keys_are_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: set[tuple[int, ...]] = set()
    at = 0
    while True:
        root = tmp_path / str(at)
        root.mkdir()
        vault, keys = vault_of(root)
        keys.identity("acme")
        for _ in range(2):
            assert isinstance(vault.answer(NEW), EpochsAre)
        if not killed(root, DESTROY, at, monkeypatch):
            break
        at += 1
        vault, keys = vault_of(root)  # a key that was half destroyed does not keep it from starting
        held = [one.epoch for one in keys.identities("acme")]
        wanted = [line for line in lines(root) if line["kind"] == DOOMED]
        ends = [line for line in lines(root) if line["kind"] in (DESTROYED, ABANDONED)]
        gone = [epoch for epoch in (1, 2) if epoch not in held]
        assert len(ends) == len(wanted) <= 1
        assert [line["epochs"] for line in ends] == ([gone] if ends else [])
        assert not gone or ends[0]["kind"] == DESTROYED
        assert vault.answer(AskEpochs(tenant="acme")) != EpochsAre(epochs=())
        seen.add(tuple(held))
        answered = vault.answer(DESTROY)
        assert answered == EpochsAre(epochs=tuple(epoch for epoch in (1, 2) if epoch not in gone))
        assert [one.epoch for one in keys.identities("acme")] == [3]
    assert seen == {(3, 2, 1), (3, 2), (3,)}


def test_a_record_that_cannot_be_written_is_brought_up_to_date_later(tmp_path: Path) -> None:
    vault, keys = vault_of(tmp_path)
    keys.identity("acme")
    record = tmp_path / "audit"
    assert isinstance(vault.answer(NEW), EpochsAre)
    wanted = record.read_bytes().splitlines(keepends=True)[0]
    record.write_bytes(wanted)  # what is on the disk when the second line does not get there
    again, _ = vault_of(tmp_path)
    assert [line["kind"] for line in lines(tmp_path)] == [WANTED, BEGUN]
    assert isinstance(again.answer(AskEpochs(tenant="acme")), EpochsAre)
    assert [line["kind"] for line in lines(tmp_path)] == [WANTED, BEGUN]
