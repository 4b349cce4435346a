"""PJSIP (pjsua2): registers, publishes a note, watches buddies and its messages, until stdin is closed."""

import json
import select
import sys
from typing import Any

import pjsua2

PUMP_MS = 20
STATUS = {pjsua2.PJSUA_BUDDY_STATUS_ONLINE: "online", pjsua2.PJSUA_BUDDY_STATUS_OFFLINE: "offline"}


class Account(pjsua2.Account):  # type: ignore[misc]
    """Says what it is told about messages."""

    def onMwiInfo(self, prm: Any) -> None:  # noqa: N802, the library's name
        """Say the summary of a NOTIFY."""
        for line in prm.rdata.wholeMsg.splitlines():
            if line.startswith("Voice-Message"):
                print("messages", line, flush=True)


class Buddy(pjsua2.Buddy):  # type: ignore[misc]
    """Says what it is told about somebody."""

    name = ""

    def onBuddyState(self) -> None:  # noqa: N802
        """Say the status and the note, once they are known."""
        info = self.getInfo()  # the status lives as long as this does
        presence = info.presStatus
        if presence.status in STATUS:
            print("buddy", self.name, STATUS[presence.status], presence.note, flush=True)


def main() -> None:
    """Carry out the orders on stdin."""
    order = json.loads(sys.stdin.readline())
    endpoint = pjsua2.Endpoint()
    endpoint.libCreate()
    config = pjsua2.EpConfig()
    config.uaConfig.threadCnt = 0
    config.uaConfig.mainThreadOnly = True
    config.logConfig.level = config.logConfig.consoleLevel = 1
    endpoint.libInit(config)
    transport = pjsua2.TransportConfig()
    transport.boundAddress = transport.publicAddress = "127.0.0.1"
    endpoint.transportCreate(pjsua2.PJSIP_TRANSPORT_UDP, transport)
    endpoint.libStart()
    endpoint.audDevManager().setNullDev()
    account, buddies = _account(order), []
    for name in order["buddies"]:
        buddy = Buddy()
        buddy.name = name
        wanted = pjsua2.BuddyConfig()
        wanted.uri, wanted.subscribe = f"sip:{name}@acme.example", True
        buddy.create(account, wanted)
        buddies.append(buddy)
    while not select.select([sys.stdin], [], [], 0)[0]:
        endpoint.libHandleEvents(PUMP_MS)
    del buddies, buddy
    account.shutdown()
    del account
    endpoint.libDestroy()


def _account(order: dict[str, Any]) -> Account:
    server, user = f"sip:127.0.0.1:{order['port']}", order["user"]
    config = pjsua2.AccountConfig()
    config.idUri = f"sip:{user}@acme.example"
    config.regConfig.registrarUri = server
    config.sipConfig.proxies.append(f"{server};lr")
    config.sipConfig.authCreds.append(pjsua2.AuthCredInfo("digest", "*", user, 0, order["password"]))
    config.mwiConfig.enabled = True
    config.presConfig.publishEnabled = True
    account = Account()
    account.create(config)
    status = pjsua2.PresenceStatus()
    status.status, status.note = pjsua2.PJSUA_BUDDY_STATUS_ONLINE, "lunch"
    account.setOnlineStatus(status)
    return account


if __name__ == "__main__":
    main()
