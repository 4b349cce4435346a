"""`customers.yaml`: who is asked, and what is refused before a call is lost by it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from pbx.assembly.lookups import lookups_of
from pbx.config.load import load
from pbx.config.places import Places
from pbx.core.errors import ConfigError

HTTP = "sources: {crm: {http: {url: 'https://crm.example/x?n={number}', headers_file: headers}}}\n"
SQL = "sources: {db: {sql: {url_file: url, query: 'SELECT * FROM p WHERE phone = :number'}}}\n"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("sources: {}", "sources: {crm: {}}", "write either http or sql"),
        ("sources: {}", "sources: {csv: {sql: {url_file: x, query: 'select :number'}}}", "csv is the name"),
        ("sources: {}", "sources: {crm: {http: {url: 'https://crm.example/'}}}", "must have {number}"),
        (
            "sources: {}",
            "sources: {crm: {http: {url: 'http://crm.example/{number}'}}}",
            "begin with https://",
        ),
        ("sources: {}", "sources: {crm: {http: {url: 'https://{number}.example/'}}}", "crm"),
        ("sources: {}", "sources: {db: {sql: {url_file: x, query: 'DROP TABLE x'}}}", "must be one SELECT"),
        ("timeout: 1500ms", "timeout: 10s", "timeout"),
        ("keep: 24h", "keep: 2d", "keep"),
        ("on_outage: unverified", "on_outage: open", "on_outage"),
    ],
)
def test_refused_with_its_place(
    spoil: Callable[[str, str, str], list[str]], old: str, new: str, message: str
) -> None:
    [line] = spoil("acme/customers.yaml", old, new)
    assert line.startswith("config/acme/customers.yaml:") and message in line


@pytest.mark.parametrize(
    ("written", "files", "problem"),
    [
        (HTTP, {"headers": "Authorization: Bearer x\n\nX-Key: 7\n"}, ""),
        (HTTP, {}, "headers:1:1: No such file"),
        (HTTP, {"headers": "\nBearer x\n"}, "headers:2:1: expected lines such as"),
        (HTTP, {"headers": "X: " + "x" * 5000}, "headers:1:1: is longer than"),
        (SQL, {"url": "sqlite+aiosqlite:///crm.db\n"}, ""),
        (SQL, {"url": "secret words\n"}, "url:1:1: is no URL of a database"),
        (SQL, {"url": "postgresql://h/secret\n"}, "url:1:1: is no URL of a database"),
    ],
)
def test_what_stands_in_files(
    folder: Path, tmp_path: Path, written: str, files: dict[str, str], problem: str
) -> None:
    (folder / "acme/customers.yaml").write_text(written)
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    config, places = load(folder), Places(tmp_path)
    if problem:
        with pytest.raises(ConfigError) as caught:
            lookups_of(config, places)
        assert problem in str(caught.value) and "secret" not in str(caught.value).replace(str(tmp_path), "")
        return
    [lookup] = lookups_of(config, places).values()
    assert (len(lookup.sources), lookup.box_s) == (1, 1.5)


def test_the_sample_asks_nobody(folder: Path, tmp_path: Path) -> None:
    config = load(folder)
    assert config.tenants["acme"].asked.sources == {}
    assert lookups_of(config, Places(tmp_path)) == {}
