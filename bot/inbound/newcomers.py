"""Whoever is new at an address: a card or a number binds it, a stranger is asked for one."""

from __future__ import annotations

import re
from datetime import datetime

from sqlalchemy import Connection

from bot import effects
from bot.contacts import bind_by_code, bind_by_phone
from bot.deployment import Deployment
from bot.engine.desk import Moved
from bot.flows.alarms import SAFETY, emergency
from bot.flows.base import HandOver, RaiseAlarm
from bot.flows.welcome import open_welcome
from bot.inbound.holds import guard, hold_on
from bot.inbound.moving import move
from bot.inbound.replies import reply
from bot.inbound.senders import Sender
from bot.languages import FALLBACK
from bot.messages import NOTHING, ChannelName, InboundMessage, Purpose, Say, key_of, say
from bot.scenes import scene_of
from bot.storage import contacts, outbox, tasks
from bot.storage.inbound import set_inbound
from bot.understanding.alarm import alarm
from bot.understanding.intent import Intent, understand

A_PHONE = re.compile(r"\+[0-9]{8,15}")  # E.164; shorter ones are services


def bind(
    db: Connection,
    deployment: Deployment,
    message: InboundMessage,
    sender: Sender,
    inbound_id: int,
    now: datetime,
) -> None:
    """A card's code, or the sender's own shared number, links this address to a contact."""
    contact_id = (
        bind_by_code(db, message.code, sender.address_id, message.sender.channel, now)
        if message.code
        else bind_by_phone(db, message.phone or "", sender.address_id, message.sender.channel, now)
    )
    person = contacts.person(db, contact_id) if contact_id is not None else None
    if person is None:
        author = effects.Author(sender.person, sender.address_id, message.sender.channel)
        text = say("This code is not valid any more. Please ask the centre for a new one.")
        unknown = stranger_text() if not message.code else text
        reply(db, (unknown,), author, inbound_id, now, language=message.language)
        return
    scene = scene_of(db, deployment, person, NOTHING, now)
    turn = open_welcome(scene)  # asks which language they read best where nobody told us
    if message.language and message.language != FALLBACK:
        contacts.speak_at(db, sender.address_id, message.language)
    bound = Sender(sender.address_id, person)
    about = move(db, (Moved(None, "welcome", turn.state, awaiting=True),), {}, bound, now)
    author = effects.Author(
        person,
        sender.address_id,
        message.sender.channel,
        conversation_id=about.conversation_id if about else None,
    )
    says = (say("Welcome! This phone is now linked to {centre}.", centre=scene.centre), *turn.says)
    set_inbound(db, inbound_id, intent="bind", contact_id=person.contact_id)
    contacts.mark_introduced(db, person.contact_id, now)
    if guard(db, bound, inbound_id):
        return
    reply(db, says, author, inbound_id, now, step="bound")


def stranger_text() -> Say:
    """What is said to somebody whom no centre knows."""
    return say(
        "We do not know this number yet. Please ask the centre, or send the code on your card."
    )


def greet_stranger(
    db: Connection, message: InboundMessage, sender: Sender, inbound_id: int, now: datetime
) -> None:
    """Answer a stranger, once a day; a person looks who it is. Who says stop gets no answer.

    Nor do names and short codes: they cannot read, and two automatons would never end.
    """
    if message.sender.channel is ChannelName.SMS and not A_PHONE.fullmatch(message.sender.value):
        return
    hold = hold_on(db, None, sender.address_id)
    heard = alarm(message.text, None) if not message.payload else None
    author = effects.Author(None, sender.address_id, message.sender.channel, inbound_id=inbound_id)
    if heard is not None and heard.kind in SAFETY:
        effects.apply(db, (RaiseAlarm(heard.kind, heard.evidence),), author, now)
        guard(db, sender, inbound_id)
        if hold is None or hold.reason != tasks.SAFEGUARDING:
            own = message.language
            reply(db, (emergency(),), author, inbound_id, now, step="alarm", language=own)
        return
    reason = hold.reason if hold is not None else "stranger"
    effects.apply(db, (HandOver(reason),), author, now)
    if hold is not None:
        guard(db, sender, inbound_id)
        return
    if message.opt_out is not None or understand(message.text, None).intent is Intent.STOP:
        return
    day = now.date().isoformat()
    outbox.insert_one(
        db,
        key=key_of(Purpose.REPLY, f"stranger-{sender.address_id}", 1, day, "1"),
        purpose=Purpose.REPLY,
        says=(stranger_text(),),
        now=now,
        address_id=author.address_id,
        inbound_id=inbound_id,
        language=message.language,
    )
