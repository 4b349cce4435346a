"""Music as it is written, and what becomes of it."""

from pathlib import Path

import pytest
from pydantic import TypeAdapter, ValidationError

from pbx.config.load import load
from pbx.config.music import MAX_CLASSES, MusicSettings, WrittenMusic, build_music
from pbx.media.music import MusicClass

WRITTEN: TypeAdapter[dict[str, MusicSettings]] = TypeAdapter(WrittenMusic)


def test_the_piece_that_ships_is_the_hold_music_of_who_writes_nothing(folder: Path) -> None:
    assert load(folder).tenants["acme"].music == {"hold": MusicClass(name="hold", folder=None)}


def test_classes() -> None:
    written = WRITTEN.validate_python(
        {
            "hold": {},
            "sales": {"folder": "songs", "order": "shuffled", "resume": "here", "level_db": -20},
        }
    )
    assert build_music(written, Path("acme")) == {
        "hold": MusicClass(name="hold", folder=Path("acme/music/hold")),
        "sales": MusicClass(
            name="sales", folder=Path("acme/songs"), order="shuffled", resume="here", level_db=-20
        ),
    }


@pytest.mark.parametrize(
    ("written", "right"),
    [
        ({"level_db": 0}, True),
        ({"level_db": 1}, False),
        ({"level_db": -40}, True),
        ({"level_db": -41}, False),
        ({"folder": "x" * 200}, True),
        ({"folder": "x" * 201}, False),
        ({"folder": ""}, False),
        ({"order": "random"}, False),
        ({"resume": "there"}, False),
        ({"volume": 3}, False),
    ],
)
def test_limits(written: dict[str, object], right: bool) -> None:
    try:
        WRITTEN.validate_python({"hold": written})
    except ValidationError:
        assert not right
    else:
        assert right


def test_the_number_of_classes_is_limited() -> None:
    assert len(WRITTEN.validate_python({f"c{n}": {} for n in range(MAX_CLASSES)})) == MAX_CLASSES
    with pytest.raises(ValidationError):
        WRITTEN.validate_python({f"c{n}": {} for n in range(MAX_CLASSES + 1)})
