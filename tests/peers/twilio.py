"""A Twilio Messages API that is at least as strict as Twilio, and calls back like it.

Stricter in two places: an unknown parameter is refused (Twilio ignores it with a warning), and so
is scheduling. A message that has been taken counts as sent at once: only the 201 itself still has
an empty `date_sent`. While the peer is `busy` it waits in the queue, no longer than its
ValidityPeriod.
"""

from __future__ import annotations

import base64
import hashlib
import itertools
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Literal
from urllib.parse import parse_qs, parse_qsl, urldefrag, urlencode

import httpx
from aiohttp import web

from tests.peers.loopback import NO_ANSWER, Clock, Fault, Handler, Json, Peer
from tests.peers.twilio_forms import (
    API,
    Called,
    Downloaded,
    Sent,
    inbound_form,
    keyword,
    page,
    resource,
    sign,
    status_form,
    timestamp,
    whatsapp_fields,
)
from tests.peers.twilio_rules import (
    MAX_VALIDITY,
    Account,
    Draft,
    Refused,
    media_fault,
    read_draft,
)

ACCOUNT_SID = "AC" + "1" * 32
AUTH_TOKEN = "2" * 32
WINDOW = timedelta(hours=24)  # free-form WhatsApp messages, since the user's last inbound
OUTSIDE_WINDOW = 63016
QUEUED_TOO_LONG = 30001
VALIDITY_EXPIRED = 30036
ENDED = {"delivered", "undelivered", "failed", "read"}
STEPS = {  # what is told on the way; the first status of a message never is
    "sent": ("sent",),
    "delivered": ("sent", "delivered"),
    "read": ("sent", "delivered", "read"),
    "undelivered": ("sent", "undelivered"),
    "failed": ("failed",),
}

Signature = Literal["good", "wrong", "missing", "altered"]


