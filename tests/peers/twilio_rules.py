"""What Twilio accepts when a message is created, as pure checks on one form."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

MAX_BODY = 1600
MAX_CALLBACK_URL = 4000
MAX_VALIDITY = 36_000  # seconds in the queue; also what holds where nothing is said
MAX_MEDIA = 16_000_000  # of WhatsApp; pictures below
MAX_PICTURE = 5_000_000
WHATSAPP_MEDIA = {
    "audio/ogg",
    "audio/mpeg",
    "audio/mp4",
    "audio/aac",
    "audio/amr",
    "image/jpeg",
    "image/png",
}
DOWNLOAD_FAILED = 63019
NOT_SHOWN_THERE = 63021
PHONE = re.compile(r"\+[1-9]\d{6,14}")
ALPHANUMERIC = re.compile(r"(?=.*[A-Za-z +_&-])[A-Za-z0-9 +_&-]{1,11}")
HOST = re.compile(r"(?!-)[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")

ANY, FLAG = r"[\s\S]*", r"true|false"
PARAMETERS = {  # every documented parameter, with the form of its value
    "To": ANY,
    "From": ANY,
    "MessagingServiceSid": ANY,
    "Body": ANY,
    "MediaUrl": r"https?://\S+",
    "ContentSid": ANY,
    "ContentVariables": ANY,
    "StatusCallback": ANY,
    "ApplicationSid": r"AP[0-9a-fA-F]{32}",
    "ValidityPeriod": ANY,  # a number with a code of its own: see _validity
    "SmartEncoded": FLAG,
    "ShortenUrls": FLAG,
    "ScheduleType": r"fixed",
    "SendAt": r"\d{4}-\d\d-\d\dT\S+",
    "RiskCheck": r"enable|disable",
    "ProvideFeedback": FLAG,
    "Attempt": r"\d+",
    "ContentRetention": r"retain|discard",
    "AddressRetention": r"retain|obfuscate",
    "PersistentAction": ANY,
    "SendAsMms": FLAG,
    "TrafficType": r"free",
    "FallbackFrom": ANY,
    "ForceDelivery": FLAG,
    "MessageIntent": r"[a-z]+",
    "MaxPrice": r"\d+(\.\d+)?",
}
REPEATABLE = {"MediaUrl", "PersistentAction"}
NOT_HERE = {"ScheduleType", "SendAt"}  # our own scheduler holds messages back, not the provider's

MESSAGES = {
    20001: "Unknown or invalid parameter",
    20003: "Authenticate",
    20404: "The requested resource was not found",
    20429: "Too Many Requests",
    20500: "Internal Server Error",
    21201: "No 'To' number specified",
    21211: "Invalid 'To' Phone Number",
    21602: "Message body is required",
    21603: "A 'From' phone number is required",
    21606: "The 'From' number is not a valid message-capable sender of this account",
    21609: "Invalid 'StatusCallback' URL",
    21610: "Attempt to send to unsubscribed recipient",
    21612: "Message cannot be sent with this combination of 'To' and 'From'",
    21614: "'To' number is not a valid mobile number",
    21620: "Invalid media URL(s)",
    21617: "The message body exceeds the 1600 character limit",
    21654: "ContentSid Required",
    21655: "The ContentSid is Invalid",
    21656: "The ContentVariables Parameter is invalid",
    21705: "The Messaging Service is invalid",
    90007: "Invalid validity period value",
}

GSM_7 = set(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_7_TWO_UNITS = set("\f^{}\\[~]|€")
SMART = str.maketrans(
    {"«": '"', "»": '"', "“": '"', "’": "'", "‘": "'", "…": "...", "–": "-", "—": "-"}
    | {"\u00a0": " ", "\u202f": " "}
)


class Refused(Exception):
    """Twilio says no, at once."""

    def __init__(self, code: int, status: int = 400, detail: str = "") -> None:
        super().__init__(": ".join(filter(None, (MESSAGES.get(code, "Error"), detail))))
        self.code = code
        self.status = status


@dataclass(frozen=True, slots=True)
class Account:
    """What belongs to us: senders, services (MG sid to sender), templates (HX sid to text)."""

    senders: frozenset[str]
    services: Mapping[str, str]
    templates: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Draft:
    """A message that passed every check that Twilio makes before it says 201."""

    to: str
    sender: str
    body: str
    service: str | None
    content_sid: str | None
    content_variables: str | None
    status_callback: str | None
    media_urls: tuple[str, ...]
    segments: int
    validity: int | None  # seconds, where they were given


def read_draft(form: Mapping[str, Sequence[str]], account: Account) -> Draft:
    """Check one create call; `Refused` carries Twilio's code."""
    _check_parameters(form)
    one = {name: values[0] for name, values in form.items() if values[0]}
    to, callback = one.get("To", ""), one.get("StatusCallback")
    if not to:
        raise Refused(21201)
    sender = _sender(one, account)
    if not PHONE.fullmatch(to.removeprefix("whatsapp:")):
        raise Refused(21211)
    if to.startswith("whatsapp:") != sender.startswith("whatsapp:"):
        raise Refused(21612)
    if callback is not None and not is_callback_url(callback):
        raise Refused(21609)
    body = _body(one, account)
    _check_media(form, one)
    shown = body.translate(SMART) if one.get("SmartEncoded") == "true" else body
    return Draft(
        to=to,
        sender=sender,
        body=body,
        service=one.get("MessagingServiceSid"),
        content_sid=one.get("ContentSid"),
        content_variables=one.get("ContentVariables"),
        status_callback=callback,
        media_urls=tuple(form.get("MediaUrl", ())),
        segments=1 if to.startswith("whatsapp:") else count_segments(shown),
        validity=_validity(one.get("ValidityPeriod")),
    )


