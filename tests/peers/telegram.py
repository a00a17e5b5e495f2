"""A Bot API server that is as strict as Telegram about what a bot may send.

Private chats, and plain text, alone or beneath a voice note or a photo: `parse_mode` is refused
rather than half understood. Updates go to the webhook once one is set, else they wait for
getUpdates.
"""

from __future__ import annotations

import asyncio
import itertools
import re
from collections import defaultdict
from dataclasses import replace
from typing import Any

from aiohttp import web

from tests.peers.loopback import Clock, Fault, Json, Peer
from tests.peers.telegram_rules import (
    MAX_CALLBACK_ANSWER,
    Answered,
    Button,
    File,
    Refused,
    Sent,
    check_file,
    command_entities,
    inline_markup,
    read_buttons,
    read_caption,
    read_commands,
    read_flag,
    read_integer,
    read_json,
    read_text,
)
from tests.peers.telegram_updates import Sleep, Updates

TOKEN = "4200:loopback-token"
BOT: Json = {"id": 4200, "is_bot": True, "first_name": "Carnet", "username": "carnet_loopback_bot"}
MAX_FILE_BYTES = 20_000_000
START_PAYLOAD = re.compile(r"[A-Za-z0-9_-]{0,64}")
SAME_CONTENT = (
    "message is not modified: specified new message content and reply markup are exactly the same"
    " as a current content and reply markup of the message"
)
QUERY_TOO_OLD = "query is too old and response timeout expired or query ID is invalid"


