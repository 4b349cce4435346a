"""Pages without a script, in which nothing that somebody has written becomes HTML."""

import base64
import re
from hashlib import sha256

import pytest

from pbx.playback import pages

pytestmark = pytest.mark.requirement("REC-11")


def test_what_somebody_wrote_stays_text() -> None:
    page = pages.player({"Purpose": "<script>alert(1)</script>&\"'"})
    assert "<script" not in page and "&lt;script&gt;alert(1)&lt;/script&gt;&amp;&quot;&#x27;" in page
    assert "<i>" not in pages.said("<i>", "<i>")


def test_the_style_is_the_one_that_the_policy_allows() -> None:
    (style,) = re.findall(r"<style>(.*?)</style>", pages.front())
    digest = base64.b64encode(sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in pages.HEADERS["Content-Security-Policy"]


def test_the_player_can_be_used_without_seeing_it() -> None:
    page = pages.player({"Length": "2:30"})
    assert 'lang="en"' in page and "<title>Recording</title>" in page and "<main><h1>" in page
    assert re.search(r'<audio controls[^>]*aria-label="The recording"', page)
    assert "<dt>Length</dt><dd>2:30</dd>" in page


def test_a_link_is_not_opened_by_looking_at_it() -> None:
    assert '<form method="post"><button type="submit">' in pages.front()
    assert "sound.wav" not in pages.front()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Cache-Control", "no-store"),
        ("Referrer-Policy", "no-referrer"),
        ("X-Content-Type-Options", "nosniff"),
    ],
)
def test_headers(name: str, value: str) -> None:
    assert pages.HEADERS[name] == value
    assert "default-src 'none'" in pages.HEADERS["Content-Security-Policy"]
