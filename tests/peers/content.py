"""The part of Twilio beside messages: Content resources, and the account itself.

What it makes goes into `templates`, which a `TwilioApi` may share.
"""

from __future__ import annotations

import base64
import itertools
import re
from typing import Any

from aiohttp import web

from tests.peers.loopback import Clock, Fault, Handler, Json, Peer

MAX_BODY = 1024
MAX_ID = 256
KINDS = {  # the list in it, its length in a conversation, the name and length of a label
    "twilio/quick-reply": ("actions", 3, "title", 20),
    "twilio/list-picker": ("items", 10, "item", 24),
}
LONGEST_PAGE = 2  # so short that whoever lists has to turn pages


class Refused(Exception):
    """The Content API says no."""

    def __init__(self, status: int, detail: str, code: int = 20001) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code


class ContentApi(Peer):
    """One account's Content. Faults are scripted by call: `create`, `list` or `account`."""

    def __init__(
        self, clock: Clock, templates: dict[str, str], account_sid: str, auth_token: str
    ) -> None:
        super().__init__(
            [
                ("POST", "/v1/Content", self._receive("create", self._create)),
                ("GET", "/v1/Content", self._receive("list", self._list)),
                (
                    "GET",
                    "/2010-04-01/Accounts/{account}.json",
                    self._receive("account", self._account),
                ),
            ],
            clock,
        )
        self.templates = templates
        self.made: list[Json] = []
        self.account_status = "active"
        self._sid = account_sid
        self._pair = base64.b64encode(f"{account_sid}:{auth_token}".encode()).decode()
        self._numbers = itertools.count(1)

    def buttons(self, content_sid: str) -> dict[str, str]:
        """Give the labels that a parent sees and the ids that come back."""
        made = next(one for one in self.made if one["sid"] == content_sid)
        ((kind, content),) = made["types"].items()
        field, _, label, _ = KINDS[kind]
        return {one[label]: one["id"] for one in content[field]}

    def _receive(self, call: str, work: Handler) -> Handler:
        async def receive(request: web.Request) -> web.StreamResponse:
            return await self._answer(
                call, request, lambda: self._authorised(request, work), _scripted
            )

        return receive

    async def _authorised(self, request: web.Request, work: Handler) -> web.StreamResponse:
        try:
            if request.headers.get("Authorization") != f"Basic {self._pair}":
                raise Refused(401, "Authenticate", 20003)
            return await work(request)
        except Refused as refused:
            return _refusal(refused.status, refused.code, str(refused))

    async def _create(self, request: web.Request) -> web.Response:
        if request.content_type != "application/json":
            raise Refused(415, "Unsupported Media Type")
        wanted = await request.json()
        body = _checked_body(wanted)
        made = wanted | {"sid": f"HX{next(self._numbers):032x}", "account_sid": self._sid}
        self.made.append(made)
        self.templates[made["sid"]] = body
        return web.json_response(made, status=201)

    async def _list(self, request: web.Request) -> web.Response:
        page = int(request.query.get("Page", "0"))
        start, end = page * LONGEST_PAGE, (page + 1) * LONGEST_PAGE
        more = f"https://content.twilio.com/v1/Content?Page={page + 1}"
        meta: Json = {"key": "contents", "page": page, "page_size": LONGEST_PAGE}
        meta["next_page_url"] = more if end < len(self.made) else None
        return web.json_response({"contents": self.made[start:end], "meta": meta})

    async def _account(self, request: web.Request) -> web.Response:
        if request.match_info["account"] != self._sid:
            raise Refused(404, "not found", 20404)
        account = {"sid": self._sid, "friendly_name": "Association", "status": self.account_status}
        return web.json_response(account)


def _checked_body(wanted: Json) -> str:
    if not wanted.get("friendly_name") or not re.fullmatch(r"[a-z]{2}", wanted.get("language", "")):
        raise Refused(400, "friendly_name and language are required")
    types: Any = wanted.get("types") or {}
    if len(types) != 1 or not set(types) <= set(KINDS):
        raise Refused(400, "this peer knows one quick-reply or one list-picker")
    ((kind, content),) = types.items()
    field, most, label, longest = KINDS[kind]
    entries, body = content.get(field, []), content.get("body", "")
    if not body or len(body) > MAX_BODY:
        raise Refused(400, "Body is empty or too long")
    if not 1 <= len(entries) <= most:
        raise Refused(400, f"{field}: 1 to {most}")
    if any(not 1 <= len(one[label]) <= longest for one in entries):
        raise Refused(400, f"{label} cannot exceed {longest}")
    if any(not 1 <= len(one["id"]) <= MAX_ID for one in entries):
        raise Refused(400, f"id cannot exceed {MAX_ID}")
    if len({one["id"] for one in entries}) < len(entries):
        raise Refused(400, "ids must differ")
    if kind == "twilio/list-picker" and not 1 <= len(content.get("button", "")) <= 20:
        raise Refused(400, "button cannot exceed 20")
    if set(re.findall(r"{{(\w+)}}", body)) != set(wanted.get("variables") or {}):
        raise Refused(400, "every variable needs a sample")
    return str(body)


def _scripted(fault: Fault) -> web.Response:
    return _refusal(fault.status, fault.code or fault.status, fault.detail)


def _refusal(status: int, code: int, detail: str) -> web.Response:
    return web.json_response({"code": code, "message": detail, "status": status}, status=status)