class BotApi(Peer):
    """Telegram, for one bot. `local` allows http webhooks, as the server's own --local does.

    Faults are scripted by method: `fail_next("sendMessage", 429, retry_after=2)`.
    """

    def __init__(
        self,
        clock: Clock,
        token: str = TOKEN,
        *,
        local: bool = False,
        retry_delays: tuple[float, ...] = (0.0, 0.02, 0.04),
        sleep: Sleep = asyncio.sleep,
        longest_poll: float = 0.5,
    ) -> None:
        routes = [
            ("*", "/bot{token}/{method}", self.receive),
            ("GET", "/file/bot{token}/{path:.+}", self.give_file),
        ]
        super().__init__(routes, clock)
        self._updates = Updates(
            clock,
            self._post,
            local=local,
            retry_delays=retry_delays,
            sleep=sleep,
            longest_poll=longest_poll,
        )
        self.token = token
        self.bot = BOT | {"id": int(token.partition(":")[0])}
        self.sent: list[Sent] = []
        self.edits: list[Sent] = []
        self.answered: list[Answered] = []
        self.updates = self._updates.happened
        self.posted = self._updates.posted
        self.commands: dict[str, dict[str, str]] = {}  # by language, "" for the default
        self.blocked: set[int] = set()
        self.deactivated: set[int] = set()
        self.files: dict[str, tuple[str, bytes]] = {}  # by file_id: path and content
        self.tells_sizes = True
        self.unspoken: set[int] = set()  # chats that take no voice notes
        self.uploads: dict[str, File] = {}  # by file_id; a test may forget one
        self._users: dict[int, Json] = {}
        self._messages: dict[tuple[int, int], Json] = {}
        self._shown: dict[tuple[int, int], Sent] = {}
        self._offered: defaultdict[tuple[int, int], set[str]] = defaultdict(set)
        self._open_queries: set[str] = set()
        self._message_ids = itertools.count(1)
        self._query_ids = itertools.count(18_000_000_001)

    @property
    def webhook_url(self) -> str:
        """Where updates are brought; "" while they wait for getUpdates."""
        return self._updates.webhook.url

    # What a parent does. Each returns the webhook's last status code, or None when the update
    # waits for getUpdates or is of a kind that the bot did not ask for.

    def joins(self, chat_id: int, first_name: str = "Awa", language_code: str = "fr") -> None:
        """Know a chat without an update, as if it had begun long ago; no language when ''."""
        user = {"id": chat_id, "is_bot": False, "first_name": first_name}
        self._users[chat_id] = user | ({"language_code": language_code} if language_code else {})

    async def says(self, chat_id: int, text: str, reply_to: int | None = None) -> int | None:
        quoted = {"reply_to_message": self._quote(chat_id, reply_to)} if reply_to else {}
        content = {"text": text} | command_entities(text) | quoted
        return await self._updates.happen("message", self._compose(chat_id, content))

    async def sends(self, chat_id: int, **content: Any) -> int | None:
        """Send what is not text: `photo=[...]`, `voice={...}`, `location={...}`."""
        return await self._updates.happen("message", self._compose(chat_id, content))

    async def starts(self, chat_id: int, payload: str = "") -> int | None:
        """Follow a deep link, t.me/bot?start=payload."""
        if not START_PAYLOAD.fullmatch(payload):
            raise ValueError("Telegram would not pass this payload on")
        return await self.says(chat_id, f"/start {payload}".rstrip())

    async def edits_message(self, chat_id: int, message_id: int, text: str) -> int | None:
        old = self._messages[chat_id, message_id]
        new = old | {"text": text, "edit_date": self._unix_time()} | command_entities(text)
        self._messages[chat_id, message_id] = new
        return await self._updates.happen("edited_message", new)

    async def taps(self, chat_id: int, message_id: int, callback_data: str) -> int | None:
        """Tap a button that the message carries, or carried before an edit."""
        if callback_data not in self._offered[chat_id, message_id]:
            raise ValueError("no such button was ever shown under this message")
        query: Json = {
            "id": str(next(self._query_ids)),
            "from": self._user(chat_id),
            "message": self._messages[chat_id, message_id],
            "chat_instance": str(-chat_id),
            "data": callback_data,
        }
        self._open_queries.add(query["id"])
        return await self._updates.happen("callback_query", query)

    async def shares_contact(
        self, chat_id: int, phone_number: str, owner_id: int | None = None
    ) -> int | None:
        """Share one's own card, or with `owner_id` that of somebody else."""
        name = self._user(chat_id)["first_name"]
        card = {"phone_number": phone_number, "first_name": name, "user_id": owner_id or chat_id}
        return await self._updates.happen("message", self._compose(chat_id, {"contact": card}))

    async def blocks(self, chat_id: int) -> int | None:
        self.blocked.add(chat_id)
        return await self._updates.happen(
            "my_chat_member", self._membership(chat_id, "member", "kicked")
        )

    async def unblocks(self, chat_id: int) -> int | None:
        self.blocked.discard(chat_id)
        return await self._updates.happen(
            "my_chat_member", self._membership(chat_id, "kicked", "member")
        )

    async def redeliver(self, update_id: int) -> int | None:
        """Bring an update once more, as Telegram does when it has not seen our answer."""
        return await self._updates.redeliver(update_id)

    def expire(self, callback_query_id: str) -> None:
        """Let so much time pass that this tap can no longer be answered."""
        self._open_queries.discard(callback_query_id)

    # How that becomes an update

    def _unix_time(self) -> int:
        return int(self.clock().timestamp())

    def _user(self, chat_id: int) -> Json:
        if chat_id not in self._users:
            self.joins(chat_id)
        return self._users[chat_id]

    def _head(self, chat_id: int, sender: Json) -> Json:
        chat = {"id": chat_id, "type": "private", "first_name": self._user(chat_id)["first_name"]}
        return {"chat": chat, "from": sender, "date": self._unix_time()}

    def _compose(self, chat_id: int, content: Json, sender: Json | None = None) -> Json:
        head = self._head(chat_id, sender or self._user(chat_id))
        message = {"message_id": next(self._message_ids)} | head | content
        self._messages[chat_id, message["message_id"]] = message
        return message

    def _quote(self, chat_id: int, message_id: int) -> Json:
        message = self._messages[chat_id, message_id]
        return {key: value for key, value in message.items() if key != "reply_to_message"}

    def _membership(self, chat_id: int, old: str, new: str) -> Json:
        def member(status: str) -> Json:
            until = {"until_date": 0} if status == "kicked" else {}  # 0: for ever
            return {"user": self.bot, "status": status} | until

        change = {"old_chat_member": member(old), "new_chat_member": member(new)}
        return self._head(chat_id, self._user(chat_id)) | change

    # What the bot calls

    async def give_file(self, request: web.Request) -> web.StreamResponse:
        """Answer a call to the address of a file."""

        async def give() -> web.StreamResponse:
            wanted = request.match_info["path"]
            found = [body for path, body in self.files.values() if path == wanted]
            if request.match_info["token"] != self.token or not found:
                return _refusal(Refused(404))
            return web.Response(body=found[0], content_type="application/octet-stream")

        return await self._answer("file", request, give, lambda f: _refusal(_scripted(f)))

    async def receive(self, request: web.Request) -> web.StreamResponse:
        """Answer a call to a method."""
        method = request.match_info["method"]
        if request.match_info["token"] != self.token:
            return _refusal(Refused(401))
        return await self._answer(
            method, request, lambda: self._call(method, request), lambda f: _refusal(_scripted(f))
        )

    async def _call(self, method: str, request: web.Request) -> web.Response:
        params = await _parameters(request)
        try:
            return web.json_response({"ok": True, "result": await self._run(method, params)})
        except Refused as refused:
            return _refusal(refused)

    async def _run(self, method: str, params: Json) -> Any:
        match method.lower():
            case "getme":
                return self.bot
            case "getfile":
                return self._get_file(params)
            case "getupdates":
                return await self._updates.get_updates(params)
            case "getwebhookinfo":
                return self._updates.get_webhook_info()
            case "setwebhook":
                done = self._updates.set_webhook(params)
                self._spawn(self._updates.bring_backlog())
                return done
            case "deletewebhook":
                return self._updates.set_webhook(params | {"url": ""})
            case "sendmessage":
                return self._send_message(params)
            case "sendvoice":
                return self._send_file("voice", params)
            case "sendphoto":
                return self._send_file("photo", params)
            case "editmessagetext":
                return self._edit_message_text(params)
            case "editmessagecaption":
                return self._edit_message_caption(params)
            case "answercallbackquery":
                return self._answer_callback_query(params)
            case "setmycommands":
                self.commands[params.get("language_code", "")] = read_commands(params)
                return True
        raise Refused(404, "method not found")

    def _get_file(self, params: Json) -> Json:
        file_id = str(params.get("file_id", ""))
        if file_id not in self.files:
            raise Refused(400, "invalid file_id")
        path, body = self.files[file_id]
        if self.tells_sizes and len(body) > MAX_FILE_BYTES:
            raise Refused(400, "file is too big")
        size = {"file_size": len(body)} if self.tells_sizes else {}
        return {"file_id": file_id, "file_unique_id": file_id, "file_path": path} | size

    def _reachable(self, params: Json) -> int:
        chat_id = read_integer(params, "chat_id", 0)
        if chat_id not in self._users:
            raise Refused(400, "chat not found")
        if chat_id in self.deactivated:
            raise Refused(403, "user is deactivated")
        if chat_id in self.blocked:
            raise Refused(403, "bot was blocked by the user")
        return chat_id

    def _send_message(self, params: Json) -> Json:
        text, buttons = read_text(params), read_buttons(params)
        chat_id = self._reachable(params)
        content: Json = {"text": text} | inline_markup(buttons)
        reply_to = (read_json(params, "reply_parameters") or {}).get("message_id")
        if reply_to is not None and (chat_id, reply_to) not in self._messages:
            raise Refused(400, "message to be replied not found")
        if reply_to is not None:
            content |= {"reply_to_message": self._quote(chat_id, reply_to)}
        message = self._compose(chat_id, content, self.bot)
        sent = Sent(chat_id, text, buttons, message["message_id"], self.clock(), reply_to)
        self.sent.append(sent)
        self._show(sent)
        return message

    def _send_file(self, kind: str, params: Json) -> Json:
        caption, buttons = read_caption(params), read_buttons(params)
        file = self._file(kind, params)
        chat_id = self._reachable(params)
        if kind == "voice" and chat_id in self.unspoken:
            raise Refused(400, "VOICE_MESSAGES_FORBIDDEN")
        content: Json = {"caption": caption} if caption else {}
        content |= _shown_file(file, params) | inline_markup(buttons)
        message = self._compose(chat_id, content, BOT)
        sent = Sent(chat_id, caption, buttons, message["message_id"], self.clock(), file=file)
        self.sent.append(sent)
        self._show(sent)
        return message

    def _file(self, kind: str, params: Json) -> File:
        """What was uploaded, or what was kept of an earlier upload."""
        given = params.get(kind)
        if isinstance(given, str) and given.startswith("attach://"):
            given = params.get(given.removeprefix("attach://"))
        if isinstance(given, web.FileField):
            content = given.file.read()
            check_file(kind, content)
            file = File(f"file-{len(self.uploads) + 1}", kind, content)
            self.uploads[file.file_id] = file
            return file
        known = self.uploads.get(str(given))
        if known is None or known.kind != kind:
            raise Refused(400, "wrong file identifier/HTTP URL specified")
        return known

    def _edit_message_caption(self, params: Json) -> Json:
        caption, buttons = read_caption(params), read_buttons(params)
        return self._edit(params, "caption", caption, buttons)

    def _edit_message_text(self, params: Json) -> Json:
        text, buttons = read_text(params), read_buttons(params)
        return self._edit(params, "text", text, buttons)

    def _edit(self, params: Json, part: str, text: str, buttons: tuple[Button, ...]) -> Json:
        key = (self._reachable(params), read_integer(params, "message_id", 0))
        if key not in self._messages:
            raise Refused(400, "message to edit not found")
        if key not in self._shown:
            raise Refused(400, "message can't be edited")
        before = self._shown[key]
        if (before.file is None) != (part == "text"):
            raise Refused(400, f"there is no {part} in the message to edit")
        if (before.text, before.buttons) == (text, buttons):
            raise Refused(400, SAME_CONTENT)
        after = replace(before, text=text, buttons=buttons, at=self.clock())
        message = self._messages[key] | {part: text, "edit_date": self._unix_time()}
        message.pop("reply_markup", None)  # an edit without a keyboard takes the old one away
        self._messages[key] = message | inline_markup(buttons)
        self.edits.append(after)
        self._show(after)
        return self._messages[key]

    def _show(self, sent: Sent) -> None:
        key = (sent.chat_id, sent.message_id)
        self._shown[key] = sent
        self._offered[key] |= {b.callback_data for b in sent.buttons if b.callback_data}

    def _answer_callback_query(self, params: Json) -> bool:
        query_id, text = str(params.get("callback_query_id", "")), str(params.get("text", ""))
        if query_id not in self._open_queries:
            raise Refused(400, QUERY_TOO_OLD)
        if len(text) > MAX_CALLBACK_ANSWER:
            raise Refused(400, "MESSAGE_TOO_LONG")
        alert = read_flag(params, "show_alert")
        self.answered.append(Answered(query_id, text, alert, self.clock()))
        return True


def _shown_file(file: File, params: Json) -> Json:
    about = {"file_id": file.file_id, "file_unique_id": file.file_id}
    if file.kind == "photo":
        sizes = ({"width": 90, "height": 67}, {"width": 1280, "height": 960})
        return {"photo": [about | size for size in sizes]}
    return {"voice": about | {"duration": read_integer(params, "duration", 0)}}


async def _parameters(request: web.Request) -> Json:
    query: Json = dict(request.query)
    if request.content_type == "application/json":
        return query | dict(await request.json())
    return query | dict(await request.post())


def _scripted(fault: Fault) -> Refused:
    wait = f"retry after {fault.retry_after}" if fault.retry_after is not None else ""
    return Refused(fault.status, fault.detail or wait, fault.retry_after)


def _refusal(refused: Refused) -> web.Response:
    body: Json = {"ok": False, "error_code": refused.status, "description": str(refused)}
    headers = {}
    if refused.retry_after is not None:
        body["parameters"] = {"retry_after": refused.retry_after}
        headers["Retry-After"] = str(refused.retry_after)
    return web.json_response(body, status=refused.status, headers=headers)
