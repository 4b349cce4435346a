"""pyVoIP and rfcvoip as softphones: register, call, talk, press keys where they can, hang up.

Both have the same interface; the name of the package is the argument of the script. They speak unsigned
8-bit samples and run in threads of their own.
"""

import importlib
import socket
import sys
import time
from collections.abc import Callable
from typing import Any

from tests.e2e.softphones.script import (
    ANSWER_S,
    CALL_S,
    FRAME,
    REGISTER_S,
    Ear,
    Orders,
    Report,
    from_unsigned8,
    orders,
    remaining,
    report,
    to_unsigned8,
    tone_pcm,
)

RTP_PORTS = {"pyVoIP": (15300, 15340), "rfcvoip": (15350, 15390)}
POLL_S = 0.02
AHEAD_S = 0.2
SAY_S = 2.0  # at least: keys cut the tone off, and the other side wants to hear a second of it


def main(package: str, order: Orders) -> None:
    """Carry out the orders."""
    done, ear = Report(), Ear(order.tone_hz)
    low, high = RTP_PORTS[package]
    voip = importlib.import_module(f"{package}.VoIP")
    phone = voip.VoIPPhone(
        *("127.0.0.1", order.port, order.user, order.password),
        myIP=order.host,
        sipPort=_free_port(order.host),
        rtpPortLow=low,
        rtpPortHigh=high,
    )
    if not order.password:  # neither package can leave out the registration
        phone.sip.register = phone.sip.deregister = lambda: True
    phone.start()
    try:
        if order.password:
            _until(lambda: phone.get_status().value == "REGISTERED", REGISTER_S)
            done.registered = True
        call = phone.call(order.number)
        _until(lambda: call.state.value == "ANSWERED", ANSWER_S)
        done.answered = True
        _talk(call, order, ear)
        done.content = True
        if order.digits:
            call.send_dtmf_sequence(order.digits)
            _until(lambda: call.state.value == "ENDED", ANSWER_S)
            done.told_of_end = True
        else:
            call.hangup()
    finally:
        phone.stop()
        report(done, bytes(ear.pcm), order.heard)


def _free_port(host: str) -> int:
    """A port of its own for every run: both make the same branches and Call-IDs each time they start."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind((host, 0))
        return int(sock.getsockname()[1])


def _until(is_so: Callable[[], bool], seconds: float) -> None:
    """Look until it is so: these packages have no event to wait for."""
    until = time.monotonic() + seconds
    while not is_so():
        time.sleep(min(POLL_S, remaining(until)))


def _talk(call: Any, order: Orders, ear: Ear) -> None:
    """Say the tone until both sides heard enough of it; a blocking read sets the pace."""
    tone = to_unsigned8(tone_pcm(order.tone_hz, 1.0))
    said_until = began = time.monotonic()
    until = began + CALL_S
    while not ear.content or time.monotonic() < began + SAY_S:
        remaining(until)
        if time.monotonic() > said_until - AHEAD_S:
            call.write_audio(tone)
            said_until += 1.0
        ear.hear(from_unsigned8(call.read_audio(FRAME, blocking=True)))


if __name__ == "__main__":
    main(sys.argv[1], orders())
