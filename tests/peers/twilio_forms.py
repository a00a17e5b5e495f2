"""What Twilio writes: message resources, lists of them, webhook forms and their signature."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any
from urllib.parse import urldefrag, urlencode

from tests.peers.loopback import Json
from tests.peers.twilio_rules import Refused, count_segments

API = "/2010-04-01/Accounts"
KEYWORDS = {  # single words only, and on SMS only
    "STOP": {"STOP", "UNSUBSCRIBE", "END", "QUIT", "STOPALL", "REVOKE", "OPTOUT", "CANCEL"},
    "START": {"START", "YES", "UNSTOP"},
    "HELP": {"HELP", "INFO"},
}


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that Twilio has taken from us; `from_` is the sender that it chose."""

    sid: str
    to: str
    from_: str
    body: str
    messaging_service_sid: str | None
    content_sid: str | None
    content_variables: str | None
    status_callback: str | None
    media_urls: tuple[str, ...]
    at: datetime
    validity: int | None


@dataclass(frozen=True, slots=True)
class Downloaded:
    """What Twilio got from a MediaUrl, and why it cannot be shown, if it cannot."""

    sid: str
    mime: str
    content: bytes
    error_code: int | None


@dataclass(frozen=True, slots=True)
class Called:
    """One try to call a webhook of ours, and what we answered; status 0 means no answer."""

    url: str
    form: Mapping[str, str]
    headers: Mapping[str, str]
    status: int
    body: str = ""


def sign(auth_token: str, url: str, form: Iterable[tuple[str, str]]) -> str:
    """Sign as X-Twilio-Signature does: the URL, then each distinct name and value, sorted."""
    signed = urldefrag(url).url + "".join(name + value for name, value in sorted(set(form)))
    return base64.b64encode(hmac.digest(auth_token.encode(), signed.encode(), "sha1")).decode()


def resource(account_sid: str, sid: str, now: datetime, **values: Any) -> Json:
    """A Message resource; `values` holds at least to, from, body, direction and status."""
    uri = f"{API}/{account_sid}/Messages/{sid}"
    moment = timestamp(now)
    return {
        "account_sid": account_sid,
        "api_version": "2010-04-01",
        "date_created": moment,
        "date_sent": moment,
        "date_updated": moment,
        "error_code": None,
        "error_message": None,
        "messaging_service_sid": None,
        "num_media": "0",
        "num_segments": str(count_segments(values["body"])),
        "price": None,
        "price_unit": None,
        "sid": sid,
        "subresource_uris": {"media": f"{uri}/Media.json"},
        "uri": f"{uri}.json",
    } | values


def timestamp(moment: datetime) -> str:
    return format_datetime(moment.astimezone(UTC))


def page(resources: Iterable[Json], query: Mapping[str, str], path: str) -> Json:
    """List the newest first, filtered by To, From and DateSent, DateSent<= or DateSent>=."""
    number, size = int(query.get("Page", "0")), min(int(query.get("PageSize", "50")), 1000)
    found = [message for message in reversed(list(resources)) if _matches(message, query)]
    start, end = number * size, number * size + size

    def uri(page_number: int) -> str:
        return f"{path}?{urlencode({**query, 'PageSize': size, 'Page': page_number})}"

    return {
        "messages": found[start:end],
        "page": number,
        "page_size": size,
        "start": start,
        "end": min(end, len(found)) - 1,
        "uri": uri(number),
        "first_page_uri": uri(0),
        "next_page_uri": uri(number + 1) if end < len(found) else None,
        "previous_page_uri": uri(number - 1) if number else None,
    }


def _matches(message: Json, query: Mapping[str, str]) -> bool:
    sent_at = parsedate_to_datetime(message["date_sent"])
    return (
        query.get("To") in {None, message["to"]}
        and query.get("From") in {None, message["from"]}
        and ("DateSent" not in query or sent_at.date() == _instant(query["DateSent"]).date())
        and ("DateSent>" not in query or sent_at >= _instant(query["DateSent>"]))
        and ("DateSent<" not in query or sent_at <= _instant(query["DateSent<"]))
    )


def _instant(text: str) -> datetime:
    try:
        if len(text) == len("2026-09-01"):
            day = date.fromisoformat(text)
            return datetime(day.year, day.month, day.day, tzinfo=UTC)
        return datetime.fromisoformat(text)
    except ValueError:
        raise Refused(20001, detail="DateSent") from None


def inbound_form(message: Json) -> dict[str, str]:
    """The fields that every inbound message has; the empty ones count for the signature too."""
    form = {
        "AccountSid": message["account_sid"],
        "ApiVersion": message["api_version"],
        "Body": message["body"],
        "From": message["from"],
        "MessageSid": message["sid"],
        "NumMedia": message["num_media"],
        "NumSegments": message["num_segments"],
        "SmsMessageSid": message["sid"],
        "SmsSid": message["sid"],
        "SmsStatus": "received",
        "To": message["to"],
    }
    if message["from"].startswith("whatsapp:"):
        return form
    ends, places = ("From", "To"), ("City", "State", "Zip")
    form |= {f"{end}{place}": "" for end in ends for place in places}
    return form | {f"{end}Country": "FR" for end in ends}


def keyword(body: str) -> str | None:
    """The OptOutType of an SMS: STOP, START, HELP or none."""
    return next((kind for kind, words in KEYWORDS.items() if body.strip().upper() in words), None)


def whatsapp_fields(message: Json, payload: str | None, quoted: Json | None) -> dict[str, str]:
    form = {
        "ChannelMetadata": json.dumps({"type": "whatsapp", "data": {}}),
        "MessageType": "text" if payload is None else "interactive",
        "ProfileName": "Awa",
        "WaId": message["from"].removeprefix("whatsapp:+"),
    }
    if payload is not None:
        form |= {"ButtonText": message["body"], "ButtonPayload": payload}
    if quoted is not None:
        form["OriginalRepliedMessageSid"] = quoted["sid"]
        form["OriginalRepliedMessageSender"] = quoted["from"]
    return form


def status_form(
    message: Json, status: str, error_code: int | None, now: datetime
) -> dict[str, str]:
    """What a StatusCallback receives."""
    form = {
        "AccountSid": message["account_sid"],
        "ApiVersion": message["api_version"],
        "From": message["from"],
        "MessageSid": message["sid"],
        "MessageStatus": status,
        "SmsSid": message["sid"],
        "SmsStatus": status,
        "To": message["to"],
    }
    if message["messaging_service_sid"] is not None:
        form["MessagingServiceSid"] = message["messaging_service_sid"]
    if error_code is not None:
        form["ErrorCode"] = str(error_code)
    if message["to"].startswith("whatsapp:"):
        form |= {"ChannelPrefix": "whatsapp", "ChannelToAddress": message["to"]}
    elif status == "delivered":
        form["RawDlrDoneDate"] = f"{now.astimezone(UTC):%y%m%d%H%M}"
    return form
