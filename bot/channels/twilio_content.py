"""WhatsApp buttons: Content resources that hold the labels, so that only the text varies.

A resource is made once for each set of labels and each shape of text, and found again by its name
after a restart. It holds no word of the message itself: every line of the text is a variable,
because a variable's value may not contain a line break.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from typing import Any

from twilio.rest import Client
from twilio.rest.content.v1.content import ContentList

from bot.errors import SendDelayed, SendRefused, SendUncertain
from bot.messages import Button

Types = dict[str, Any]

QUICK_REPLIES = 3  # buttons, in a conversation without an approved template
LIST_ITEMS = 10
QUICK_REPLY_TITLE = 20
LIST_ITEM_TITLE = 24
LIST_OPENER = "☰"  # what opens a list; a resource serves every language
SAMPLE = "…"  # the default of every variable; never shown
NAME_PREFIX = "carnet-"
PAGE_SIZE = 500
NOT_IN_A_VARIABLE = re.compile(r"\t| {5,}")


def bare_code(payload: str) -> str:
    """Give the answer's own code; the message that was tapped says to which question."""
    return payload.rpartition(":")[2]


def split_lines(text: str) -> tuple[str, dict[str, str]]:
    """Give a body with one placeholder for each line, and the lines by their number."""
    body: list[str] = []
    lines: dict[str, str] = {}
    for line in text.splitlines():
        shown = NOT_IN_A_VARIABLE.sub(" ", line)
        if shown.strip():
            number = str(len(lines) + 1)
            lines[number] = shown
            body.append(f"{{{{{number}}}}}")
        else:
            body.append("")
    return "\n".join(body), lines


def types_of(body: str, buttons: tuple[Button, ...]) -> Types:
    """Give the `types` of a resource with these buttons.

    Raises SendRefused when there are more than WhatsApp shows.
    """
    if len(buttons) <= QUICK_REPLIES:
        actions = [
            {
                "type": "QUICK_REPLY",
                "title": one.label[:QUICK_REPLY_TITLE],
                "id": bare_code(one.payload),
            }
            for one in buttons
        ]
        return {"twilio/quick-reply": {"body": body, "actions": actions}}
    if len(buttons) > LIST_ITEMS:
        raise SendRefused("more buttons than WhatsApp shows", code="buttons")
    items = [{"item": one.label[:LIST_ITEM_TITLE], "id": bare_code(one.payload)} for one in buttons]
    return {"twilio/list-picker": {"body": body, "button": LIST_OPENER, "items": items}}


class Contents:
    """The account's resources, by name."""

    def __init__(self, client: Client) -> None:
        self._contents = client.content.v1.contents
        self._sids: dict[str, str] = {}
        self._listed = False
        self._lock = asyncio.Lock()

    async def sid_of(self, types: Types, variables: dict[str, str]) -> str:
        """Find the resource or make it.

        Raises SendDelayed, also when no answer came: nobody has been written to yet.
        """
        name = _name(types)
        async with self._lock:
            try:
                await self._list_once()
                if name not in self._sids:
                    self._sids[name] = await self._create(name, types, variables)
            except SendUncertain as error:
                self._listed = False  # it may have been made: look again before the next try
                raise SendDelayed(error.reason, code=error.code) from error
        return self._sids[name]

    async def _list_once(self) -> None:
        if self._listed:
            return
        for content in await self._contents.list_async(page_size=PAGE_SIZE):
            if str(content.friendly_name).startswith(NAME_PREFIX):
                self._sids[str(content.friendly_name)] = str(content.sid)
        self._listed = True

    async def _create(self, name: str, types: Types, variables: dict[str, str]) -> str:
        wanted = ContentList.ContentCreateRequest(
            {
                "friendly_name": name,
                "language": "fr",  # required, and shown to nobody
                "variables": dict.fromkeys(variables, SAMPLE),
                "types": types,
            }
        )
        return str((await self._contents.create_async(wanted)).sid)


def _name(types: Types) -> str:
    digest = hashlib.sha256(json.dumps(types, sort_keys=True).encode())
    return NAME_PREFIX + digest.hexdigest()[:24]
