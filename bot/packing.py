"""From a row that may leave to a message in words, and what the archive keeps of it.

says, now --> compose, or the approved template --> message
                                               '--> archive: the same words, no private link
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row

from bot.channels.link import BLOTTED, hash_token, link_url, media_token, media_url, token_for
from bot.composing import (
    Composed,
    Part,
    Way,
    compose,
    compose_beside,
    compose_together,
    introduction,
    segments,
)
from bot.contacts import CARD
from bot.flows import notices
from bot.flows.catalog import FLOWS
from bot.messages import (
    Address,
    ChannelName,
    DeliveryState,
    Media,
    OutboundMessage,
    ProviderId,
    Purpose,
    Rendering,
    Say,
    Template,
)
from bot.outreach import FLOW_OF_STEP, says_now
from bot.reach import Facts, Reach
from bot.storage import conversations
from bot.storage.says import dump_say, dump_state, load_say
from bot.storage.withdrawals import CORRECTIONS
from bot.templates import body_of, filled, signature, variables_of
from bot.translation import render_all
from bot.wallclock import local
from bot.wanted import CARRIERS, LISTS, Surroundings, about_of, held_by, is_reply

TOKEN_LIFE = timedelta(days=45)

BEGUN = (*LISTS, "wave", "wave_nudge")
"""Steps that put their conversation where their words begin, when they leave."""

REWORDED = ("invitation", "nudge", "reminder", "morning", *BEGUN, *CORRECTIONS)
"""Steps whose words depend on the event, the day and the answer at the moment when they leave."""

SHORT = 2
"""Segments of one SMS: where several reminders need more, they leave the notes to the page."""

Mark = Callable[[Connection], None]


@dataclass(frozen=True, slots=True)
class Rider:
    """A reminder that another one of the same day tells along; `archived`: its own words."""

    row: Row[Any]
    archived: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Ready:
    """One row that passed the gate, put into words, with what it tells along."""

    row: Row[Any]
    message: OutboundMessage
    doubtful: bool  # an earlier try may have reached the provider
    asks: bool  # an answer is waited for
    introduces: bool = False  # it says who writes
    riders: tuple[Rider, ...] = ()
    archived: Mapping[str, Any] = field(default_factory=dict)
    token: Mapping[str, Any] | None = None  # the private link's, as the database keeps it
    instead: Mark | None = None  # not to be sent any more: what is true if it never left
    pays: int | None = None  # the row whose voice note or picture it brings


class Packing:
    """Puts rows into words for the channels of this process."""

    def __init__(self, reach: Reach) -> None:
        self._reach = reach

    def ready(
        self,
        around: Surroundings,
        row: Row[Any],
        address: Row[Any],
        says: list[Say],
        now: datetime,
    ) -> Ready:
        """One row as a message to this address."""
        facts = around.facts
        person = facts.people[row.contact_id]
        channel = ChannelName(address.channel)
        token = token_for(self._reach.deployment.key, row.id)
        way, introduce = self._way(around, row, channel), self._introduction(around, row, channel)
        found = self._media(around, row, channel)
        shut = facts.needs_template(address)
        media = found if not shut else None
        if media is not None:
            composed, media = compose_beside(media, says, person.language, way, introduce=introduce)
        else:
            composed = compose(says, person.language, way, introduce=introduce)
        template = self._template(facts, row, address, says)
        if template is not None:
            language = facts.template_language(row.contact_id)
            text = self._as_approved(says, language, template)
            composed = replace(composed, text=text, language=language)
        if row.step == CARD:  # its one-time code stands nowhere but in the message
            composed = replace(composed, text=composed.text.replace(BLOTTED, token))
        message = OutboundMessage(
            id=row.id,
            to=Address(channel, address.value),
            text=composed.text,
            sender=(person.sms_sender or None) if channel is ChannelName.SMS else None,
            buttons=composed.buttons,
            replaces=ProviderId(row.replaces) if row.replaces else None,
            template=template,
            decided_at=row.created_at,
            media=media,
            useful_until=row.expires_at,
        )
        return Ready(
            row,
            message,
            doubtful=row.state == DeliveryState.SENDING,
            asks=any(len(one.choices) > 1 for one in says),
            introduces=introduce is not None and template is None,  # that says nothing of STOP
            archived=_archived(message, composed, address, token)
            | {"says": [dump_say(one) for one in says], "owes_media": shut and found is not None},
            token=None if way.can_receive else _kept(token, row, address, now),
            pays=around.owed.get(row.id) if media is not None else None,
        )

    def together(
        self,
        db: Connection,
        around: Surroundings,
        ready: Ready,
        company: Sequence[Row[Any]],
        address: Row[Any],
        now: datetime,
    ) -> Ready:
        """The same message with what is told along, the nearest event first."""
        row, channel = ready.row, ready.message.to.channel
        person = around.facts.people[row.contact_id]
        for one in company:
            around.reminders.pop(one.id)
            if one.address_id != address.id:
                conversations.readdress(db, one.conversation_id, address.id)
        rows = sorted((row, *company), key=lambda one: around.scenes.events[one.event_id].starts_at)
        letters = conversations.name_letters(db, [one.conversation_id for one in rows])
        on = local(now, person.time_zone).date()

        def composed(*, with_notes: bool) -> tuple[Composed, dict[int, Part]]:
            parts = {one.id: _part(around, one, letters, on, with_notes) for one in rows}
            way = self._way(around, row, channel)
            told = tuple(parts.values())
            introduce = self._introduction(around, row, channel)
            return compose_together(told, person.language, way, introduce=introduce), parts

        whole, parts = composed(with_notes=True)
        if channel is ChannelName.SMS and segments(whole.text) > SHORT:
            whole, parts = composed(with_notes=False)
        token = token_for(self._reach.deployment.key, row.id)
        last = max((one.expires_at for one in rows if one.expires_at), default=None)
        message = replace(ready.message, text=whole.text, buttons=whole.buttons, useful_until=last)
        archived = _archived(message, whole, address, token)
        own = {one.id: [dump_say(said) for said in parts[one.id].says] for one in rows}
        riders = tuple(
            Rider(one, _archived_part(archived, parts[one.id]) | {"says": own[one.id]})
            for one in company
        )
        return replace(
            ready,
            message=message,
            asks=True,
            archived=archived | {"says": own[row.id]},
            riders=riders,
        )

    def for_stranger(self, row: Row[Any], address: Row[Any]) -> Ready:
        """Someone outside the roster wrote: they get our one line where they wrote from."""
        says = [load_say(one) for one in row.says]
        channel = ChannelName(address.channel)
        way = Way(self._reach.shapes[channel], can_receive=True)
        composed = compose(says, row.language, way, introduce=None)
        message = OutboundMessage(row.id, Address(channel, address.value), composed.text)
        doubtful = row.state == DeliveryState.SENDING
        archived = _archived(message, composed, address, "")
        return Ready(row, message, doubtful, asks=False, archived=archived)

    def as_archived(self, row: Row[Any], address: Row[Any], instead: Mark) -> Ready:
        """What may have left already, as it was sent: the provider is asked for it, no more."""
        token = token_for(self._reach.deployment.key, row.id)
        message = OutboundMessage(
            id=row.id,
            to=Address(ChannelName(address.channel), address.value),
            text=row.body.replace(BLOTTED, token),
            decided_at=row.created_at,
        )
        return Ready(
            row,
            message,
            doubtful=True,
            asks=any(len(load_say(one).choices) > 1 for one in row.says),
            introduces=not is_reply(row),
            archived={"address_id": row.address_id},
            instead=instead,
        )

    def words(self, around: Surroundings, row: Row[Any], now: datetime) -> str:
        """The signature of what would be said by template."""
        language = around.facts.template_language(row.contact_id)
        says = says_of(around, row, now, named=False)
        return signature(says, language, self._reach.deployment.association)

    def _way(self, around: Surroundings, row: Row[Any], channel: ChannelName) -> Way:
        token = token_for(self._reach.deployment.key, row.id)
        return Way(
            shape=self._reach.shapes[channel],
            can_receive=around.facts.can_receive(channel, around.facts.people[row.contact_id]),
            link=link_url(self._reach.deployment.public_url, token),
            letter=around.letters.get(row.conversation_id, ""),
            conversation_id=row.conversation_id,
            drafts=around.facts.drafts(row.contact_id),
            listens=around.facts.people[row.contact_id].rendering == Rendering.VOICE,
        )

    def _media(self, around: Surroundings, row: Row[Any], channel: ChannelName) -> Media | None:
        """The voice note or picture in this parent's language; every try has the same address.

        An answer brings what the invitation owes, where that is a channel with a window.
        """
        pays = row.id in around.owed and self._reach.shapes[channel].window
        carries = row.step in CARRIERS or pays
        found = around.media.get(held_by(around.facts, row)) if carries else None
        if found is None:
            return None
        deployment = self._reach.deployment
        token = media_token(deployment.key, found.id, row.created_at + TOKEN_LIFE)
        url = media_url(deployment.public_url, token)
        return Media(found.id, found.kind, found.mime, found.content, url, found.seconds)

    def _introduction(
        self, around: Surroundings, row: Row[Any], channel: ChannelName
    ) -> Say | None:
        person = around.facts.people[row.contact_id]
        if person.introduced_at is not None or Purpose(row.purpose) is Purpose.REPLY:
            return None
        two_way = around.facts.can_receive(channel, person)
        return introduction(self._reach.deployment.association, can_receive=two_way)

    def _template(
        self,
        facts: Facts,
        row: Row[Any],
        address: Row[Any],
        says: Sequence[Say],
    ) -> Template | None:
        if not facts.needs_template(address):
            return None
        language = facts.template_language(row.contact_id)
        words = signature(says, language, self._reach.deployment.association)
        content_sid = facts.template(row.contact_id, row.step, words)
        return Template(content_sid, variables_of(says, language)) if content_sid else None

    def _as_approved(self, says: Sequence[Say], language: str, template: Template) -> str:
        """What the parent reads: the approved text, which says by itself who writes."""
        body = body_of(says, language, self._reach.deployment.association)
        return filled(body, template.variables)


def says_of(around: Surroundings, row: Row[Any], now: datetime, *, named: bool) -> list[Say]:
    """What is said now: a reminder that was held back speaks of today, not of tomorrow.

    `named`: children may be named, and a person's own rendering chosen; a template is approved once
    for all families, in the standard words.
    """
    if row.step not in REWORDED:
        return [load_say(one) for one in row.says]
    person = around.facts.people[row.contact_id]
    scene = around.scenes.of(person, about_of(row))
    if not named:
        scene = replace(scene, children=(), rendering=Rendering.STANDARD)
    return list(says_now(row.step, scene, on=local(now, person.time_zone).date()))


def begin(db: Connection, around: Surroundings, row: Row[Any]) -> None:
    """The conversation stands where these words put it: a digit is for the question that leaves."""
    flow = FLOW_OF_STEP[row.step]
    scene = around.scenes.of(around.facts.people[row.contact_id], about_of(row))
    state = dump_state(flow, FLOWS[flow].open(scene).state)
    conversations.set_state(db, row.conversation_id, state)


def _kept(token: str, row: Row[Any], address: Row[Any], now: datetime) -> Mapping[str, Any]:
    """A message's private link, as the database keeps it."""
    return {
        "token_hash": hash_token(token),
        "address_id": address.id,
        "contact_id": row.contact_id,
        "conversation_id": row.conversation_id,
        "expires_at": now + TOKEN_LIFE,
        **about_of(row)._asdict(),
    }


