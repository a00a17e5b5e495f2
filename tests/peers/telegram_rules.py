"""What the Bot API accepts from a bot, as pure checks on the parameters of one call."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from tests.peers.loopback import Json

MAX_TEXT = 4096
MAX_CAPTION = 1024
MAX_FILE = {"voice": 50_000_000, "photo": 10_000_000}
FILE_STARTS = {"voice": (b"OggS", b"ID3", b"\xff"), "photo": (b"\xff\xd8\xff", b"\x89PNG", b"RIFF")}
M4A = b"ftyp"
MAX_CALLBACK_BYTES = 64
MAX_BUTTONS = 100
MAX_BUTTONS_A_ROW = 8
MAX_CALLBACK_ANSWER = 200
MAX_COMMANDS = 100
WEBHOOK_PORTS = {80, 88, 443, 8443}
MAX_SECRET = 256
SECRET = re.compile(r"[A-Za-z0-9_-]+")
COMMAND = re.compile(r"[a-z0-9_]{1,32}")
SLASH_COMMAND = re.compile(r"/[A-Za-z0-9_]{1,32}")

REASONS = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    409: "Conflict",
    429: "Too Many Requests",
    500: "Internal Server Error",
    502: "Bad Gateway",
}


class Refused(Exception):
    """The Bot API says no; the text is its `description`."""

    def __init__(self, status: int, detail: str = "", retry_after: int | None = None) -> None:
        super().__init__(f"{REASONS.get(status, 'Error')}: {detail}".removesuffix(": "))
        self.status = status
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Button:
    """A button as the parent sees it; `row` counts from 0."""

    text: str
    callback_data: str | None = None
    url: str | None = None
    request_contact: bool = False
    row: int = 0


@dataclass(frozen=True, slots=True)
class Sent:
    """A message from the bot: sent, or as it reads after an edit."""

    chat_id: int
    text: str
    buttons: tuple[Button, ...]
    message_id: int
    at: datetime
    reply_to: int | None = None
    file: File | None = None  # what the text stands beneath


@dataclass(frozen=True, slots=True)
class File:
    """A voice note or a picture that Telegram has taken."""

    file_id: str
    kind: str  # voice, photo
    content: bytes


@dataclass(frozen=True, slots=True)
class Answered:
    """The bot stopped the progress bar of one tap."""

    callback_query_id: str
    text: str
    show_alert: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where updates go; no url means that they wait for getUpdates."""

    url: str = ""
    secret_token: str = ""
    max_connections: int = 40


def read_json(params: Json, name: str) -> Any:
    """Read a parameter that is JSON inside a form, or already JSON inside JSON."""
    value = params.get(name)
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        raise Refused(400, f"can't parse {name}: it is not JSON") from None


def read_integer(params: Json, name: str, default: int) -> int:
    try:
        return int(params.get(name, default))
    except ValueError:
        raise Refused(400, f"{name} must be an integer") from None


def read_flag(params: Json, name: str) -> bool:
    return str(params.get(name, "")).lower() in {"true", "1", "yes"}


def read_text(params: Json) -> str:
    """Read what will be shown: Telegram trims it, and counts characters, not bytes."""
    if params.get("parse_mode") or params.get("entities"):
        raise Refused(400, "this peer reads plain text only")
    text = str(params.get("text", "")).strip()
    if not text:
        raise Refused(400, "message text is empty")
    if len(text) > MAX_TEXT:
        raise Refused(400, "message is too long")
    return text


def read_caption(params: Json) -> str:
    """Read what stands beneath a file."""
    if params.get("parse_mode") or params.get("caption_entities"):
        raise Refused(400, "this peer reads plain text only")
    caption = str(params.get("caption", "")).strip()
    if len(caption) > MAX_CAPTION:
        raise Refused(400, "message caption is too long")
    return caption


def check_file(kind: str, content: bytes) -> None:
    """Refuse what Telegram would not show as a voice note or a photo."""
    if not content:
        raise Refused(400, "file must be non-empty")
    if len(content) > MAX_FILE[kind]:
        raise Refused(413, "Request Entity Too Large")
    is_m4a = kind == "voice" and content[4:8] == M4A
    if not content.startswith(FILE_STARTS[kind]) and not is_m4a:
        raise Refused(400, "IMAGE_PROCESS_FAILED" if kind == "photo" else "wrong file type")


