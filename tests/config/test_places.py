"""Everything that a running PBX makes lies below one private directory, but for what others ask at."""

import stat
from pathlib import Path

import pytest

from pbx.config.models import DatabaseSettings, PbxSettings, RecordingStore
from pbx.config.places import Places


def test_every_place_but_the_desk_is_below_var(tmp_path: Path) -> None:
    places = Places(tmp_path)
    names = [name for name, value in vars(Places).items() if isinstance(value, property)]
    assert {"secrets", "store_keys", "vault_keys", "spool", "vault_socket"} <= set(names)
    found = [getattr(places, name) for name in names if name != "var"] + [places.media_socket(0)]
    outside = [path for path in found if not path.is_relative_to(tmp_path / "var")]
    assert outside == [places.desk_socket], "where other users of the machine have to get"
    assert len(set(found)) == len(found)


def test_each_worker_has_its_own_socket(tmp_path: Path) -> None:
    places = Places(tmp_path)
    assert len({places.media_socket(worker) for worker in range(4)}) == 4


def test_the_vaults_keys_are_not_where_signalling_reads(tmp_path: Path) -> None:
    places = Places(tmp_path)
    assert not places.vault_keys.is_relative_to(places.store_keys)
    assert not places.store_keys.is_relative_to(places.vault_keys)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("sqlite+aiosqlite:///var/pbx.sqlite3", "sqlite+aiosqlite:////srv/pbx/var/pbx.sqlite3"),
        ("sqlite+aiosqlite:////data/pbx.sqlite3", "sqlite+aiosqlite:////data/pbx.sqlite3"),
        ("postgresql+asyncpg://db/pbx", "postgresql+asyncpg://db/pbx"),
    ],
)
def test_a_relative_database_file_starts_from_the_base(url: str, expected: str) -> None:
    settings = PbxSettings(database=DatabaseSettings(url=url))
    assert Places(Path("/srv/pbx")).database_url(settings) == expected


@pytest.mark.parametrize(("path", "expected"), [("prompts", "/srv/pbx/prompts"), ("/data/p", "/data/p")])
def test_a_relative_path_starts_from_the_base(path: str, expected: str) -> None:
    assert Places(Path("/srv/pbx")).resolve(Path(path)) == Path(expected)


def test_the_directories_are_private_and_making_them_twice_keeps_what_is_there(tmp_path: Path) -> None:
    places = Places(tmp_path)
    places.var.mkdir(mode=0o755)
    places.make()
    (places.spool / "rec1.jrn").write_bytes(b"kept")
    places.make()
    assert (places.spool / "rec1.jrn").read_bytes() == b"kept"
    private = [places.store_keys, places.vault_keys, places.spool, places.cache, places.logs]
    private += [places.vault_audit.parent, places.vault_socket.parent, places.store_keys.parent, places.var]
    for folder in private:
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700, folder


def with_spare(path: str) -> PbxSettings:
    return PbxSettings(recording=RecordingStore(spare_spool=Path(path)))


def test_the_spare_spool_is_private_and_its_parents_are_not_made(tmp_path: Path) -> None:
    places = Places(tmp_path)
    assert places.make_spare_spool(PbxSettings()) == ""
    assert places.spools(PbxSettings()) == (places.spool,)
    disk = tmp_path / "disk"
    settings = with_spare("disk/spool")
    assert places.spools(settings) == (places.spool, disk / "spool")
    assert places.make_spare_spool(settings) == f"{disk / 'spool'}: No such file or directory"
    (disk / "spool").mkdir(parents=True, mode=0o755)
    assert places.make_spare_spool(settings) == ""
    assert stat.S_IMODE((disk / "spool").stat().st_mode) == 0o700
    assert places.spare_spool(with_spare("/mnt/spool")) == Path("/mnt/spool")
