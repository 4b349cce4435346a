"""As what a recording is exported."""

import pytest

from pbx.cli.export_form import AGE, ExportForm
from pbx.cli.output import WrongUsage


def test_one_form_or_none() -> None:
    assert AGE.form == "age"
    assert [ExportForm(wav=True).form, ExportForm(evidence=True).form] == ["wav", "evidence"]
    with pytest.raises(WrongUsage, match=r"^give one of --wav, --mono, --opus, --evidence$"):
        ExportForm(wav=True, mono=True).form  # noqa: B018
