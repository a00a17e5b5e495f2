"""What every peer is made of: a server on 127.0.0.1, scripted faults, and calls out.

    our client library --HTTP--> Peer --HTTP or ASGI--> our webhook

A peer never leaves the machine: it calls out to loopback addresses, and to origins that a test has
wired to one (`wire("https://carnet.example", app)`). So webhooks keep their public, signed URL.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from types import TracebackType
from typing import Any, Literal, Self
from urllib.parse import urlsplit, urlunsplit

import httpx
from aiohttp import web

Clock = Callable[[], datetime]
Json = dict[str, Any]
App = Callable[..., Awaitable[None]]  # an ASGI application; its lifespan is the test's business
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

NO_ANSWER = 0  # stands for the status code of a call that was not answered
LOOPBACK = {"127.0.0.1", "localhost"}
RESET_ON_CLOSE = struct.pack("ii", 1, 0)  # SO_LINGER of 0 s: close sends RST instead of FIN


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong with one request; with `taken`, only after the request has done its work."""

    kind: Literal["refuse", "hang", "reset"]
    status: int = 500
    retry_after: int | None = None
    body: str | None = None
    detail: str = ""
    code: int | None = None
    taken: bool = False


class Peer:
    """Serve `routes` on a free port of 127.0.0.1, as an async context manager."""

    def __init__(self, routes: Iterable[tuple[str, str, Handler]], clock: Clock) -> None:
        self.clock = clock
        self.url = ""  # known once the server listens
        self._app = web.Application()
        self._app.on_response_prepare.append(self._date)
        for verb, path, handler in routes:
            self._app.router.add_route(verb, path, handler)
        self._faults: defaultdict[str, deque[Fault | None]] = defaultdict(deque)
        self._wires: dict[str, str | App] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._broken: list[Exception] = []
        self._closing = asyncio.Event()

    async def __aenter__(self) -> Self:
        self._client = httpx.AsyncClient(verify=False, trust_env=False, timeout=15)
        self._runner = web.AppRunner(self._app, shutdown_timeout=1.0)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        host, port = self._runner.addresses[0]
        self.url = f"http://{host}:{port}"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._closing.set()
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        await self._runner.cleanup()
        await self._client.aclose()
        broken = [*self._broken, *(o for o in outcomes if isinstance(o, Exception))]
        if broken and error is None:
            raise broken[0]

    # What a test scripts

    def wire(self, origin: str, target: str | App) -> None:
        """Reach a public origin at a loopback origin (as a TLS proxy would), or in an ASGI app."""
        self._wires[origin] = target

    def fail_next(
        self,
        call: str,
        status: int = 500,
        *,
        retry_after: int | None = None,
        body: str | None = None,
        detail: str = "",
        code: int | None = None,
        times: int = 1,
        taken: bool = False,
    ) -> None:
        """Refuse the next calls with the provider's own text or code.

        With `body`, refuse as a gateway would: with this page instead of JSON.
        """
        fault = Fault("refuse", status, retry_after, body, detail, code, taken)
        self._faults[call].extend([fault] * times)

    def spare_next(self, call: str) -> None:
        """Answer the next call well: what is scripted after this is for the calls behind it."""
        self._faults[call].append(None)

    def hang_next(self, call: str, *, taken: bool = False) -> None:
        """Take the next call, or only its connection, and never answer it."""
        self._faults[call].append(Fault("hang", taken=taken))

    def reset_next(self, call: str, *, taken: bool = False) -> None:
        """Drop the connection of the next call, before or after it has done its work."""
        self._faults[call].append(Fault("reset", taken=taken))

    async def settled(self) -> None:
        """Wait until all that goes on in the background is done; its errors are raised here."""
        while tasks := tuple(self._tasks):
            try:
                await asyncio.gather(*tasks)
            finally:
                self._tasks -= {task for task in tasks if task.done()}

    # What a peer does with it

    async def _answer(
        self,
        call: str,
        request: web.Request,
        work: Callable[[], Awaitable[web.StreamResponse]],
        refuse: Callable[[Fault], web.StreamResponse],
    ) -> web.StreamResponse:
        fault = self._faults[call].popleft() if self._faults[call] else None
        if fault is None or fault.taken:
            try:
                done = await work()
            except ConnectionResetError:  # the caller hung up: its own affair
                raise
            except Exception as error:  # a fault of the peer must not pass for the provider's 500
                self._broken.append(error)
                raise
        if fault is None:
            return done
        if fault.kind == "refuse":
            return refuse(fault) if fault.body is None else _gateway_page(fault)
        if fault.kind == "hang":
            await self._closing.wait()
        return _drop(request)

    async def _date(self, _request: web.Request, response: web.StreamResponse) -> None:
        """Tell the time as the provider's clock shows it."""
        response.headers["Date"] = format_datetime(self.clock().astimezone(UTC), usegmt=True)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._finish)

    def _finish(self, task: asyncio.Task[None]) -> None:
        if task.cancelled() or task.exception() is None:
            self._tasks.discard(task)  # a failed one stays until somebody has seen its error

    async def _post(self, url: str, body: bytes, headers: Mapping[str, str]) -> httpx.Response:
        """POST to a wired origin or to loopback; `LookupError` rather than the open network."""
        return await self._reach("POST", url, body, headers)

    async def _get(self, url: str) -> httpx.Response:
        """GET from a wired origin or from loopback, as `_post` does."""
        return await self._reach("GET", url, b"", {})

    async def _reach(
        self, verb: str, url: str, body: bytes, headers: Mapping[str, str]
    ) -> httpx.Response:
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        target = self._wires.get(origin, origin if parts.hostname in LOOPBACK else None)
        if target is None:
            raise LookupError(f"no wire to {origin}: call wire() first")
        proxied = {**headers, "Host": parts.netloc, "X-Forwarded-Proto": parts.scheme}
        if isinstance(target, str):
            near = urlunsplit(urlsplit(target)._replace(path=parts.path, query=parts.query))
            return await self._client.request(verb, near, content=body, headers=proxied)
        transport = httpx.ASGITransport(app=target, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport) as client:
            return await client.request(verb, url, content=body, headers=headers)


def _gateway_page(fault: Fault) -> web.Response:
    return web.Response(status=fault.status, text=fault.body, content_type="text/html")


def _drop(request: web.Request) -> web.Response:
    if request.transport is not None:
        connection = request.transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
        request.transport.abort()
    return web.Response()  # nobody reads it
