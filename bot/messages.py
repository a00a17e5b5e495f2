"""The values that cross the seams between channels, services and flows. No I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import StrEnum
from typing import NamedTuple, NewType, Protocol, runtime_checkable

ProviderId = NewType("ProviderId", str)


class ChannelName(StrEnum):
    """Where a message travels. Values are stored: add to them, never rename them."""

    SMS = "sms"
    WHATSAPP = "whatsapp"
    TELEGRAM = "telegram"
    LINK = "link"
    SIMULATOR = "simulator"


class Purpose(StrEnum):
    """Why a message leaves; consent and caps depend on it. Values are stored."""

    REPLY = "reply"  # the answer to a parent who has just written
    STAFF = "staff"  # a person at the centre writes
    CHANGE = "change"  # an event that the family knows of was moved or cancelled
    REMINDER = "reminder"
    INVITATION = "invitation"
    WELCOME = "welcome"
    SURVEY = "survey"


class About(NamedTuple):
    """What a message or a conversation is about: an event, a campaign, or neither."""

    event_id: int | None = None
    campaign_id: int | None = None

    @property
    def subject(self) -> str:
        """Its part in the name of a promise to send: "event-3", "campaign-4"."""
        kind, number = (
            ("event", self.event_id) if self.campaign_id is None else ("campaign", self.campaign_id)
        )
        return f"{kind}-{number}"


NOTHING = About()


def key_of(purpose: Purpose, subject: str, version: int, step: str, recipient: str) -> str:
    """The name of one promise to send; the outbox holds each once."""
    return f"{purpose}:{subject}:{version}:{step}:{recipient}"


def unaddressed(key: str) -> str:
    """The name of a promise to send up to its recipient: the same for everyone who is told."""
    return key[: key.rindex(":") + 1]


def version_of(key: str) -> int:
    """The version in the name of a promise to send."""
    return int(key.split(":")[2])


class DeliveryState(StrEnum):
    """One message's fate. Values are stored; `bot.delivery` ranks them."""

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    DELIVERED = "delivered"
    READ = "read"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Address:
    """Where a contact is reached: E.164 for SMS, an opaque identity elsewhere."""

    channel: ChannelName
    value: str


@dataclass(frozen=True, slots=True)
class Texts:
    """One text in several languages, by language code; `original` is always among them.

    `drafts`: languages in which nobody who reads them stands by it; `doubtful`: those in which it
    says something else than the original by now, and is left out.
    """

    original: str
    by_language: Mapping[str, str] = field(default_factory=dict)
    drafts: frozenset[str] = frozenset()
    doubtful: frozenset[str] = frozenset()

    def in_language(self, language: str) -> str:
        """The text in `language`, else as its author wrote it."""
        return self.by_language.get(language) or self.by_language[self.original]


class Rendering(StrEnum):
    """How much a person reads. Values are stored: add to them, never rename them."""

    STANDARD = ""
    EASY = "easy"  # what is needed and no more, one idea a line
    NUMBERS = "numbers"  # the facts, and a menu of digits
    VOICE = "voice"  # a voice note comes before its easy words


class Asked(StrEnum):
    """What kind of answer a question wants; it decides what a bare number or word means."""

    RSVP = "rsvp"  # 1 yes, 2 no, 3 maybe
    HEADCOUNT = "headcount"
    RATING = "rating"  # 1 to 4
    REASON = "reason"  # a line of a menu, or words of their own
    SLOT = "slot"  # a line of a menu, or a day and an hour
    ANY = "any"


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer that a question offers: what is stored, what is shown, the digit that picks it."""

    code: str
    label: Say
    key: str


@dataclass(frozen=True, slots=True)
class Say:
    """One thing to tell, still in the source language; the outbox translates it per contact."""

    msgid: str
    plural: str | None = None
    n: int | None = None
    params: Mapping[str, Param] = field(default_factory=dict)
    choices: tuple[Choice, ...] = ()
    question: str = ""  # the code of the question that the choices answer


Param = str | int | date | time | Texts | Say
"""What a saying's placeholder may hold; dates, times and texts are put into words per language."""


def say(msgid: str, **params: Param) -> Say:
    """Say one thing. Babel extracts the first argument."""
    return Say(msgid, params=params)


def say_n(singular: str, plural: str, n: int, **params: Param) -> Say:
    """Say one thing whose form depends on a number. Babel extracts both forms."""
    return Say(singular, plural, n, {"n": n, **params})


@dataclass(frozen=True, slots=True)
class Button:
    """One tap. `payload` comes back with the tap; at most 64 bytes of UTF-8 (Telegram's limit)."""

    label: str
    payload: str


@dataclass(frozen=True, slots=True)
class Template:
    """An approved WhatsApp template: its ContentSid and its numbered variables."""

    content_sid: str
    variables: Mapping[str, str]


