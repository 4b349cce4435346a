"""Path, and the way to a phone behind an edge."""

import pytest

from pbx.core.address import Remote
from pbx.core.errors import PeerViolation
from pbx.sip.bindings.path import MAX_PATH, has_ob, next_hop, path_of
from pbx.sip.edge import Edges
from pbx.sip.message import Headers, Request

EDGES = Edges(("10.9.0.0/24",))
EDGE = Remote("udp", "10.9.0.1", 5060)


def request(*fields: tuple[str, str]) -> Request:
    headers = Headers()
    for name, value in fields:
        headers.add(name, value)
    return Request("REGISTER", "sip:example.com", headers)


@pytest.mark.parametrize("path", ["<sip:edge>", "<tel:+441632960000>", "<sip:edge;lr", "edge"])
def test_what_cannot_be_a_route_is_400(path: str) -> None:
    with pytest.raises(PeerViolation):
        path_of(request(("Path", path)))


@pytest.mark.parametrize(("n_proxies", "is_taken"), [(MAX_PATH, True), (MAX_PATH + 1, False)])
def test_a_path_has_a_limit(n_proxies: int, is_taken: bool) -> None:
    asked = request(*[("Path", f"<sip:p{n};lr>") for n in range(n_proxies)])
    if is_taken:
        assert len(path_of(asked)) == n_proxies
    else:
        with pytest.raises(PeerViolation):
            path_of(asked)


@pytest.mark.rfc("3327", "5.2")
@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("<sip:tok@10.9.0.1:5060;lr;ob>", EDGE),
        ("<sip:tok@10.9.0.7:5080;lr>", Remote("udp", "10.9.0.7", 5080)),
        ("<sip:tok@10.9.0.7;transport=tcp;lr>", Remote("tcp", "10.9.0.7", 5060)),
        ("<sips:tok@10.9.0.7;lr>", Remote("tls", "10.9.0.7", 5061)),
        ("<sip:edge.example.com;lr>", EDGE),
    ],
)
def test_a_trusted_edge_says_where(path: str, expected: Remote) -> None:
    assert next_hop((path,), EDGE, EDGES) == expected
    stranger = Remote("udp", "203.0.113.5", 40000)
    assert next_hop((path,), stranger, EDGES) == stranger
    assert next_hop((), EDGE, EDGES) == EDGE


def test_ob_is_looked_for_in_every_proxy() -> None:
    assert has_ob(("<sip:a;lr>", "<sip:b;lr;ob>"))
    assert not has_ob(("<sip:ob;lr>",))