def read_buttons(params: Json) -> tuple[Button, ...]:
    """Read an inline or a reply keyboard; no buttons when a keyboard is removed or absent."""
    markup = read_json(params, "reply_markup") or {}
    inline = "inline_keyboard" in markup
    rows = markup["inline_keyboard"] if inline else markup.get("keyboard", [])
    read = _inline_button if inline else _reply_button
    if inline and any(len(row) > MAX_BUTTONS_A_ROW for row in rows):
        raise Refused(400, "reply markup is too long")
    buttons = tuple(read(raw, number) for number, row in enumerate(rows) for raw in row)
    if inline and len(buttons) > MAX_BUTTONS:
        raise Refused(400, "reply markup is too long")
    return buttons


def _inline_button(raw: Json, row: int) -> Button:
    text, data, url = raw.get("text"), raw.get("callback_data"), raw.get("url")
    if not text:
        raise Refused(400, "can't parse inline keyboard button: button text is empty")
    if (data is None) == (url is None):
        detail = "Text buttons are unallowed in the inline keyboard"
        raise Refused(400, f"can't parse inline keyboard button: {detail}")
    if data is not None and not 1 <= len(data.encode()) <= MAX_CALLBACK_BYTES:
        raise Refused(400, "BUTTON_DATA_INVALID")
    if url is not None and urlsplit(url).scheme not in {"http", "https", "tg"}:
        raise Refused(
            400, f"inline keyboard button URL '{url}' is invalid: Unsupported URL protocol"
        )
    return Button(text, data, url, row=row)


def _reply_button(raw: Json | str, row: int) -> Button:
    if isinstance(raw, str):
        return Button(raw, row=row)
    return Button(raw["text"], request_contact=bool(raw.get("request_contact")), row=row)


def inline_markup(buttons: tuple[Button, ...]) -> Json:
    """Show the inline buttons as a message carries them; reply keyboards stay outside of it."""
    inline = [button for button in buttons if button.callback_data or button.url]
    if not inline:
        return {}
    rows: list[list[Json]] = [[] for _ in range(inline[-1].row + 1)]
    for button in inline:
        target = {"url": button.url} if button.url else {"callback_data": button.callback_data}
        rows[button.row].append({"text": button.text} | target)
    return {"reply_markup": {"inline_keyboard": [row for row in rows if row]}}


def command_entities(text: str) -> Json:
    """Mark a leading command, which is how some libraries find it."""
    match = SLASH_COMMAND.match(text)
    if match is None:
        return {}
    return {"entities": [{"type": "bot_command", "offset": 0, "length": match.end()}]}


def read_webhook(params: Json, *, local: bool) -> Webhook:
    """Read setWebhook; with `local`, as a server started with --local, any http address will do."""
    url, secret = str(params.get("url", "")), str(params.get("secret_token", ""))
    connections = read_integer(params, "max_connections", 40)
    if not url:
        return Webhook()
    parts = urlsplit(url)
    if not local and parts.scheme != "https":
        raise Refused(400, "bad webhook: An HTTPS URL must be provided for webhook")
    if not local and (parts.port or 443) not in WEBHOOK_PORTS:
        raise Refused(400, "bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")
    if not parts.hostname:
        raise Refused(400, "bad webhook: invalid webhook URL specified")
    if len(secret) > MAX_SECRET:
        raise Refused(400, "secret token is too long")
    if secret and not SECRET.fullmatch(secret):
        raise Refused(400, "secret token contains unallowed characters")
    if not 1 <= connections <= 100:
        raise Refused(400, "max_connections must be between 1 and 100")
    return Webhook(url, secret, connections)


def read_commands(params: Json) -> dict[str, str]:
    """Read setMyCommands: command to description."""
    commands = read_json(params, "commands") or []
    if len(commands) > MAX_COMMANDS:
        raise Refused(400, "BOT_COMMANDS_TOO_MUCH")
    for entry in commands:
        if not COMMAND.fullmatch(entry["command"]):
            raise Refused(400, "BOT_COMMAND_INVALID")
        if not 1 <= len(entry["description"]) <= 256:
            raise Refused(400, "BOT_COMMAND_DESCRIPTION_INVALID")
    return {entry["command"]: entry["description"] for entry in commands}
