"""Installs the plug-in of the tests into a folder, as pip would: a module, and its metadata."""

import shutil
from pathlib import Path

import pytest

MODULE = Path(__file__).parent / "loyalty.py"
METADATA = "Metadata-Version: 2.1\nName: loyalty\nVersion: 1.0\n"
ENTRY_POINTS = """[pbx.steps]
loyalty = loyalty:plugin
broken = loyalty:no_plugin
missing = nowhere:plugin
"""


def install(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have it in this process and in those that it starts."""
    site = folder / "site"
    metadata = site / "loyalty-1.0.dist-info"
    metadata.mkdir(parents=True)
    shutil.copy(MODULE, site / MODULE.name)
    (metadata / "METADATA").write_text(METADATA)
    (metadata / "entry_points.txt").write_text(ENTRY_POINTS)
    monkeypatch.syspath_prepend(site)
    monkeypatch.setenv("PYTHONPATH", str(site))
