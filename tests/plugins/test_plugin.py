"""Which plug-ins are installed, and what is one."""

from pathlib import Path

import pytest

from pbx.plugins.plugin import installed, load_plugin
from tests.plugins.installing import install

pytestmark = pytest.mark.requirement("IVR-10")


def test_an_installed_plugin_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "loyalty" not in installed()
    install(tmp_path, monkeypatch)
    plugin = load_plugin(installed()["loyalty"])
    assert (plugin.outcomes, plugin.gives) == (("known", "unknown"), ("points",))


@pytest.mark.parametrize(
    ("name", "why"),
    [("broken", "is no pbx.plugins.plugin.Plugin"), ("missing", "cannot be loaded: ModuleNotFoundError")],
)
def test_what_is_none(name: str, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, monkeypatch)
    with pytest.raises(ValueError, match=why):
        load_plugin(installed()[name])
