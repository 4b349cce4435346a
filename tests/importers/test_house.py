"""A house says no secret."""

from pbx.core.secret import Secret
from pbx.importers.house import Carrier, Device


def test_secrets_are_not_shown() -> None:
    device = Device(user="1001", number="1001", name="A", place="", secret=Secret("geheim"))
    carrier = Carrier(name="c", place="", secret=Secret("geheim"))
    assert "geheim" not in f"{device!r}{carrier!r}"
