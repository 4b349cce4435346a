"""PJSIP (pjsua2) as up to four telephones at once; its build has room for no more calls."""

import time
from typing import Any

import pjsua2

from tests.e2e.softphones.pjsua import Account, _account_config, _endpoint, _placed, _Pump
from tests.e2e.softphones.script import ANSWER_S, CALL_S, REGISTER_S, Orders, read_wav, ready
from tests.e2e.softphones.talkers import (
    HEARD_S,
    LIMIT_S,
    PJSUA_TALKERS,
    Talker,
    TalkOrders,
    audible_s,
    enough_file,
    heard_file,
    may_hang_up,
    said_file,
    talk_orders,
)

LOOK_S = 0.3


class _Ears:
    """Tell by their recordings which telephones have heard enough; PJSIP says nothing of it."""

    def __init__(self, orders: TalkOrders) -> None:
        self._orders = orders
        self._left = list(orders.talkers)
        self._next = 0.0

    def listened(self) -> bool:
        """Listen now and then; always true."""
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + LOOK_S
            for talker in [one for one in self._left if self._sound_s(one) >= HEARD_S]:
                enough_file(self._orders.folder, talker.user).touch()
                self._left.remove(talker)
        return True

    def have_enough(self) -> bool:
        """Whether all that have called may hang up."""
        return self.listened() and all(may_hang_up(self._orders.folder, one) for one in self._orders.talkers)

    def _sound_s(self, talker: Talker) -> float:
        return audible_s(read_wav(heard_file(self._orders.folder, talker.user)))


def main(orders: TalkOrders) -> None:
    """Carry out the orders; every Call and Account is gone before the library is."""
    assert len(orders.talkers) <= PJSUA_TALKERS
    endpoint = _endpoint("")
    try:
        _run(_Pump(endpoint), orders)
    finally:
        endpoint.libDestroy()


def _run(pump: _Pump, orders: TalkOrders) -> None:
    talkers, ears = orders.talkers, _Ears(orders)
    accounts = [_account(orders, talker) for talker in talkers]
    pump.until(lambda: all(account.registered for account in accounts), REGISTER_S)
    ready()
    calls = [
        _placed(account, _order(orders, talker))
        for account, talker in zip(accounts, talkers, strict=True)
        if talker.number
    ]
    pump.until(lambda: all(call.is_up() for call in calls), ANSWER_S)
    if calls:
        until = time.monotonic() + LIMIT_S
        pump.until(lambda: ears.have_enough() or time.monotonic() > until, CALL_S)
        for call in calls:
            call.hangup(pjsua2.CallOpParam(True))
    else:
        pump.until(lambda: all(account.is_called() for account in accounts), CALL_S)
        calls = [account.called for account in accounts if account.called is not None]
    pump.until(lambda: ears.listened() and all(call.is_over() for call in calls), CALL_S)
    for account in accounts:
        account.called = None
        account.shutdown()
        del account.sound


def _order(orders: TalkOrders, talker: Talker) -> Orders:
    return Orders(
        host="127.0.0.1",
        user=talker.user,
        password=talker.password,
        port=orders.port,
        number=talker.number,
        tone_hz=0.0,
        digits="",
        heard="",
    )


def _account(orders: TalkOrders, talker: Talker) -> Account:
    player, recorder = pjsua2.AudioMediaPlayer(), pjsua2.AudioMediaRecorder()
    player.createPlayer(str(said_file(orders.folder, talker)))
    recorder.createRecorder(str(heard_file(orders.folder, talker.user)))
    account = Account(player, recorder)
    config = _account_config(_order(orders, talker))
    _secure(config.mediaConfig, talker.security)
    account.create(config)
    return account


def _secure(media: Any, security: str) -> None:
    if security == "plain":
        return
    media.srtpUse = pjsua2.PJMEDIA_SRTP_MANDATORY
    media.srtpSecureSignaling = 0  # the keys may go by UDP here
    keying = pjsua2.PJMEDIA_SRTP_KEYING_DTLS_SRTP if security == "dtls" else pjsua2.PJMEDIA_SRTP_KEYING_SDES
    options = pjsua2.SrtpOpt()
    options.keyings.append(keying)
    if security not in ("sdes", "dtls"):
        suite = pjsua2.SrtpCrypto()
        suite.name = security
        options.cryptos.append(suite)
    media.srtpOpt = options


if __name__ == "__main__":
    main(talk_orders())
