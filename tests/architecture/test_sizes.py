"""A file is one noun, a function is one screen."""

import ast
from pathlib import PurePosixPath
from typing import Protocol

MAX_FILE_LINES = 350
MAX_TEST_FILE_LINES = 500  # a table of cases may be long without being hard to read
MAX_FUNCTION_LINES = 60


class Source(Protocol):
    """What the fixtures yield."""

    @property
    def path(self) -> PurePosixPath: ...

    @property
    def text(self) -> str: ...

    @property
    def tree(self) -> ast.Module: ...


def too_long(sources: tuple[Source, ...], limit: int) -> dict[str, int]:
    sizes = {str(source.path): source.text.count("\n") for source in sources}
    return {path: size for path, size in sizes.items() if size > limit}


def test_files(package: tuple[Source, ...], suite: tuple[Source, ...]) -> None:
    assert too_long(package, MAX_FILE_LINES) == {}
    assert too_long(suite, MAX_TEST_FILE_LINES) == {}


def test_functions(package: tuple[Source, ...]) -> None:
    long = [
        f"{source.path}:{node.lineno}: {node.name}"
        for source in package
        for node in ast.walk(source.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or node.lineno) - node.lineno + 1 > MAX_FUNCTION_LINES
    ]
    assert long == []


def test_every_file_says_what_it_is(package: tuple[Source, ...]) -> None:
    silent = [str(source.path) for source in package if source.text and not ast.get_docstring(source.tree)]
    assert silent == []