class TwilioApi(Peer):
    """Twilio, for one account. Faults are scripted by call: `create`, `fetch` or `list`.

    `senders` are ours (a number, `whatsapp:` and a number, or an alphanumeric name), `services`
    maps an MG sid to its sender, `templates` an HX sid to the text of an approved template.
    `may_start` tells of each of these whether it may be sent outside of a conversation.
    With `auto_statuses` each message goes on to its fate (`fates`, else delivered) by itself.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        senders: Iterable[str],
        services: Mapping[str, str] | None = None,
        templates: Mapping[str, str] | None = None,
        account_sid: str = ACCOUNT_SID,
        auth_token: str = AUTH_TOKEN,
        inbound_url: str | None = None,
        auto_statuses: bool = False,
        shuffled: bool = False,
        twice: bool = False,
        may_start: Callable[[str], bool] = lambda _content_sid: True,
    ) -> None:
        messages = f"{API}/{{account}}/Messages"
        super().__init__(
            [
                ("POST", f"{messages}.json", self._receive("create", self._create)),
                ("GET", f"{messages}.json", self._receive("list", self._list)),
                ("GET", f"{messages}/{{sid}}.json", self._receive("fetch", self._fetch)),
            ],
            clock,
        )
        self.account = Account(
            senders=frozenset(senders),
            services={} if services is None else services,
            templates={} if templates is None else templates,  # even empty, it may be shared
        )
        self.account_sid = account_sid
        self.auth_token = auth_token
        self.inbound_url = inbound_url
        self.sent: list[Sent] = []
        self.called: list[Called] = []
        self.downloaded: list[Downloaded] = []
        self.landlines: set[str] = set()
        self.opted_out: set[str] = set()
        self.fates: dict[str, tuple[str, int | None]] = {}  # by recipient: status, error code
        self.busy = False  # what is taken now waits: see `catch_up`
        self.calls_back = True  # False: whatever is told of a message is lost on the way
        self.fetched: list[str] = []  # sids that somebody asked about
        self._queue: dict[str, Draft] = {}
        self._auto_statuses = auto_statuses
        self._shuffled = shuffled
        self._twice = twice
        self._may_start = may_start
        self._messages: dict[str, Json] = {}
        self._callbacks: dict[str, str] = {}
        self._last_inbound: dict[tuple[str, str], datetime] = {}  # by parent and sender
        self._numbers = itertools.count(1)

    # What happens at the other end

    async def says(
        self,
        from_: str,
        to: str,
        body: str,
        *,
        url: str | None = None,
        button_payload: str | None = None,
        replied_to: str | None = None,
        fields: Mapping[str, str] | None = None,
        signature: Signature = "good",
    ) -> int:
        """Write to one of our senders, or tap the button whose label is `body`.

        `replied_to` is the sid of the message that is quoted or whose button is tapped; `fields`
        adds to the form or overrides it, as when Twilio adds a parameter without notice.
        Return the status code of our webhook's last answer.
        """
        target = url or self.inbound_url
        if target is None:
            raise ValueError("this sender has no webhook: give a url")
        if to not in self.account.senders or not to.removeprefix("whatsapp:").startswith("+"):
            raise ValueError("nobody can write to this sender")
        quoted = self._messages[replied_to] if replied_to is not None else None
        if quoted is not None and quoted["to"] != from_:
            raise ValueError("that message went to somebody else")
        message = self._file(
            {"to": to, "from": from_, "body": body, "direction": "inbound", "status": "received"}
        )
        form = inbound_form(message)
        if from_.startswith("whatsapp:"):
            form |= whatsapp_fields(message, button_payload, quoted)
        else:
            form |= self._obey(from_, body)
        self._last_inbound[from_, to] = self.clock()
        return await self._call(target, form | dict(fields or {}), signature)

    async def status(
        self,
        sid: str,
        status: str,
        error_code: int | None = None,
        *,
        signature: Signature = "good",
    ) -> int | None:
        """Move a message on and tell its StatusCallback; None if it has none."""
        self._drop_expired()
        if sid not in self._queue and self._messages[sid]["error_code"] == VALIDITY_EXPIRED:
            raise ValueError("this message never left the queue")
        self._queue.pop(sid, None)
        self._advance(sid, status, error_code)
        return await self._tell(sid, status, error_code, signature)

    async def catch_up(self) -> None:
        """Send what waits in the queue, save what has been there for too long."""
        self.busy = False
        self._drop_expired()
        waiting, self._queue = self._queue, {}
        for sid, draft in waiting.items():
            self._leave(sid, draft)
        await self.settled()

    def forget(self, sid: str) -> None:
        """Delete a message, as the account's owner may."""
        del self._messages[sid]

    async def redeliver(self, message_sid: str) -> int:
        """Make the last call about this message once more, to the letter."""
        last = next(c for c in reversed(self.called) if c.form["MessageSid"] == message_sid)
        return await self._send(last.url, last.form, last.headers)

    def _obey(self, from_: str, body: str) -> dict[str, str]:
        kind = keyword(body)
        if kind == "STOP":
            self.opted_out.add(from_)
        if kind == "START":
            self.opted_out.discard(from_)
        return {"OptOutType": kind} if kind else {}

    # Calls to our webhooks

    async def _tell(
        self, sid: str, status: str, error_code: int | None, signature: Signature = "good"
    ) -> int | None:
        if sid not in self._callbacks or not self.calls_back:
            return None
        form = status_form(self._messages[sid], status, error_code, self.clock())
        return await self._call(self._callbacks[sid], form, signature)

    async def _call(self, url: str, form: Mapping[str, str], signature: Signature) -> int:
        key = "somebody else's" if signature == "wrong" else self.auth_token
        token = hashlib.sha256(f"{form['MessageSid']}/{len(self.called)}".encode()).hexdigest()
        headers = {
            "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
            "I-Twilio-Idempotency-Token": token,  # the same for every retry of this call
        }
        if signature != "missing":
            headers["X-Twilio-Signature"] = sign(key, url, form.items())
        if signature == "altered":
            form = {**form, "From": form["From"] + "0"}
        return await self._send(url, form, headers)

    async def _send(self, url: str, form: Mapping[str, str], headers: Mapping[str, str]) -> int:
        """POST, and retry as the URL's fragment asks, by default once and only on connecting."""
        policy = dict(parse_qsl(urldefrag(url).fragment))
        reasons = set(policy.get("rp", "ct").split(","))
        status = NO_ANSWER
        for _ in range(1 + int(policy.get("rc", "1"))):
            called, why = await self._try(url, form, headers)
            self.called.append(called)
            status = called.status
            if why is None or not reasons & {why, "all"}:
                break
        return status

    async def _try(
        self, url: str, form: Mapping[str, str], headers: Mapping[str, str]
    ) -> tuple[Called, str | None]:
        """POST once; return what came of it, and the kind of failure in Twilio's own words."""
        body = urlencode(form).encode()
        try:
            response = await self._post(urldefrag(url).url, body, headers)
        except httpx.TransportError as error:
            connecting = isinstance(error, httpx.ConnectError | httpx.ConnectTimeout)
            return Called(url, form, headers, NO_ANSWER), "ct" if connecting else "rt"
        failure = {4: "4xx", 5: "5xx"}.get(response.status_code // 100)
        return Called(url, form, headers, response.status_code, response.text), failure

    # What we call

    def _receive(self, call: str, work: Handler) -> Handler:
        async def receive(request: web.Request) -> web.StreamResponse:
            return await self._answer(
                call, request, lambda: self._authorised(request, work), _scripted
            )

        return receive

    async def _authorised(self, request: web.Request, work: Handler) -> web.StreamResponse:
        try:
            pair = base64.b64encode(f"{self.account_sid}:{self.auth_token}".encode()).decode()
            if request.headers.get("Authorization") != f"Basic {pair}":
                raise Refused(20003, 401)
            if request.match_info["account"] != self.account_sid:
                raise Refused(20404, 404)
            return await work(request)
        except Refused as refused:
            return _refusal(refused)

    async def _create(self, request: web.Request) -> web.Response:
        draft = read_draft(parse_qs(await request.text(), keep_blank_values=True), self.account)
        if draft.to in self.landlines:
            raise Refused(21614)
        if draft.to in self.opted_out:
            raise Refused(21610)
        values = {
            "to": draft.to,
            "from": draft.sender,
            "body": draft.body,
            "direction": "outbound-api",
            "status": "accepted" if draft.service else "queued",
            "messaging_service_sid": draft.service,
            "num_media": str(len(draft.media_urls)),
            "num_segments": str(draft.segments),
        }
        message = self._file(values)
        answer = message | {"date_sent": None}
        if draft.service:  # the sender and so the segments are decided later
            answer |= {"from": None, "num_segments": "0"}
        self._take(message["sid"], draft)
        return web.json_response(answer, status=201)

    def _take(self, sid: str, draft: Draft) -> None:
        sent = Sent(
            sid=sid,
            to=draft.to,
            from_=draft.sender,
            body=draft.body,
            messaging_service_sid=draft.service,
            content_sid=draft.content_sid,
            content_variables=draft.content_variables,
            status_callback=draft.status_callback,
            media_urls=draft.media_urls,
            at=self.clock(),
            validity=draft.validity,
        )
        self.sent.append(sent)
        if draft.status_callback is not None:
            self._callbacks[sid] = draft.status_callback
        if self.busy:
            self._queue[sid] = draft
        else:
            self._leave(sid, draft)

    def _drop_expired(self) -> None:
        """What has been in the queue for longer than it may is not sent any more."""
        for sid, draft in tuple(self._queue.items()):
            taken_at = parsedate_to_datetime(self._messages[sid]["date_created"])
            longest = MAX_VALIDITY if draft.validity is None else draft.validity
            if self.clock() - taken_at > timedelta(seconds=longest):
                del self._queue[sid]
                code = QUEUED_TOO_LONG if draft.validity is None else VALIDITY_EXPIRED
                self._advance(sid, "failed", code)
                self._spawn(self._go_on(sid, "failed", code))

    def _leave(self, sid: str, draft: Draft) -> None:
        if self._is_outside_window(draft):
            self._spawn(self._go_on(sid, "failed", OUTSIDE_WINDOW))
        elif draft.media_urls and draft.to.startswith("whatsapp:"):
            self._spawn(self._fetch_media(sid, draft))
        elif self._auto_statuses:
            self._spawn(self._go_on(sid, *self.fates.get(draft.to, ("delivered", None))))

    async def _fetch_media(self, sid: str, draft: Draft) -> None:
        """Get the file as Twilio does once it has said 201; what cannot be shown fails."""
        answer = await self._get(draft.media_urls[0])
        mime = answer.headers.get("Content-Type", "").partition(";")[0]
        fault = media_fault(answer.status_code, mime, len(answer.content), draft.body)
        self.downloaded.append(Downloaded(sid, mime, answer.content, fault))
        if fault is not None:
            await self._go_on(sid, "failed", fault)
        elif self._auto_statuses:
            await self._go_on(sid, *self.fates.get(draft.to, ("delivered", None)))

    def _is_outside_window(self, draft: Draft) -> bool:
        if not draft.to.startswith("whatsapp:"):
            return False
        if draft.content_sid is not None and self._may_start(draft.content_sid):
            return False
        last = self._last_inbound.get((draft.to, draft.sender))
        return last is None or self.clock() - last > WINDOW

    async def _go_on(self, sid: str, last: str, error_code: int | None) -> None:
        steps = [step for step in STEPS[last] for _ in range(2 if self._twice else 1)]
        self._advance(sid, last, error_code)
        for step in reversed(steps) if self._shuffled else steps:
            await self._tell(sid, step, error_code if step == last else None)

    def _advance(self, sid: str, status: str, error_code: int | None) -> None:
        """Change the resource, which unlike the callbacks never goes back."""
        message = self._messages[sid]
        if message["status"] not in ENDED or status == "read":
            message |= {"status": status, "error_code": error_code}
            message["date_updated"] = timestamp(self.clock())

    def _file(self, values: Json) -> Json:
        sid = f"SM{next(self._numbers):032x}"
        self._messages[sid] = resource(self.account_sid, sid, self.clock(), **values)
        return self._messages[sid]

    async def _fetch(self, request: web.Request) -> web.Response:
        self._drop_expired()
        self.fetched.append(request.match_info["sid"])
        message = self._messages.get(request.match_info["sid"])
        if message is None:
            raise Refused(20404, 404)
        return web.json_response(message)

    async def _list(self, request: web.Request) -> web.Response:
        return web.json_response(page(self._messages.values(), request.query, request.path))


def _scripted(fault: Fault) -> web.Response:
    code = fault.code or {429: 20429, 500: 20500}.get(fault.status, fault.status)
    headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
    if fault.status == 429:
        headers["Twilio-Concurrent-Requests"] = "100"
    return _refusal(Refused(code, fault.status, fault.detail), headers)


def _refusal(refused: Refused, headers: Mapping[str, str] | None = None) -> web.Response:
    body: dict[str, Any] = {
        "code": refused.code,
        "message": str(refused),
        "more_info": f"https://www.twilio.com/docs/errors/{refused.code}",
        "status": refused.status,
    }
    return web.json_response(body, status=refused.status, headers=headers)
