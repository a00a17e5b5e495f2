"""Telegram for several bots at one address, as it is: each call goes to the bot of its token."""

from __future__ import annotations

from aiohttp import web

from tests.peers.loopback import Clock, Peer
from tests.peers.telegram import BotApi


class Telegrams(Peer):
    """The one address of several `BotApi`s, which a test opens and asks by themselves."""

    def __init__(self, clock: Clock, *bots: BotApi) -> None:
        routes = [
            ("*", "/bot{token}/{method}", self._call),
            ("GET", "/file/bot{token}/{path:.+}", self._file),
        ]
        super().__init__(routes, clock)
        self._bots = {one.token: one for one in bots}

    async def _call(self, request: web.Request) -> web.StreamResponse:
        bot = self._bots.get(request.match_info["token"])
        return await bot.receive(request) if bot is not None else _nobodys()

    async def _file(self, request: web.Request) -> web.StreamResponse:
        bot = self._bots.get(request.match_info["token"])
        return await bot.give_file(request) if bot is not None else _nobodys()


def _nobodys() -> web.Response:
    refusal = {"ok": False, "error_code": 401, "description": "Unauthorized"}
    return web.json_response(refusal, status=401)
