"""The part of Twilio beside messages: Content resources, what Meta approves, the account itself.

What it makes goes into `templates`, which a `TwilioApi` may share. Meta decides nothing by itself:
a test calls `decides`.
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
KINDS = {  # the list in it, its greatest length, the name and length of a label
    "twilio/quick-reply": ("actions", 10, "title", 20),
    "twilio/list-picker": ("items", 10, "item", 24),
}
PLAIN = "twilio/text"
IN_A_CONVERSATION = 3  # quick replies that need no approval
LANGUAGES = {  # of WhatsApp, some of them
    *("ar", "en", "es", "fa", "fr", "prs_AF", "ps_AF", "pt_BR", "pt_PT"),
    *("ro", "ru", "sq", "ta", "tr", "uk", "zh_CN"),
}
CATEGORIES = {"AUTHENTICATION", "MARKETING", "UTILITY"}
TEMPLATE_NAME = re.compile(r"[a-z0-9_]{1,512}")
SUBMISSION = {"name", "category", "send_ttl_seconds", "bid_amount"}
VARIABLE = r"{{(\w+)}}"
APPROVALS = "/v1/Content/{sid}/ApprovalRequests"
LONGEST_PAGE = 2  # so short that whoever lists has to turn pages


class Refused(Exception):
    """The Content API says no."""

    def __init__(self, status: int, detail: str, code: int = 20001) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code


class ContentApi(Peer):
    """One account's Content. Faults are scripted by call.

    These are `create`, `list`, `submit`, `standing` and `account`.
    """

    def __init__(
        self, clock: Clock, templates: dict[str, str], account_sid: str, auth_token: str
    ) -> None:
        super().__init__(
            [
                ("POST", "/v1/Content", self._receive("create", self._create)),
                ("GET", "/v1/Content", self._receive("list", self._list)),
                ("GET", APPROVALS, self._receive("standing", self._standing)),
                ("POST", f"{APPROVALS}/whatsapp", self._receive("submit", self._submit)),
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
        self.approvals: dict[str, Json] = {}  # by ContentSid, of what was submitted
        self.account_status = "active"
        self._sid = account_sid
        self._pair = base64.b64encode(f"{account_sid}:{auth_token}".encode()).decode()
        self._numbers = itertools.count(1)

    def buttons(self, content_sid: str) -> dict[str, str]:
        """Give the labels that a parent sees and the ids that come back."""
        ((kind, content),) = self._made(content_sid)["types"].items()
        if kind == PLAIN:
            return {}
        field, _, label, _ = KINDS[kind]
        return {one[label]: one["id"] for one in content[field]}

    def decides(self, content_sid: str, status: str, reason: str = "", category: str = "") -> None:
        """Let Meta decide on what was submitted; it may find another category."""
        request = self.approvals[content_sid]
        request |= {"status": status, "rejection_reason": reason}
        request |= {"category": category} if category else {}
        if status == "approved":
            (content,) = self._made(content_sid)["types"].values()
            self.templates[content_sid] = content["body"]

    def may_start(self, content_sid: str) -> bool:
        """Whether this resource may be sent outside of a conversation."""
        return self.approvals.get(content_sid, {}).get("status") == "approved"

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
        quick_replies = made["types"].get("twilio/quick-reply", {}).get("actions", ())
        if len(quick_replies) <= IN_A_CONVERSATION:
            self.templates[made["sid"]] = body
        return web.json_response(made, status=201)

    async def _list(self, request: web.Request) -> web.Response:
        page = int(request.query.get("Page", "0"))
        start, end = page * LONGEST_PAGE, (page + 1) * LONGEST_PAGE
        more = f"https://content.twilio.com/v1/Content?Page={page + 1}"
        meta: Json = {"key": "contents", "page": page, "page_size": LONGEST_PAGE}
        meta["next_page_url"] = more if end < len(self.made) else None
        return web.json_response({"contents": self.made[start:end], "meta": meta})

    async def _standing(self, request: web.Request) -> web.Response:
        sid = self._known(request)
        standing = self.approvals.get(sid, {"status": "unsubmitted"})
        return web.json_response({"sid": sid, "account_sid": self._sid, "whatsapp": standing})

    async def _submit(self, request: web.Request) -> web.Response:
        sid = self._known(request)
        if request.content_type != "application/json":
            raise Refused(415, "Unsupported Media Type")
        wanted: Json = await request.json()
        if not set(wanted) <= SUBMISSION:
            raise Refused(400, f"unknown: {sorted(set(wanted) - SUBMISSION)}")
        if not TEMPLATE_NAME.fullmatch(str(wanted.get("name"))):
            raise Refused(400, "name: lowercase letters, digits and underscores")
        if wanted.get("category") not in CATEGORIES:
            raise Refused(400, "category: UTILITY, MARKETING or AUTHENTICATION")
        if sid in self.approvals:
            raise Refused(400, "this content was submitted already")
        if wanted["name"] in {one["name"] for one in self.approvals.values()}:
            raise Refused(400, "this name is taken")
        made = self._made(sid)
        (kind,) = made["types"]
        _check_template(made)
        self.approvals[sid] = {
            "type": "whatsapp",
            "name": wanted["name"],
            "category": wanted["category"],
            "content_type": kind,
            "status": "received",
            "rejection_reason": "",
        }
        return web.json_response(self.approvals[sid], status=201)

    def _made(self, content_sid: str) -> Json:
        return next(one for one in self.made if one["sid"] == content_sid)

    def _known(self, request: web.Request) -> str:
        sid = request.match_info["sid"]
        if not any(one["sid"] == sid for one in self.made):
            raise Refused(404, "not found", 20404)
        return sid

    async def _account(self, request: web.Request) -> web.Response:
        if request.match_info["account"] != self._sid:
            raise Refused(404, "not found", 20404)
        account = {"sid": self._sid, "friendly_name": "Association", "status": self.account_status}
        return web.json_response(account)


def _checked_body(wanted: Json) -> str:
    if not wanted.get("friendly_name") or wanted.get("language") not in LANGUAGES:
        raise Refused(400, "friendly_name and a language of WhatsApp's are required")
    types: Any = wanted.get("types") or {}
    if len(types) != 1 or not set(types) <= {*KINDS, PLAIN}:
        raise Refused(400, "this peer knows one text, one quick-reply or one list-picker")
    ((kind, content),) = types.items()
    body = content.get("body", "")
    if not body or len(body) > MAX_BODY:
        raise Refused(400, "Body is empty or too long")
    if set(re.findall(VARIABLE, body)) != set(wanted.get("variables") or {}):
        raise Refused(400, "every variable needs a sample")
    if kind != PLAIN:
        _check_entries(kind, content)
    return str(body)


def _check_entries(kind: str, content: Json) -> None:
    field, most, label, longest = KINDS[kind]
    entries = content.get(field, [])
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


def _check_template(made: Json) -> None:
    """What Meta refuses at once, whatever the words."""
    ((kind, content),) = made["types"].items()
    if kind == "twilio/list-picker":
        raise Refused(400, "a list-picker cannot be approved")
    body, samples = content["body"].strip(), made.get("variables") or {}
    numbers = re.findall(VARIABLE, body)
    if re.match(VARIABLE, body) or re.search(VARIABLE + r"\Z", body):
        raise Refused(400, "a template may not begin or end with a variable")
    if re.search(r"}}\s*{{", body):
        raise Refused(400, "two variables stand side by side")
    if set(numbers) != {str(one) for one in range(1, len(set(numbers)) + 1)}:
        raise Refused(400, "variables must be numbered in a row")
    if any(
        not str(one).strip() or re.search(r"[\n\t]| {5,}", str(one)) for one in samples.values()
    ):
        raise Refused(400, "a sample is empty or not on one line")


def _scripted(fault: Fault) -> web.Response:
    return _refusal(fault.status, fault.code or fault.status, fault.detail)


def _refusal(status: int, code: int, detail: str) -> web.Response:
    return web.json_response({"code": code, "message": detail, "status": status}, status=status)