def _validity(value: str | None) -> int | None:
    if value is None:
        return None
    if not re.fullmatch(r"\d{1,5}", value) or not 1 <= int(value) <= MAX_VALIDITY:
        raise Refused(90007)
    return int(value)


def _check_parameters(form: Mapping[str, Sequence[str]]) -> None:
    for name, values in form.items():
        if name not in PARAMETERS:
            raise Refused(20001, detail=name)
        if name in NOT_HERE:
            raise Refused(20001, detail=f"this peer does not schedule ({name})")
        if len(values) > 1 and name not in REPEATABLE:
            raise Refused(20001, detail=f"{name} given twice")
        if not all(re.fullmatch(PARAMETERS[name], value) for value in values):
            raise Refused(20001, detail=f"{name} has a bad value")


def _sender(one: Mapping[str, str], account: Account) -> str:
    service, sender = one.get("MessagingServiceSid"), one.get("From")
    if service is not None and service not in account.services:
        raise Refused(21705)
    sender = sender or account.services.get(service or "")
    if sender is None:
        raise Refused(21603)
    is_number = PHONE.fullmatch(sender.removeprefix("whatsapp:"))
    if sender not in account.senders or not (is_number or ALPHANUMERIC.fullmatch(sender)):
        raise Refused(21606)
    return sender


def _body(one: Mapping[str, str], account: Account) -> str:
    content, variables = one.get("ContentSid"), one.get("ContentVariables")
    body = one.get("Body", "")
    if content is None and variables is not None:
        raise Refused(21654)
    if content is not None and content not in account.templates:
        raise Refused(21655)
    if content is not None:
        body = _fill(account.templates[content], variables or "{}")
    if not body.strip() and "MediaUrl" not in one:
        raise Refused(21602)
    if len(body) > MAX_BODY:
        raise Refused(21617)
    return body


def _check_media(form: Mapping[str, Sequence[str]], one: Mapping[str, str]) -> None:
    """One file, of a public host, and never with a Content resource, which brings its own."""
    urls = form.get("MediaUrl", ())
    if urls and "ContentSid" in one:
        raise Refused(21620, detail="MediaUrl beside ContentSid")
    if len(urls) > 1 and one["To"].startswith("whatsapp:"):
        raise Refused(21620, detail="WhatsApp shows one file")
    if any(not HOST.fullmatch(urlsplit(url).hostname or "") for url in urls):
        raise Refused(21620)


def media_fault(status: int, mime: str, size: int, body: str) -> int | None:
    """Why WhatsApp cannot show what Twilio got from a MediaUrl; stricter about a text unseen."""
    if status != 200:
        return DOWNLOAD_FAILED
    if mime not in WHATSAPP_MEDIA or (mime.startswith("audio/") and body):
        return NOT_SHOWN_THERE
    return NOT_SHOWN_THERE if size > (MAX_MEDIA if "audio" in mime else MAX_PICTURE) else None


def _fill(template: str, variables: str) -> str:
    try:
        values = json.loads(variables)
    except ValueError:
        raise Refused(21656) from None
    named = isinstance(values, dict) and all(isinstance(v, str) and v for v in values.values())
    if not named or any(re.search(r"[\n\t]| {5,}", value) for value in values.values()):
        raise Refused(21656)
    return re.sub(r"{{(\w+)}}", lambda hole: str(values.get(hole[1], hole[0])), template)


def is_callback_url(url: str) -> bool:
    """A full URL whose host is well formed; an underscore is not allowed in it."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    return (
        len(url) <= MAX_CALLBACK_URL
        and parts.scheme in {"http", "https"}
        and HOST.fullmatch(host) is not None
    )


def count_segments(body: str) -> int:
    """Count SMS parts: 160 or 153 septets, 70 or 67 UTF-16 units; no character is cut in two."""
    if set(body) <= GSM_7 | GSM_7_TWO_UNITS:
        sizes, alone, part = [1 + (c in GSM_7_TWO_UNITS) for c in body], 160, 153
    else:
        sizes, alone, part = [1 + (ord(c) > 0xFFFF) for c in body], 70, 67
    if sum(sizes) <= alone:
        return 1
    parts, used = 1, 0
    for size in sizes:
        if used + size > part:
            parts, used = parts + 1, 0
        used += size
    return parts