class MediaKind(StrEnum):
    """What is looked at or listened to. Values are stored: add to them, never rename them."""

    VOICE = "voice"
    PICTURE = "picture"


@dataclass(frozen=True, slots=True)
class Media:
    """A voice note or a picture; `url` is where a provider, or whoever holds the link, gets it."""

    id: int
    kind: MediaKind
    mime: str
    content: bytes = field(repr=False)
    url: str = ""
    seconds: int | None = None


@dataclass(frozen=True, slots=True)
class OutboundMessage:
    """One message, ready to leave. `id` is the outbox row's and never changes between tries.

    `media`: what `text` stands beneath; where the channel shows no text beneath a voice note, what
    follows the text. `useful_until`: from then on it had better not arrive; None: always of use.
    """

    id: int
    to: Address
    text: str
    sender: str | None = None
    buttons: tuple[Button, ...] = ()
    replaces: ProviderId | None = None
    template: Template | None = None
    decided_at: datetime | None = None
    media: Media | None = None
    useful_until: datetime | None = None


class OptOut(StrEnum):
    """A keyword that the carrier or provider has already acted on."""

    STOP = "stop"
    START = "start"
    HELP = "help"


@dataclass(frozen=True, slots=True)
class InboundMessage:
    """One thing that a parent sent: a text, a tap, a link page's button, or only a picture.

    `media_ref`: what the provider gives the picture out for; `point`: a place, latitude and
    longitude; `elsewhere`: the addresses at which our other senders would know the same person;
    `language`: the one of ours that their telephone speaks, where its provider tells.
    """

    sender: Address
    provider_id: str
    text: str = ""
    payload: str | None = None
    quoted: ProviderId | None = None
    code: str | None = None
    opt_out: OptOut | None = None
    media: str | None = None
    tap_id: str | None = None
    name: str | None = None
    phone: str | None = None
    media_ref: str | None = None
    point: tuple[float, float] | None = None
    elsewhere: tuple[Address, ...] = ()
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a parent sent beside words, as its provider keeps it."""

    content_type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Receipt:
    """A provider's word on one message that we sent."""

    channel: ChannelName
    provider_id: ProviderId
    state: DeliveryState
    error_code: str | None = None


@dataclass(frozen=True, slots=True)
class Departure:
    """Someone blocked our sender: nothing can be sent there until they write again."""

    sender: Address
    provider_id: str


Incoming = InboundMessage | Receipt | Departure


@dataclass(frozen=True, slots=True)
class WebhookCall:
    """One HTTP call of a provider, as it arrived. Header names are lower-case."""

    url: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Captions:
    """What a channel shows beneath a picture or a voice note.

    `longest`: signs of text; `buttons`: taps too; `voice`: beneath a voice note as well.
    """

    longest: int
    buttons: bool
    voice: bool


@dataclass(frozen=True, slots=True)
class Shape:
    """What a channel can show and take.

    `buttons`: how many taps one message carries (0: numbered menus); `label`: how many signs one of
    them shows; `edits`: an answered question can be replaced; `window`: free text only for 24 h
    after the parent's last message; `receipts`: the provider tells when a message has arrived.
    Where it never does, having taken it is all that anybody will know, and counts as delivered.
    `captions` None: neither pictures nor voice notes travel this way, save as an address.
    """

    buttons: int = 0
    edits: bool = False
    window: bool = False
    receipts: bool = True
    max_length: int = 1600
    label: int = 64
    captions: Captions | None = None


@runtime_checkable
class GivesMedia(Protocol):
    """A channel that can be asked for what a parent sent beside words."""

    async def fetch(self, sender: Address, ref: str) -> Fetched:
        """Ask the provider for it, each time anew: we keep none.

        Raises SendError whose reason, in French, says why it cannot be shown.
        """
        ...


@runtime_checkable
class TellsFates(Protocol):
    """A channel whose provider can be asked what became of a message that it took."""

    async def fate(self, provider_id: ProviderId) -> Receipt:
        """Ask; what the provider does not know has failed.

        Raises SendError when it cannot be asked now.
        """
        ...


class Channel(Protocol):
    """Every way to a parent. It only translates; `bot.delivery` decides what an error means."""

    shape: Shape

    def read(self, call: WebhookCall) -> tuple[Incoming, ...]:
        """Check the signature, then translate.

        Raises WebhookRejected. No I/O.
        """
        ...

    async def send(self, message: OutboundMessage) -> ProviderId:
        """Send once.

        Raises SendDelayed (try again), SendUncertain (ask first), or SendRefused (never again).
        """
        ...

    async def find(self, message: OutboundMessage) -> ProviderId | None:
        """Ask the provider whether it took this message on an earlier try; None if not or unknown.

        Raises SendDelayed when the provider could not be asked.
        """
        ...

    async def check(self) -> str:
        """Try the credentials; give the name that the provider knows us by.

        Raises SendError whose reason, in French, says what to do.
        """
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...
