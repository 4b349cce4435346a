"""PJSIP (pjsua2) as a softphone: registers, calls, plays a tone, records, presses keys, hangs up."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pjsua2

from tests.e2e.softphones.script import (
    ANSWER_S,
    CALL_S,
    REGISTER_S,
    Ear,
    Orders,
    Report,
    orders,
    read_wav,
    ready,
    remaining,
    report,
    tone_pcm,
    write_wav,
)

PUMP_MS = 20
WAV_HEADER = 44


class Account(pjsua2.Account):  # type: ignore[misc]
    """Knows when the registrar said yes."""

    registered = False
    called: "Call | None" = None

    def __init__(self, player: Any, recorder: Any) -> None:
        super().__init__()
        self.sound = (player, recorder)

    def onIncomingCall(self, prm: Any) -> None:  # noqa: N802
        """Answer; PJSIP refuses a call that has no object when this returns."""
        self.called = Call(self, prm.callId)
        taken = pjsua2.CallOpParam(True)
        taken.statusCode = pjsua2.PJSIP_SC_OK
        self.called.answer(taken)

    def is_called(self) -> bool:
        """Whether a call came in."""
        return self.called is not None

    def onRegState(self, prm: Any) -> None:  # noqa: N802, the library's name
        """Take the answer of the registrar."""
        self.registered = prm.code == 200

    def is_registered(self) -> bool:
        """Whether the registrar said yes."""
        return self.registered


class Call(pjsua2.Call):  # type: ignore[misc]
    """Connects the sound as soon as there is some; `state` is what PJSIP calls it."""

    def __init__(self, account: Account, number: int = pjsua2.PJSUA_INVALID_ID) -> None:
        super().__init__(account, number)
        self._player, self._recorder = account.sound
        self.state = 0
        self.hears = False

    def onCallState(self, prm: Any) -> None:  # noqa: N802
        """Take note of the state."""
        self.state = self.getInfo().state

    def onCallMediaState(self, prm: Any) -> None:  # noqa: N802
        """Connect the tone with the call and the call with the recorder."""
        media = self.getAudioMedia(-1)
        self._player.startTransmit(media)
        media.startTransmit(self._recorder)
        self.hears = True

    def is_up(self) -> bool:
        """Whether it was answered and is connected with the sound."""
        return self.hears and bool(self.state == pjsua2.PJSIP_INV_STATE_CONFIRMED)

    def is_over(self) -> bool:
        """Whether it was hung up."""
        return bool(self.state == pjsua2.PJSIP_INV_STATE_DISCONNECTED)


def main(order: Orders) -> None:
    """Carry out the orders; Call and Account are gone before the library is, which insists on it."""
    done = Report()
    raw = Path(order.heard).with_suffix(".pjsua.wav")
    endpoint = _endpoint(order.ca)
    try:
        _run(endpoint, order, done, raw)
    finally:
        endpoint.libDestroy()
        heard = read_wav(raw).astype("<i2").tobytes() if raw.exists() else b""
        report(done, heard, order.heard)


def _endpoint(ca: str) -> Any:
    endpoint = pjsua2.Endpoint()
    endpoint.libCreate()
    config = pjsua2.EpConfig()
    config.uaConfig.threadCnt = 0
    config.uaConfig.mainThreadOnly = True
    config.logConfig.level = config.logConfig.consoleLevel = 1
    config.medConfig.clockRate = config.medConfig.sndClockRate = 8000
    endpoint.libInit(config)
    transport = pjsua2.TransportConfig()
    transport.boundAddress = transport.publicAddress = "127.0.0.1"
    if ca:
        transport.tlsConfig.CaListFile = ca
        transport.tlsConfig.verifyServer = True
        endpoint.transportCreate(pjsua2.PJSIP_TRANSPORT_TLS, transport)
    else:
        endpoint.transportCreate(pjsua2.PJSIP_TRANSPORT_UDP, transport)
    endpoint.libStart()
    endpoint.audDevManager().setNullDev()
    return endpoint


def _run(endpoint: Any, order: Orders, done: Report, raw: Path) -> None:
    said = raw.with_suffix(".said.wav")
    write_wav(said, tone_pcm(order.tone_hz, 1.0))
    player, recorder = pjsua2.AudioMediaPlayer(), pjsua2.AudioMediaRecorder()
    player.createPlayer(str(said))
    recorder.createRecorder(str(raw))
    account = Account(player, recorder)
    account.create(_account_config(order))
    pump = _Pump(endpoint)
    pump.until(account.is_registered, REGISTER_S)
    done.registered = True
    call = _placed(account, order) if order.number else _taken(account, pump)
    pump.until(call.is_up, ANSWER_S)
    done.answered = True
    pump.until(_Recording(raw, Ear(order.tone_hz)).is_content, CALL_S)
    done.content = True
    if order.digits:
        call.dialDtmf(order.digits)
        pump.until(call.is_over, ANSWER_S)
        done.told_of_end = True
    else:
        call.hangup(pjsua2.CallOpParam(True))
        pump.until(call.is_over, ANSWER_S)
    account.shutdown()
    del pump, call, account, player, recorder


def _placed(account: Account, order: Orders) -> Call:
    call = Call(account)
    call.makeCall(f"sip:{order.number}@acme.example", pjsua2.CallOpParam(True))
    return call


def _taken(account: Account, pump: "_Pump") -> Call:
    ready()
    pump.until(account.is_called, CALL_S)
    call, account.called = account.called, None
    assert call is not None
    return call


def _account_config(order: Orders) -> Any:
    config = pjsua2.AccountConfig()
    config.idUri = f"sip:{order.user}@acme.example"
    transport = ";transport=tls" if order.ca else ""
    config.regConfig.registrarUri = f"sip:127.0.0.1:{order.port}{transport}"
    config.sipConfig.proxies.append(f"sip:127.0.0.1:{order.port}{transport};lr")
    config.sipConfig.authCreds.append(pjsua2.AuthCredInfo("digest", "*", order.user, 0, order.password))
    config.callConfig.prackUse = pjsua2.PJSUA_100REL_MANDATORY  # RFC 3262, calling and called
    config.callConfig.timerUse = pjsua2.PJSUA_SIP_TIMER_REQUIRED  # RFC 4028
    return config


class _Recording:
    """The ear at a WAV file that grows."""

    def __init__(self, path: Path, ear: Ear) -> None:
        self._path, self._ear, self._at = path, ear, WAV_HEADER

    def is_content(self) -> bool:
        """Hear what is new in the file."""
        octets = self._path.read_bytes()[self._at :]
        self._at += len(octets)
        self._ear.hear(octets)
        return self._ear.content


class _Pump:
    """Gives PJSIP its turn: it has no thread of its own here."""

    def __init__(self, endpoint: Any) -> None:
        self._endpoint = endpoint

    def until(self, is_so: Callable[[], bool], seconds: float) -> None:
        """Handle events until it is so; TimeoutError after `seconds`."""
        until = time.monotonic() + seconds
        while not is_so():
            remaining(until)
            self._endpoint.libHandleEvents(PUMP_MS)


if __name__ == "__main__":
    main(orders())