def _part(
    around: Surroundings, row: Row[Any], letters: Mapping[int, str], on: date, with_notes: bool
) -> Part:
    """One reminder among others."""
    scene = around.scenes.of(around.facts.people[row.contact_id], about_of(row))
    assert scene.event is not None, "a reminder is about an event"
    notes = with_notes and row.step == "reminder"
    return Part(
        says=notices.together(scene, on=on, with_notes=notes),
        on=scene.event.on,
        at=scene.event.at,
        letter=letters.get(row.conversation_id, ""),
        conversation_id=row.conversation_id,
    )


def _archived(
    message: OutboundMessage, composed: Composed, address: Row[Any], token: str
) -> dict[str, Any]:
    """What the outbox keeps of the words: never a private link."""
    body = composed.text.replace(token, BLOTTED) if token else composed.text
    archived: dict[str, Any] = {
        "address_id": address.id,
        "channel": message.to.channel,
        "language": composed.language,
        "gap": composed.gap,
        "body": body,
    }
    if message.to.channel is ChannelName.SMS:
        archived["segments"] = segments(message.text)
    return archived


def _archived_part(whole: Mapping[str, Any], part: Part) -> dict[str, Any]:
    """What the outbox keeps of one reminder among others: its own words; the carrier is charged."""
    return {
        "address_id": whole["address_id"],
        "channel": whole["channel"],
        "language": whole["language"],
        "gap": whole["gap"],
        "body": render_all(part.says, whole["language"]),
        "segments": None,
    }
