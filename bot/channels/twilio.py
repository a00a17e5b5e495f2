"""SMS and WhatsApp through Twilio: two instances of one class."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import structlog
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.rest import Client

from bot.channels.shapes import SHAPES
from bot.channels.twilio_codes import UNKNOWN_THERE, error_of
from bot.channels.twilio_content import Contents, split_lines, types_of
from bot.channels.twilio_http import TwilioHttp, code_of
from bot.channels.twilio_media import fetch_media
from bot.channels.twilio_webhooks import STATES, WHATSAPP_PREFIX, read_call
from bot.errors import SendDelayed, SendError, SendRefused, SendUncertain
from bot.messages import (
    Address,
    ChannelName,
    DeliveryState,
    Fetched,
    Incoming,
    MediaKind,
    OutboundMessage,
    ProviderId,
    Receipt,
    WebhookCall,
)

log = structlog.get_logger()

SERVICE_PREFIX = "MG"  # a Messaging Service, which picks the sender itself

CLOCK_SKEW = timedelta(minutes=10)  # between our clock and Twilio's, at the most
RECENT = 50  # messages to one parent among which an uncertain one is looked for
SHORTEST, LONGEST = 6, 36_000
"""Seconds that a message may be told to wait in Twilio's queue at most.

More than 5 are advised; the longest is what holds where nothing is said. As documented in November
2026 (twilio.com/docs/messaging/api/message-resource, ValidityPeriod; docs/api/errors/90007).
"""
NOT_FOUND = 404


class Twilio:
    """One channel of one account."""

    def __init__(
        self,
        channel: ChannelName,
        *,
        account_sid: str,
        auth_token: str,
        sender: str,
        api_url: str,
        content_url: str,
        clock: Callable[[], datetime],
        status_url: str | None = None,
        http: TwilioHttp | None = None,
    ) -> None:
        """Write as `sender` unless a message names its own; receipts go to `status_url`."""
        self.shape = replace(SHAPES[channel], receipts=status_url is not None)
        self._channel = channel
        self._account_sid = account_sid
        self._auth_token = auth_token
        self._api_url = api_url
        self._clock = clock
        self._sender = sender
        self._status_url = status_url
        self._http = http or TwilioHttp({"api": api_url, "content": content_url})
        self._client = Client(account_sid, auth_token, http_client=self._http)
        self._contents = Contents(self._client)

    def read(self, call: WebhookCall) -> tuple[Incoming, ...]:
        """Read a call to either webhook, of either channel."""
        return read_call(call, self._auth_token)

    async def send(self, message: OutboundMessage) -> ProviderId:
        """Create one message; buttons become a Content resource on WhatsApp.

        On SMS the text itself carries the menu: buttons are left out. A voice note follows its text
        as a second message, because WhatsApp shows no text beneath one; it is tried once, and the
        text says where else it is heard.
        """
        fields = self._envelope(message) | await self._content(message)
        with _translated():
            created = await self._client.messages.create_async(**fields)
        if message.media is not None and message.media.kind is MediaKind.VOICE:
            await self._follow(message, message.media.url)
        return ProviderId(str(created.sid))

    async def find(self, message: OutboundMessage) -> ProviderId | None:
        """Look for the message among the last ones to this parent: same text, not older.

        Not narrowed to a day: a message that still waits at Twilio has no date of sending.
        """
        if message.decided_at is None:
            return None
        try:
            with _translated():
                recent = await self._client.messages.list_async(
                    to=self._dialled(message.to.value), limit=RECENT
                )
        except SendUncertain as error:
            raise SendDelayed(error.reason, code=error.code) from error
        earliest = message.decided_at - CLOCK_SKEW
        for one in recent:
            if one.date_created >= earliest and _says(str(one.body), message):
                return ProviderId(str(one.sid))
        return None

    async def fate(self, provider_id: ProviderId) -> Receipt:
        """Ask what became of one message; what our account does not hold has failed.

        Raises SendError when Twilio cannot be asked now.
        """
        try:
            with _translated():
                found = await self._fetched(provider_id)
        except SendUncertain as error:
            raise SendDelayed(error.reason, code=error.code) from error
        if found is None:
            return Receipt(self._channel, provider_id, DeliveryState.FAILED, UNKNOWN_THERE)
        state = STATES.get(str(found.status), DeliveryState.SENT)  # else newer than the table
        code = str(found.error_code) if found.error_code else None
        return Receipt(self._channel, provider_id, state, code)

    async def fetch(self, sender: Address, ref: str) -> Fetched:
        """Fetch what a parent sent, by the address that Twilio gave for it.

        Raises SendError whose reason, in French, says why it cannot be shown.
        """
        return await fetch_media(
            ref,
            account_sid=self._account_sid,
            auth_token=self._auth_token,
            api_url=self._api_url,
        )

    async def check(self) -> str:
        """Ask for the account; give its name.

        Raises SendError whose reason, in French, says what to do.
        """
        try:
            with _translated():
                account = await self._client.api.v2010.accounts(self._account_sid).fetch_async()
        except SendError as error:
            raise type(error)(_advice(error), code=error.code) from error
        if account.status != "active":
            raise SendRefused(f"Le compte Twilio n'est pas actif (état : {account.status}).")
        return str(account.friendly_name)

    async def close(self) -> None:
        """Let go of connections."""
        await self._http.close()

    async def _fetched(self, provider_id: ProviderId) -> Any:
        """The message as Twilio keeps it; None: it keeps no such message."""
        try:
            return await self._client.messages(provider_id).fetch_async()
        except TwilioRestException as error:
            if error.status == NOT_FOUND:
                return None
            raise

    async def _follow(self, message: OutboundMessage, url: str) -> None:
        """Send the voice note; whatever comes of it, the message itself has left."""
        fields = self._envelope(message) | {"media_url": [url]}
        fields.pop("status_callback", None)  # what becomes of it changes nothing
        try:
            with _translated():
                await self._client.messages.create_async(**fields)
        except SendError as error:
            log.info("voice_not_sent", outbox=message.id, code=error.code)

    def _envelope(self, message: OutboundMessage) -> dict[str, Any]:
        sender = message.sender or self._sender
        if not sender:
            raise SendRefused("no sender is set for this channel", code="21603")
        fields: dict[str, Any] = {"to": self._dialled(message.to.value)}
        if sender.startswith(SERVICE_PREFIX):
            fields["messaging_service_sid"] = sender
        else:
            fields["from_"] = self._dialled(sender)
        if self._status_url:
            fields["status_callback"] = self._status_url
        return fields | self._validity(message)

    def _validity(self, message: OutboundMessage) -> dict[str, int]:
        """How long an SMS may wait in Twilio's queue: not past its use.

        Raises SendDelayed when no time is left to take it out of the queue. Only for SMS: nothing
        says that Twilio heeds it on the way to WhatsApp.
        """
        if message.useful_until is None or self._channel is not ChannelName.SMS:
            return {}
        seconds = int((message.useful_until - self._clock()).total_seconds())
        if seconds < SHORTEST:
            raise SendDelayed("it would come too late to be of use")
        return {"validity_period": seconds} if seconds < LONGEST else {}

    async def _content(self, message: OutboundMessage) -> dict[str, Any]:
        if message.template is not None:
            return _filled(message.template.content_sid, message.template.variables)
        if message.media is not None and message.media.kind is MediaKind.PICTURE:
            return {"body": message.text, "media_url": [message.media.url]}
        if not message.buttons or not self.shape.buttons:
            return {"body": message.text}
        body, lines = split_lines(message.text)
        with _translated():
            sid = await self._contents.sid_of(types_of(body, message.buttons), lines)
        return _filled(sid, lines)

    def _dialled(self, value: str) -> str:
        if self._channel is not ChannelName.WHATSAPP or value.startswith(WHATSAPP_PREFIX):
            return value
        return WHATSAPP_PREFIX + value


def _filled(content_sid: str, variables: Mapping[str, str]) -> dict[str, str]:
    packed = json.dumps(dict(variables)).replace("'", r"\u0027")  # a bare ' has been refused: 21656
    return {"content_sid": content_sid, "content_variables": packed}


def _says(body: str, message: OutboundMessage) -> bool:
    """Compare without spaces, which Twilio may change; a template by what was filled in."""
    shown = "".join(body.split())
    if message.template is None:
        return shown == "".join(message.text.split())
    return all("".join(value.split()) in shown for value in message.template.variables.values())


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except TwilioException as error:  # its text holds numbers, so it is left behind
        raise error_of(code_of(error)) from None


def _advice(error: SendError) -> str:
    if error.code in {"20003", "20404"}:
        return (
            "Twilio refuse le compte : vérifiez CARNET_TWILIO_ACCOUNT_SID"
            " et CARNET_TWILIO_AUTH_TOKEN."
        )
    if error.code is None:
        return "Twilio ne répond pas : vérifiez la connexion et CARNET_TWILIO_API_URL."
    return f"Twilio répond par une erreur (code {error.code}) : réessayez plus tard."
