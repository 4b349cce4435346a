"""One HTTP connection of a browser, with an end to waiting for it.

The protocol of uvicorn waits as long as a peer likes, for a request that does not end and for one that does
not read its answer. Both end here in a reset, since nothing else frees what is in its buffers.
"""

import asyncio
from collections import Counter
from typing import Any

import h11
from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

REQUEST_S = 10.0  # for a whole request, which fits into one packet
STALL_S = 30.0  # for a browser that reads nothing; what it is sent is a minute of sound at most
KEEP_ALIVE_S = 20  # between two requests
MAX_CONNECTIONS = 64
MAX_OF_ONE = 16  # from one address; a browser opens six. Behind a proxy all come from one
MAX_HEAD = 16 << 10  # octets of one request's head


class PatientProtocol(H11Protocol):
    """`of_one` counts the connections of each address; `limit` of 0 = an address may have all."""

    def __init__(
        self, config: Config, state: ServerState, of_one: "Counter[str]", limit: int = MAX_OF_ONE
    ) -> None:
        super().__init__(config, state, app_state={})
        self._of_one, self._limit = of_one, limit
        self._request_timer: asyncio.TimerHandle | None = None
        self._stall_timer: asyncio.TimerHandle | None = None
        self._peer = ""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._peer = str(self.client[0]) if self.client else ""
        self._of_one[self._peer] += 1
        is_one_too_many = self._limit and self._of_one[self._peer] > self._limit
        if is_one_too_many or len(self.connections) > MAX_CONNECTIONS:
            transport.abort()
            return
        self._request_timer = self.loop.call_later(REQUEST_S, transport.abort)

    def connection_lost(self, exc: Exception | None) -> None:
        self._of_one[self._peer] -= 1
        if self._of_one[self._peer] <= 0:
            del self._of_one[self._peer]
        self._stop(request=True, stall=True)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.conn.their_state in (h11.IDLE, h11.SEND_BODY):
            if self._request_timer is None and not self.transport.is_closing():
                self._request_timer = self.loop.call_later(REQUEST_S, self.transport.abort)
        else:
            self._stop(request=True)

    def pause_writing(self) -> None:
        super().pause_writing()
        if self._stall_timer is None:
            self._stall_timer = self.loop.call_later(STALL_S, self.transport.abort)

    def resume_writing(self) -> None:
        self._stop(stall=True)
        super().resume_writing()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.transport.is_closing() and self._stall_timer is None:
            # what is left in its buffer is flushed before the end, or never
            self._stall_timer = self.loop.call_later(STALL_S, self.transport.abort)

    def _stop(self, *, request: bool = False, stall: bool = False) -> None:
        if request and self._request_timer is not None:
            self._request_timer.cancel()
            self._request_timer = None
        if stall and self._stall_timer is not None:
            self._stall_timer.cancel()
            self._stall_timer = None


def configured(app: Any, headers: list[tuple[str, str]]) -> tuple[Config, ServerState]:
    """Return how connections of an application are served: no line of any request is ever logged."""
    config = Config(
        app,
        http=PatientProtocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=MAX_CONNECTIONS,
        timeout_keep_alive=KEEP_ALIVE_S,
        h11_max_incomplete_event_size=MAX_HEAD,
    )
    config.load()
    state = ServerState()
    state.default_headers = [(name.lower().encode(), value.encode()) for name, value in headers]
    return config, state
