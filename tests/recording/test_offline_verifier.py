"""The verifier of a pack stands alone; what it judges is proved in tests/cli/test_evidence.py."""

import ast
import sys
from pathlib import Path

import pytest

from pbx.recording import offline_verifier


@pytest.mark.requirement("E-12")
def test_it_needs_the_standard_library_and_cryptography_only() -> None:
    tree = ast.parse(Path(offline_verifier.__file__).read_text())
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    foreign = {name.partition(".")[0] for name in names} - set(sys.stdlib_module_names)
    assert foreign == {"cryptography"}


def test_an_empty_folder_is_no_everywhere(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert offline_verifier.main([str(tmp_path), "--key", "00"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line[:3] for line in lines] == ["no "] * 7
