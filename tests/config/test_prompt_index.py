"""One entry of an index is changed, and everything else stays as somebody wrote it."""

import pytest

from pbx.config.prompt_index import HEAD, entries, with_recording, without_recording
from pbx.core.errors import StorageError

INDEX = """# ours
welcome.wav: "Hello."   # by Ann
bye.wav: Goodbye, and
  thank you.
"""


def test_a_file_more() -> None:
    assert with_recording("", "a.wav", "One.") == f'{HEAD}a.wav: "One."\n'
    assert (
        with_recording("a.wav: One.", "b.wav", 'Say "two": ü') == 'a.wav: One.\nb.wav: "Say \\"two\\": ü"\n'
    )
    assert with_recording("# only words\n", "a.wav", "One.") == '# only words\na.wav: "One."\n'


def test_a_file_in_the_place_of_another() -> None:
    changed = with_recording(INDEX, "welcome-v2.wav", "Hello.", "welcome.wav")
    assert changed == INDEX.replace("welcome.wav", "welcome-v2.wav")
    changed = with_recording(INDEX, "bye-v1.wav", "Bye.", "bye.wav")
    assert changed == '# ours\nwelcome.wav: "Hello."   # by Ann\nbye-v1.wav: "Bye."\n'


def test_a_file_that_says_something_else() -> None:
    assert entries(with_recording(INDEX, "welcome.wav", "Hi."))["welcome.wav"] == "Hi."


def test_a_file_less() -> None:
    assert without_recording(INDEX, "welcome.wav") == "# ours\nbye.wav: Goodbye, and\n  thank you.\n"
    assert without_recording(INDEX, "bye.wav") == '# ours\nwelcome.wav: "Hello."   # by Ann\n'
    with pytest.raises(StorageError, match=r"^index.yaml: there is no hello.wav in it$"):
        without_recording(INDEX, "hello.wav")


@pytest.mark.parametrize("text", ["a.wav: [", "- a.wav", "word"])
def test_what_is_no_index_stays(text: str) -> None:
    with pytest.raises(StorageError, match=r"^index.yaml: "):
        with_recording(text, "b.wav", "Two.")


def test_what_cannot_be_changed_safely_stays() -> None:
    with pytest.raises(StorageError, match="a line of its own"):
        with_recording("{a.wav: One.}", "b.wav", "Two.")
    assert entries(with_recording("{a.wav: One.}", "a.wav", "Two.")) == {"a.wav": "Two."}
