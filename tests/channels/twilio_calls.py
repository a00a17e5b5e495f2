"""Forms as Twilio posts them, and what each of them says to us."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from bot.messages import (
    Address,
    ChannelName,
    DeliveryState,
    InboundMessage,
    Incoming,
    OptOut,
    ProviderId,
    Receipt,
)

SID, ASKED = "SM" + "1" * 32, "SM" + "9" * 32
PARENT, OURS = "+33639980001", "+33639980099"
SMS, WHATSAPP = ChannelName.SMS, ChannelName.WHATSAPP


def sms(**fields: str) -> str:
    """An inbound SMS; the empty fields are signed too."""
    form = {
        "ToCountry": "FR",
        "ToState": "",
        "SmsMessageSid": SID,
        "NumMedia": "0",
        "ToCity": "",
        "FromZip": "",
        "SmsSid": SID,
        "FromState": "",
        "SmsStatus": "received",
        "FromCity": "",
        "Body": "",
        "FromCountry": "FR",
        "To": OURS,
        "ToZip": "",
        "NumSegments": "1",
        "MessageSid": SID,
        "AccountSid": "AC" + "1" * 32,
        "From": PARENT,
        "ApiVersion": "2010-04-01",
    }
    return urlencode(form | fields)


def whatsapp(**fields: str) -> str:
    form = {
        "SmsMessageSid": SID,
        "NumMedia": "0",
        "ProfileName": "Awa",
        "MessageType": "text",
        "SmsSid": SID,
        "WaId": PARENT[1:],
        "SmsStatus": "received",
        "Body": "",
        "To": f"whatsapp:{OURS}",
        "NumSegments": "1",
        "MessageSid": SID,
        "AccountSid": "AC" + "1" * 32,
        "ChannelMetadata": '{"type":"whatsapp","data":{}}',
        "From": f"whatsapp:{PARENT}",
        "ApiVersion": "2010-04-01",
    }
    return urlencode(form | fields)


def status(word: str, *, prefix: str = "", **fields: str) -> str:
    form = {
        "SmsSid": SID,
        "SmsStatus": word,
        "MessageStatus": word,
        "To": prefix + PARENT,
        "MessageSid": SID,
        "AccountSid": "AC" + "1" * 32,
        "From": prefix + OURS,
        "ApiVersion": "2010-04-01",
    }
    return urlencode(form | fields)


def from_sms(**values: Any) -> tuple[Incoming, ...]:
    return (InboundMessage(sender=Address(SMS, PARENT), provider_id=SID, **values),)


def from_whatsapp(value: str = PARENT, **values: Any) -> tuple[Incoming, ...]:
    sender = Address(WHATSAPP, value)
    return (InboundMessage(sender=sender, provider_id=SID, name="Awa", **values),)


def receipt(
    state: DeliveryState, error_code: str | None = None, channel: ChannelName = SMS
) -> tuple[Incoming, ...]:
    return (Receipt(channel, ProviderId(SID), state, error_code),)


def further(number: str, messages: tuple[Incoming, ...]) -> tuple[Incoming, ...]:
    """The same under a number of its own."""
    return tuple(
        replace(one, provider_id=f"{one.provider_id}{number}")
        for one in messages
        if isinstance(one, InboundMessage)
    )


SENT, FAILED = DeliveryState.SENT, DeliveryState.FAILED

TWILIO_CALLS: dict[str, tuple[str, tuple[Incoming, ...]]] = {
    "an SMS": (sms(Body="OUI à 3 😀"), from_sms(text="OUI à 3 😀")),
    "an SMS in Arabic": (sms(Body="نعم"), from_sms(text="نعم")),
    "an SMS with spaces around": (sms(Body=" oui "), from_sms(text=" oui ")),
    "an empty SMS": (sms(), from_sms()),
    "a STOP": (sms(Body="STOP", OptOutType="STOP"), from_sms(text="STOP", opt_out=OptOut.STOP)),
    "a START": (
        sms(Body="START", OptOutType="START"),
        from_sms(text="START", opt_out=OptOut.START),
    ),
    "a HELP": (sms(Body="HELP", OptOutType="HELP"), from_sms(text="HELP", opt_out=OptOut.HELP)),
    "an opt-out type newer than us": (
        sms(Body="PAUSE", OptOutType="PAUSE"),
        from_sms(text="PAUSE"),
    ),
    "a parameter newer than us": (sms(Body="oui", Mood="good"), from_sms(text="oui")),
    "a picture by MMS": (
        sms(NumMedia="1", MediaContentType0="image/jpeg", MediaUrl0="https://api.twilio.com/m"),
        from_sms(media="photo", media_ref="https://api.twilio.com/m"),
    ),
    "two pictures with words by MMS": (
        sms(
            Body="voici",
            NumMedia="2",
            MediaContentType0="image/jpeg",
            MediaUrl0="https://api.twilio.com/m",
            MediaContentType1="application/pdf",
            MediaUrl1="https://api.twilio.com/n",
        ),
        (
            *from_sms(text="voici", media="photo", media_ref="https://api.twilio.com/m"),
            *further("/1", from_sms(media="document", media_ref="https://api.twilio.com/n")),
        ),
    ),
    "a WhatsApp text": (whatsapp(Body="oui"), from_whatsapp(text="oui")),
    "a WhatsApp text that quotes ours": (
        whatsapp(Body="oui", OriginalRepliedMessageSid=ASKED),
        from_whatsapp(text="oui", quoted=ProviderId(ASKED)),
    ),
    "a tap on a button": (
        whatsapp(
            MessageType="interactive",
            Body="Oui",
            ButtonText="Oui",
            ButtonPayload="yes",
            OriginalRepliedMessageSid=ASKED,
        ),
        from_whatsapp(text="Oui", payload="yes", quoted=ProviderId(ASKED)),
    ),
    "a tap on a template's button": (
        whatsapp(
            MessageType="button",
            ButtonText="Oui",
            ButtonPayload="yes",
            OriginalRepliedMessageSid=ASKED,
        ),
        from_whatsapp(text="Oui", payload="yes", quoted=ProviderId(ASKED)),
    ),
    "a choice in a list": (
        whatsapp(
            MessageType="interactive",
            ListId="maybe",
            ListTitle="Peut-être",
            OriginalRepliedMessageSid=ASKED,
        ),
        from_whatsapp(text="Peut-être", payload="maybe", quoted=ProviderId(ASKED)),
    ),
    "a user with an identity and no number": (
        whatsapp(Body="oui", From="", WaId="", ExternalUserId="whatsapp:ID.4566"),
        from_whatsapp("ID.4566", text="oui"),
    ),
    "a voice message": (
        whatsapp(MessageType="audio", NumMedia="1", MediaContentType0="audio/ogg"),
        from_whatsapp(media="voice"),
    ),
    "a sticker": (
        whatsapp(MessageType="sticker", NumMedia="1", MediaContentType0="image/webp"),
        from_whatsapp(media="sticker"),
    ),
    "a document with words": (
        whatsapp(Body="voici", NumMedia="1", MediaContentType0="application/pdf"),
        from_whatsapp(text="voici", media="document"),
    ),
    "a place": (
        whatsapp(MessageType="location", Latitude="48.85", Longitude="2.35"),
        from_whatsapp(media="location", point=(48.85, 2.35)),
    ),
    "a place that is nowhere": (
        whatsapp(MessageType="location", Latitude="north", Longitude="200"),
        from_whatsapp(media="location"),
    ),
    "a message of another network": (sms(Body="oui", From="rcs:awa"), ()),
    "accepted": (status("accepted"), receipt(SENT)),
    "queued": (status("queued"), receipt(SENT)),
    "sending": (status("sending"), receipt(SENT)),
    "sent": (status("sent"), receipt(SENT)),
    "delivered": (status("delivered"), receipt(DeliveryState.DELIVERED)),
    "read": (
        status("read", prefix="whatsapp:", ChannelPrefix="whatsapp"),
        receipt(DeliveryState.READ, channel=WHATSAPP),
    ),
    "undelivered": (status("undelivered", ErrorCode="30003"), receipt(FAILED, "30003")),
    "failed": (status("failed", ErrorCode="21610"), receipt(FAILED, "21610")),
    "failed without a code": (status("failed", ErrorCode=""), receipt(FAILED)),
    "canceled": (status("canceled"), receipt(FAILED)),
    "failed on WhatsApp": (
        status("failed", prefix="whatsapp:", ErrorCode="63016"),
        receipt(FAILED, "63016", WHATSAPP),
    ),
    "a status newer than us": (status("pondering"), ()),
    "a call that is about no message": (urlencode({"CallSid": "CA1", "From": PARENT}), ()),
}
