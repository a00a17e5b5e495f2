"""What waits for the bot: one list of updates, brought to a webhook or fetched by getUpdates.

As at Telegram, the messages of a chat and the taps of its user are two queues: each is in order,
neither waits for the other, and a failing update holds up its own queue only.
"""

from __future__ import annotations

import asyncio
import itertools
import json
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus

import httpx

from tests.peers.loopback import NO_ANSWER, Clock, Json
from tests.peers.telegram_rules import (
    Refused,
    Webhook,
    read_flag,
    read_integer,
    read_json,
    read_webhook,
)

MESSAGE_LIFETIME = timedelta(hours=24)
TAP_LIFETIME = timedelta(seconds=150)
LONGEST_RETRY_AFTER = 3600

WEBHOOK_ACTIVE = (
    "can't use getUpdates method while webhook is active;"
    " use deleteWebhook to delete the webhook first"
)
OTHER_POLLER = (
    "terminated by other getUpdates request; make sure that only one bot instance is running"
)

Post = Callable[[str, bytes, Mapping[str, str]], Awaitable[httpx.Response]]
Sleep = Callable[[float], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Posted:
    """One try to bring an update to the webhook; status 0 means no answer."""

    update_id: int
    status: int


class Updates:
    """All updates of one bot, and where they go."""

    def __init__(
        self,
        clock: Clock,
        post: Post,
        *,
        local: bool,
        retry_delays: tuple[float, ...],
        sleep: Sleep,
        longest_poll: float,
    ) -> None:
        self.happened: list[Json] = []  # whether or not the bot asked for it
        self.posted: list[Posted] = []
        self.webhook = Webhook()
        self.allowed: tuple[str, ...] = ()  # empty: every kind that this peer makes
        self._clock = clock
        self._post = post
        self._local = local
        self._retry_delays = retry_delays
        self._sleep = sleep
        self._longest_poll = longest_poll
        self._ids = itertools.count(700_000_001)
        self._pending: dict[int, tuple[datetime, Json]] = {}  # until when, what
        self._queues: defaultdict[tuple[bool, int], asyncio.Lock] = defaultdict(asyncio.Lock)
        self._news = asyncio.Condition()
        self._last_error: Json = {}
        self._poll = 0  # the number of the getUpdates call that may go on waiting

    async def happen(self, kind: str, content: Json) -> int | None:
        """Return the webhook's last status code, or None if nothing was posted."""
        update = {"update_id": next(self._ids), kind: content}
        self.happened.append(update)
        if self.allowed and kind not in self.allowed:
            return None
        return await self._deliver(update)

    async def redeliver(self, update_id: int) -> int | None:
        return await self._deliver(next(u for u in self.happened if u["update_id"] == update_id))

    async def _deliver(self, update: Json) -> int | None:
        lifetime = TAP_LIFETIME if "callback_query" in update else MESSAGE_LIFETIME
        self._pending[update["update_id"]] = (self._clock() + lifetime, update)
        if self.webhook.url:
            return await self._bring(update)
        await self._wake()
        return None

    async def _bring(self, update: Json) -> int:
        content = next(value for key, value in update.items() if key != "update_id")
        async with self._queues["callback_query" in update, content["from"]["id"]]:
            if update["update_id"] not in self._pending:  # the backlog has brought it meanwhile
                return next(p.status for p in self.posted if p.update_id == update["update_id"])
            for delay in (*self._retry_delays, None):
                status, retry_after = await self._try(update)
                self.posted.append(Posted(update["update_id"], status))
                self._note(status)
                if 200 <= status < 300:
                    self._pending.pop(update["update_id"], None)
                    break
                if delay is not None:
                    await self._sleep(delay if retry_after is None else retry_after)
            return status

    async def _try(self, update: Json) -> tuple[int, int | None]:
        """POST once; return the status and the seconds that a Retry-After asks for."""
        secret = self.webhook.secret_token
        headers = {"X-Telegram-Bot-Api-Secret-Token": secret} if secret else {}
        headers["Content-Type"] = "application/json"
        try:
            response = await self._post(self.webhook.url, json.dumps(update).encode(), headers)
        except httpx.TransportError:
            return NO_ANSWER, None
        wait = response.headers.get("Retry-After", "")
        return response.status_code, min(int(wait), LONGEST_RETRY_AFTER) if wait.isdigit() else None

    async def bring_backlog(self) -> None:
        """End a waiting getUpdates, then bring what had gathered before the webhook was set."""
        await self._wake()
        self._confirm(0)
        if self.webhook.url:
            waiting = [update for _, update in self._pending.values()]
            await asyncio.gather(*(self._bring(update) for update in waiting))

    async def _wake(self) -> None:
        async with self._news:
            self._news.notify_all()

    # The methods of the Bot API that are about updates

    async def get_updates(self, params: Json) -> list[Json]:
        if self.webhook.url:
            raise Refused(409, WEBHOOK_ACTIVE)
        self._confirm(read_integer(params, "offset", 0))
        self._allow(params)
        self._poll += 1
        mine = self._poll
        async with self._news:
            self._news.notify_all()
            try:
                async with asyncio.timeout(
                    min(read_integer(params, "timeout", 0), self._longest_poll)
                ):
                    await self._news.wait_for(
                        lambda: self._pending or self._poll != mine or self.webhook.url
                    )
            except TimeoutError:
                pass
        if self._poll != mine:
            raise Refused(409, OTHER_POLLER)
        if self.webhook.url:
            raise Refused(409, "terminated by setWebhook request")
        limit = min(max(read_integer(params, "limit", 100), 1), 100)
        return [update for _, update in self._pending.values()][:limit]

    def _confirm(self, offset: int) -> None:
        """Forget what is confirmed, or for a negative offset all but the last, and the expired."""
        waiting = sorted(self._pending)
        first = (waiting[offset:] or [0])[0] if offset < 0 else offset
        now = self._clock()
        self._pending = {
            update_id: self._pending[update_id]
            for update_id in waiting
            if update_id >= first and self._pending[update_id][0] > now
        }

    def _allow(self, params: Json) -> None:
        kinds = read_json(params, "allowed_updates")
        if kinds is not None:  # what is left out stays as it was
            self.allowed = tuple(kinds)

    def set_webhook(self, params: Json) -> bool:
        self.webhook = read_webhook(params, local=self._local)
        self._last_error = {}
        self._allow(params)
        if read_flag(params, "drop_pending_updates"):
            self._pending.clear()
        return True

    def get_webhook_info(self) -> Json:
        info: Json = {"url": self.webhook.url, "has_custom_certificate": False}
        info["pending_update_count"] = len(self._pending)
        if self.allowed:
            info["allowed_updates"] = list(self.allowed)
        if self.webhook.url:
            info["max_connections"] = self.webhook.max_connections
        return info | self._last_error

    def _note(self, status: int) -> None:
        """Remember the last failure; a success afterwards does not wipe it out."""
        if 200 <= status < 300:
            return
        said = (
            f"Wrong response from the webhook: {status} {HTTPStatus(status).phrase}"
            if status
            else ""
        )
        self._last_error = {
            "last_error_date": int(self._clock().timestamp()),
            "last_error_message": said or "Connection refused",
        }
