"""Rules are read again when a file has changed, and only then."""

from pathlib import Path

import pytest

from pbx.core.errors import ConfigError
from pbx.lifecycle.io.archive import Rules
from pbx.lifecycle.io.rule_book import RuleBook

pytestmark = pytest.mark.requirement("REC-11")


def read(folder: Path) -> Rules:
    """Rules that are the words of a file."""
    text = (folder / "acme" / "access.yaml").read_text()
    if "mistake" in text:
        raise ConfigError("access.yaml", 1, 1, "", text)
    return Rules(listeners=(), retention={}, links_at=text)


def test_a_change_is_seen_at_once_and_a_mistake_is_not_forgotten_for_what_was(tmp_path: Path) -> None:
    (tmp_path / "acme").mkdir()
    file = tmp_path / "acme" / "access.yaml"
    file.write_text("one")
    book = RuleBook(tmp_path, read)
    first = book.now()
    assert book.now() is first
    file.write_text("two, longer")
    assert book.now().links_at == "two, longer"
    file.write_text("a mistake")
    for _ in range(2):
        with pytest.raises(ConfigError):
            book.now()
    file.write_text("one")
    assert book.now() == first
    (tmp_path / "acme" / "groups.yaml").write_text("x")  # one more file is a change as well
    assert book.now() == first
