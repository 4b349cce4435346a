"""Bars: on a terminal, nowhere else, and true."""

from io import StringIO
from pathlib import Path

from rich.console import Console

from pbx.cli.progress import Bar, WatchedStore
from pbx.recording.io.object_store import LocalDirectory, stream


def screen(out: StringIO, *, terminal: bool) -> Console:
    return Console(file=out, force_terminal=terminal, width=100)


def test_a_terminal_sees_what_is_done_and_a_clean_line_after_it() -> None:
    out = StringIO()
    with Bar("verifying", 200, screen(out, terminal=True)) as bar:
        bar.advance(50)
    assert "verifying" in out.getvalue()
    assert "25%" in out.getvalue()
    assert out.getvalue().endswith("\x1b[2K")


def test_work_of_unknown_length_has_no_share() -> None:
    out = StringIO()
    with Bar("comparing", console=screen(out, terminal=True)):
        pass
    assert "comparing" in out.getvalue()
    assert "%" not in out.getvalue()


def test_a_pipe_gets_nothing() -> None:
    out = StringIO()
    with Bar("verifying", 200, screen(out, terminal=False)) as bar:
        bar.advance(50)
    assert out.getvalue() == ""


async def test_every_octet_that_is_read_moves_the_bar(tmp_path: Path) -> None:
    (tmp_path / "object").write_bytes(b"x" * 1000)
    with Bar("exporting", 1000, screen(StringIO(), terminal=True)) as bar:
        store = WatchedStore(LocalDirectory(tmp_path), bar)
        assert await store.list() == ["object"]
        done = [bar.done async for _ in stream(store, "object", 400)]
    assert done == [400, 800, 1000]
