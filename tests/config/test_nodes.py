"""The tree of a file: anchors, aliases, places, bounds."""

import pytest
import yaml

from pbx.config.nodes import MAX_DEPTH, Alias, Items, Node, Pairs, Tree, Word, compose


def tree(text: str) -> Node:
    found = compose(text.encode(), "x.yaml")
    assert found.root is not None and found.errors == []
    return found.root


def test_words_lists_and_pairs_have_their_places() -> None:
    root = tree("a: [1, 'b']\n")
    assert isinstance(root, Pairs)
    ((key, value),) = root
    assert isinstance(key, Word) and (key.text, key.mark, key.is_plain) == ("a", (1, 1), True)
    assert isinstance(value, Items) and value.mark == (1, 4)
    words = [(one.text, one.mark, one.is_plain) for one in value.parts if isinstance(one, Word)]
    assert words == [("1", (1, 5), True), ("b", (1, 8), False)]


def test_an_alias_is_the_node_of_its_anchor() -> None:
    root = tree("[&x [1], *x]")
    assert isinstance(root, Items)
    first, second = root.parts
    assert isinstance(second, Alias) and second.of is first and second.mark == (1, 10)


@pytest.mark.parametrize("text", ["", "# nothing\n"])
def test_an_empty_file_has_no_tree(text: str) -> None:
    assert compose(text.encode(), "x.yaml") == Tree(root=None, values=0, errors=[])


def test_what_is_written_is_counted_once() -> None:
    assert compose(b"a: &a [1, 2]\nb: *a\n", "x.yaml").values == 7


@pytest.mark.requirement("S-24")
def test_every_refusal_is_told_until_a_limit_ends_it() -> None:
    errors = compose(b"a: !!int 1\nb: *gone\nc: &c 1\nd: &c 2\n", "x.yaml").errors
    assert [str(error) for error in errors] == [
        "x.yaml:1:4: tags (!name) are not allowed",
        "x.yaml:2:4: no anchor &gone stands before this alias",
        "x.yaml:4:4: the anchor &c is written twice (first on line 3)",
    ]
    deep = compose(b"[" * 50_000, "x.yaml").errors
    assert [str(error) for error in deep] == [f"x.yaml:1:{MAX_DEPTH + 1}: nested deeper than 32 levels"]


def test_what_is_no_yaml_is_for_the_caller() -> None:
    with pytest.raises(yaml.YAMLError):
        compose(b"a: [1\n", "x.yaml")
