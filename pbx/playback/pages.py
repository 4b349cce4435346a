"""The few pages of playback: plain HTML without a script, and the headers that everything is sent with.

Every page that refuses a link has the same words, so that they tell a stranger nothing.
"""

import base64
from collections.abc import Mapping
from hashlib import sha256
from html import escape

_STYLE = (
    "body{font:1.1rem/1.5 system-ui,sans-serif;max-width:40rem;margin:3rem auto;padding:0 1rem;"
    "color:#1b1b1b;background:#fff}audio{width:100%;margin:1rem 0}button{font:inherit;padding:.6rem 1.4rem}"
    "dt{font-weight:600}dd{margin:0 0 .5rem}"
)
_HASH = base64.b64encode(sha256(_STYLE.encode()).digest()).decode()
HEADERS: Mapping[str, str] = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Content-Security-Policy": (
        f"default-src 'none'; media-src 'self'; style-src 'sha256-{_HASH}'; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'"
    ),
}
GONE = "This link cannot be used: it is not one of ours, its time is over, or it was opened already."
FORBIDDEN = "This recording may not be played, or not any more. Ask whoever gave you the link."
NOT_NOW = "The recording cannot be played at the moment. Try again in a minute."
TOO_MANY = "Too many requests. Try again in a minute."
DAMAGED = "The recording is damaged and cannot be played."


def page(title: str, body: str) -> str:
    """Return a whole page; `body` is HTML."""
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><style>{_STYLE}</style></head>'
        f"<body><main><h1>{escape(title)}</h1>{body}</main></body></html>\n"
    )


def said(title: str, text: str) -> str:
    """Return a page that says one thing."""
    return page(title, f"<p>{escape(text)}</p>")


def front() -> str:
    """What a link leads to: nothing is used up before the button is pressed, so that no preview opens it."""
    return page(
        "A recording for you",
        "<p>Only the browser in which you open it can play this recording. Who listens is noted.</p>"
        '<form method="post"><button type="submit">Open the recording</button></form>',
    )


def player(lines: Mapping[str, str]) -> str:
    """The page of the recording itself; `lines` are what is said of it."""
    facts = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in lines.items())
    return page(
        "Recording",
        '<audio controls preload="metadata" src="sound.wav" aria-label="The recording">'
        "Your browser cannot play sound.</audio>"
        f"<dl>{facts}</dl><p>The left channel is what the recorded party said, the right one what it heard. "
        "Each part that is played is noted with the name of who made the link.</p>",
    )
