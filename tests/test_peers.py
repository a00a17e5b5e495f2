"""What both peers have in common: they stay on this machine, and own up to their faults."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import TelegramNetworkError
from aiohttp import web

from tests.peers.ours import NAME, OURS, PARENT, Clock, Twilio
from tests.peers.telegram import TOKEN, BotApi
from tests.peers.twilio import TwilioApi

AWA = 63998


@pytest.fixture
def clock() -> Clock:
    return Clock()


async def test_an_address_that_is_not_wired_is_never_called(clock: Clock) -> None:
    async with TwilioApi(clock, senders=[OURS]) as peer:
        with pytest.raises(LookupError, match="no wire"):
            await peer.says(PARENT, OURS, "bonjour", url="https://elsewhere.example/in")


async def test_closing_does_not_wait_for_a_call_that_hangs(clock: Clock) -> None:
    async with BotApi(clock) as peer:
        bot = Bot(TOKEN, session=AiohttpSession(api=TelegramAPIServer.from_base(peer.url)))
        peer.hang_next("getMe")
        call = asyncio.create_task(bot.get_me())
        await asyncio.sleep(0.05)
    with pytest.raises(TelegramNetworkError):
        await call
    await bot.session.close()


async def test_a_public_address_is_reached_on_a_socket_as_through_a_proxy(
    clock: Clock,
) -> None:
    seen: list[tuple[str, str, str]] = []

    async def take(request: web.Request) -> web.Response:
        scheme = request.headers["X-Forwarded-Proto"]
        seen.append((scheme, request.headers["Host"], request.path_qs))
        return web.Response(status=204)

    app = web.Application()
    app.router.add_post("/tw/in", take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    async with TwilioApi(clock, senders=[OURS]) as peer:
        peer.wire("https://real.example", f"http://127.0.0.1:{runner.addresses[0][1]}")
        status = await peer.says(PARENT, OURS, "x", url="https://real.example/tw/in?a=1#rc=2")
    await runner.cleanup()
    assert (status, seen) == (204, [("https", "real.example", "/tw/in?a=1")])


async def test_what_fails_in_the_background_fails_the_test(clock: Clock) -> None:
    async def story() -> None:
        async with TwilioApi(clock, senders=[NAME], auto_statuses=True) as peer:
            twilio = Twilio(peer.url)
            await twilio.send(status_callback="https://nowhere.example/tw/status")
            twilio.http.close()

    with pytest.raises(LookupError, match="no wire"):
        await story()


async def test_a_fault_of_the_peer_does_not_pass_for_one_of_the_provider(clock: Clock) -> None:
    async def story() -> int:
        odd = {"chat_id": AWA, "text": "x", "reply_markup": {"keyboard": [[{"label": "Oui"}]]}}
        async with BotApi(clock) as peer, httpx.AsyncClient(trust_env=False) as client:
            answer = await client.post(f"{peer.url}/bot{TOKEN}/sendMessage", json=odd)
        return answer.status_code

    with pytest.raises(KeyError, match="text"):
        await story()
