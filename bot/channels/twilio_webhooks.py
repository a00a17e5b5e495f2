"""What Twilio's two webhooks say, for SMS and WhatsApp alike: messages and receipts."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl

from multidict import MultiDict
from twilio.request_validator import RequestValidator

from bot.errors import WebhookRejected
from bot.messages import (
    Address,
    ChannelName,
    DeliveryState,
    InboundMessage,
    Incoming,
    OptOut,
    ProviderId,
    Receipt,
    WebhookCall,
)

WHATSAPP_PREFIX = "whatsapp:"
MAX_CALL_BYTES = 1_000_000
MAX_FIELDS = 500

STATES: Mapping[str, DeliveryState] = {
    "accepted": DeliveryState.SENT,
    "scheduled": DeliveryState.SENT,
    "queued": DeliveryState.SENT,
    "sending": DeliveryState.SENT,
    "sent": DeliveryState.SENT,
    "delivered": DeliveryState.DELIVERED,
    "read": DeliveryState.READ,
    "undelivered": DeliveryState.FAILED,
    "failed": DeliveryState.FAILED,
    "canceled": DeliveryState.FAILED,
}
MOST_MEDIA = 10  # pictures with one message
ARRIVING = {"receiving", "received"}  # statuses of what a parent sent, not of what we sent
MEDIA: Mapping[str, str] = {  # by content type, the longest match first
    "image/webp": "sticker",
    "image": "photo",
    "audio": "voice",
    "video": "video",
    "text/vcard": "contact",
    "text/x-vcard": "contact",
}


def read_call(call: WebhookCall, auth_token: str) -> tuple[Incoming, ...]:
    """Check the signature over all that was received, then translate.

    Raises WebhookRejected. What is neither a message nor a receipt of one gives nothing.
    """
    fields = _read_form(call.body)
    try:
        signed = RequestValidator(auth_token).validate(
            call.url, fields, call.headers.get("x-twilio-signature", "")
        )
    except ValueError as error:  # an address that cannot be parsed
        raise WebhookRejected("the call's address is malformed") from error
    if not signed:
        raise WebhookRejected("the call is not signed with our token")
    return translate(fields)


def translate(fields: Mapping[str, str]) -> tuple[Incoming, ...]:
    """Give what one form says, in our words."""
    status = fields.get("MessageStatus", "")
    if not fields.get("MessageSid"):
        return ()
    if status and status not in ARRIVING:
        return _receipt(fields, status)
    sender = _sender(fields)
    return _inbound(fields, sender) if sender else ()


def _read_form(body: bytes) -> MultiDict[str]:
    if len(body) > MAX_CALL_BYTES:
        raise WebhookRejected("the call is too long")
    try:
        pairs = parse_qsl(
            body.decode(), keep_blank_values=True, max_num_fields=MAX_FIELDS, errors="strict"
        )
    except ValueError as error:
        raise WebhookRejected("the call is not a form") from error
    return MultiDict(pairs)


def _receipt(fields: Mapping[str, str], status: str) -> tuple[Receipt, ...]:
    state = STATES.get(status)
    if state is None:  # a status that is newer than this table
        return ()
    ends = (fields.get("To", ""), fields.get("From", ""))
    by_whatsapp = any(end.startswith(WHATSAPP_PREFIX) for end in ends)
    return (
        Receipt(
            channel=ChannelName.WHATSAPP if by_whatsapp else ChannelName.SMS,
            provider_id=ProviderId(fields["MessageSid"]),
            state=state,
            error_code=fields.get("ErrorCode") or None,
        ),
    )


def _sender(fields: Mapping[str, str]) -> Address | None:
    """Give who wrote; a WhatsApp user may have an identity and no number."""
    value = fields.get("From") or fields.get("ExternalUserId", "")
    if value.startswith(WHATSAPP_PREFIX):
        return Address(ChannelName.WHATSAPP, value.removeprefix(WHATSAPP_PREFIX))
    if not value or ":" in value:  # another network of Twilio's, e.g. rcs:
        return None
    return Address(ChannelName.SMS, value)


def _inbound(fields: Mapping[str, str], sender: Address) -> tuple[InboundMessage, ...]:
    """One message, and one more for each further picture that came with it."""
    opt_out = fields.get("OptOutType", "").lower()
    quoted = fields.get("OriginalRepliedMessageSid")
    point = _point(fields)
    first = InboundMessage(
        sender=sender,
        provider_id=fields["MessageSid"],
        text=fields.get("Body") or fields.get("ButtonText") or fields.get("ListTitle") or "",
        payload=fields.get("ButtonPayload") or fields.get("ListId") or None,
        quoted=ProviderId(quoted) if quoted else None,
        opt_out=OptOut(opt_out) if opt_out in set(OptOut) else None,
        media=_media(fields, 0),
        name=fields.get("ProfileName") or None,
        media_ref=fields.get("MediaUrl0") or None,
        point=point,
    )
    others = (
        InboundMessage(
            sender=sender,
            provider_id=f"{first.provider_id}/{number}",
            media=_media(fields, number),
            name=first.name,
            media_ref=fields[f"MediaUrl{number}"],
        )
        for number in range(1, MOST_MEDIA)
        if fields.get(f"MediaUrl{number}")
    )
    return (first, *others)


def _point(fields: Mapping[str, str]) -> tuple[float, float] | None:
    """A place that was sent: latitude and longitude."""
    try:
        found = float(fields.get("Latitude", "")), float(fields.get("Longitude", ""))
    except ValueError:
        return None
    return found if abs(found[0]) <= 90 and abs(found[1]) <= 180 else None


def _media(fields: Mapping[str, str], number: int) -> str | None:
    if fields.get("Latitude"):
        return "location"
    if fields.get("NumMedia", "0") in {"", "0"}:
        return None
    kind = fields.get(f"MediaContentType{number}", "")
    return MEDIA.get(kind) or MEDIA.get(kind.partition("/")[0]) or "document"
