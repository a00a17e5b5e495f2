"""A LibreTranslate server, as its own documentation describes it, and stricter.

It takes no parameter that it does not know, wants a key where one is set, and gives for every text
what a test has put into `known`, else the text with its words turned round: what stands between ⟦ ⟧
stays as it is, unless the test lets it mangle that.
"""

from __future__ import annotations

import json
import re
from typing import Any

from aiohttp import web

from tests.peers.loopback import Clock, Fault, Peer

PARAMETERS = {"q", "source", "target", "format", "alternatives", "api_key"}
MARK = re.compile(r"⟦\d+⟧")


class TranslateApi(Peer):
    """Faults are scripted by call: `translate` and `languages`."""

    def __init__(
        self,
        clock: Clock,
        *,
        key: str = "",
        languages: tuple[str, ...] = ("ar", "en", "fa", "fr", "tr", "zh-Hans"),
    ) -> None:
        super().__init__(
            [("POST", "/translate", self._translate), ("GET", "/languages", self._languages)],
            clock,
        )
        self.key = key
        self.codes = languages
        self.known: dict[str, str] = {}
        self.asked: list[dict[str, Any]] = []
        self.mangles = ""  # "drop", "double" or "digits": what becomes of marks

    async def _translate(self, request: web.Request) -> web.StreamResponse:
        body = await request.text()

        async def work() -> web.StreamResponse:
            return self._translated(request, body)

        return await self._answer("translate", request, work, _scripted)

    async def _languages(self, request: web.Request) -> web.StreamResponse:
        async def work() -> web.StreamResponse:
            return web.json_response(
                [{"code": one, "name": one, "targets": list(self.codes)} for one in self.codes]
            )

        return await self._answer("languages", request, work, _scripted)

    def _translated(self, request: web.Request, body: str) -> web.Response:
        if request.content_type != "application/json":
            return _refusal(400, "Invalid request: JSON expected")
        asked = json.loads(body)
        self.asked.append(asked)
        if unknown := set(asked) - PARAMETERS:
            return _refusal(400, f"Invalid request: unknown {sorted(unknown)}")
        if missing := {"q", "source", "target"} - set(asked):
            return _refusal(400, f"Invalid request: missing {sorted(missing)} parameter")
        if self.key and asked.get("api_key") != self.key:
            return _refusal(403, "Visit https://example.org to get an API key")
        if asked["source"] not in (*self.codes, "auto"):
            return _refusal(400, f"{asked['source']} is not supported")
        if asked["target"] not in self.codes:
            return _refusal(400, f"{asked['target']} is not supported")
        if asked.get("format", "text") not in ("text", "html"):
            return _refusal(400, f"{asked['format']} format is not supported")
        texts = asked["q"] if isinstance(asked["q"], list) else [asked["q"]]
        told = [self._mangled(self.known.get(one, _turned(one))) for one in texts]
        return web.json_response(
            {"translatedText": told if isinstance(asked["q"], list) else told[0]}
        )

    def _mangled(self, text: str) -> str:
        match self.mangles:
            case "drop":
                return MARK.sub("", text, count=1)
            case "double":
                return MARK.sub(lambda one: one[0] * 2, text, count=1)
            case "digits":
                return text.replace("⟦1⟧", "⟦7⟧")
            case _:
                return text


def _turned(text: str) -> str:
    return "".join(
        one if MARK.fullmatch(one) else one.swapcase() for one in re.split(r"(⟦\d+⟧)", text)
    )


def _scripted(fault: Fault) -> web.Response:
    return _refusal(fault.status, fault.detail)


def _refusal(status: int, detail: str) -> web.Response:
    return web.json_response({"error": detail}, status=status)
