"""What the pocket bot shows: today's events, who is silent, who came, a parent's words. No I/O.

Staff read French; the words are in the console's catalog. A card is a text and its buttons; what a
button carries ("ticks:12:0") fits Telegram's 64 bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.storage.console.lines import Counts, EventLine, Household, Waiting
from bot.storage.pocket import Listener
from bot.storage.staff import Staff
from bot.storage.tasks import UNREACHABLE
from bot.translation import hour
from bot.watchdog import Finding
from bot.web.console.pages import called, day_and_hour, phone, translated
from bot.web.console.words import word

PER_CARD = 30  # lines of a list on a phone
PER_TICKS = 8  # families to tick at once
LONGEST_WORDS = 1500  # signs of a parent's words; Telegram takes 4096 in all

MARKS = {None: "·", True: "✓", False: "✗"}


@dataclass(frozen=True, slots=True)
class Tap:
    """One button: what it shows and what comes back."""

    label: str
    data: str


@dataclass(frozen=True, slots=True)
class Card:
    """One message to a person who works; each inner tuple is a row of buttons."""

    text: str
    rows: tuple[tuple[Tap, ...], ...] = ()
    of: Waiting | None = None  # the parent whose words it shows, where a machine may read them


def told(text: str, **values: object) -> str:
    """One sentence in French with its values."""
    return translated(text).format(**values)


def private() -> Card:
    """All that a stranger is told."""
    return Card(told(word("This robot is private. If you have a code, send /start and the code.")))


def welcome(person: Staff) -> Card:
    """Now it knows you."""
    hello = told(word("Hello {name}. This chat is linked to your account."), name=person.name)
    return Card(f"{hello}\n\n{_commands()}")


def no_code() -> Card:
    """A code that is spent, too old or wrong."""
    return Card(
        told(word("This code is not valid any more. Make a new one on your page in Carnet."))
    )


def help_card() -> Card:
    """What can be asked."""
    return Card(_commands())


def _commands() -> str:
    lines = (
        ("/aujourdhui", word("today's events, who comes, who has not answered, attendance")),
        ("/nouveau", word("plan an event; nothing is sent before you have seen it")),
        ("/questions", word("parents who wait for an answer")),
        ("/absent", word("let a colleague hear the parents today")),
        ("/quitter", word("unlink this chat")),
    )
    return "\n".join(f"{command} : {translated(text)}" for command, text in lines)


def today(events: Sequence[EventLine]) -> tuple[Card, ...]:
    """One card for each event of today, or one that says that there is none."""
    if not events:
        return (Card(told(word("Nothing is planned today."))),)
    return tuple(_event(one) for one in events)


def _event(event: EventLine) -> Card:
    head = f"{hour(event.at, 'fr')} · {event.title}\n{event.place} · {event.centre}"
    if event.status == "cancelled":
        return Card(f"{head}\n{told(word('Cancelled'))}")
    taps = (
        Tap(told(word("No answer yet")), f"silent:{event.id}"),
        Tap(told(word("Attendance")), f"ticks:{event.id}:0"),
    )
    return Card(f"{head}\n{counted(event.counts)}", (taps,))


def counted(counts: Counts) -> str:
    """The families of an event in one line."""
    return told(
        word("yes {yes} · maybe {maybe} · no {no} · silent {silent} · out of reach {beyond}"),
        yes=counts.yes,
        maybe=counts.maybe,
        no=counts.no,
        silent=counts.silent,
        beyond=counts.unreachable,
    )


def silent(event: EventLine, households: Sequence[Household]) -> Card:
    """Who has not answered, with a number to call."""
    waiting = [one for one in households if one.group in ("silent", "unreachable")]
    if not waiting:
        return Card(told(word("{title}: every family has answered."), title=event.title))
    head = told(word("{title}: no answer yet ({n})"), title=event.title, n=len(waiting))
    return Card("\n".join((head, *_listed([_to_call(one) for one in waiting]))))


def _to_call(one: Household) -> str:
    names = ", ".join(each.name for each in one.guardians if each.erased_at is None)
    numbers = dict.fromkeys(
        phone(place.value)
        for each in one.guardians
        for place in each.addresses
        if place.channel == "sms" and place.dead_reason is None
    )
    return " · ".join(part for part in (one.reference, names, *numbers) if part)


def _listed(lines: Sequence[str]) -> Iterable[str]:
    yield from lines[:PER_CARD]
    if len(lines) > PER_CARD:
        yield told(word("… and {n} more: see the page of the event."), n=len(lines) - PER_CARD)


def ticks(event: EventLine, households: Sequence[Household], page: int) -> Card:
    """Who came: each tap changes one family; those who are expected stand first."""
    order = {"yes": 0, "maybe": 1, "silent": 2, "unreachable": 3, "no": 4}
    families = sorted(households, key=lambda one: (order[one.group], one.reference))
    here = families[page * PER_TICKS : (page + 1) * PER_TICKS]
    came = sum(one.attended is True for one in families)
    missed = sum(one.attended is False for one in families)
    text = told(
        word("{title}: {came} came, {missed} did not, {open} to tick. Tap a family to change it."),
        title=event.title,
        came=came,
        missed=missed,
        open=len(families) - came - missed,
    )
    rows = [(Tap(_ticked(one), _tick(event, one, page)),) for one in here]
    turns = (
        (Tap("←", f"ticks:{event.id}:{page - 1}"),) if page else (),
        (Tap("→", f"ticks:{event.id}:{page + 1}"),)
        if (page + 1) * PER_TICKS < len(families)
        else (),
    )
    turning = tuple(tap for side in turns for tap in side)
    return Card(text, (*rows, turning) if turning else tuple(rows))


def _ticked(one: Household) -> str:
    name = next((each.name for each in one.guardians if each.erased_at is None), "")
    children = ", ".join(one.children)
    who = " · ".join(part for part in (one.reference, name, children) if part)
    return f"{MARKS[one.attended]} {who}"[:60]


def _tick(event: EventLine, one: Household, page: int) -> str:
    came = 0 if one.attended else 1
    return f"tick:{event.id}:{one.family_id}:{came}:{page}"


def question(waiting: Waiting, french: str = "") -> Card:
    """A parent's words, to be answered by a reply to this very message.

    `french`: what a machine makes of them; it stands beside their own words, never in their place.
    """
    words = waiting.last_words
    said = words.text if words is not None and words.text else ""
    if words is not None and words.media and not said:
        said = told(word("{kind}: see the page"), kind=called(words.media, "received"))
    who = waiting.name or phone(waiting.value)
    head = " · ".join(
        part for part in (who, waiting.reference, waiting.centre, waiting.event) if part
    )
    how = told(
        word("Reply to this message: your words leave by {channel}."),
        channel=called(waiting.channel, "channel"),
    )
    if waiting.reason == UNREACHABLE:
        said, how = "", told(word("Call them: no message leaves for them."))
    lines = (
        head,
        called(waiting.reason, "task"),
        f"« {said[:LONGEST_WORDS]} »" if said else "",
        _in_french(french) if said else "",
        how,
    )
    done = Tap(told(word("It is settled")), f"done:{waiting.task_id}")
    return Card("\n".join(line for line in lines if line), (*_taking(waiting), (done,)), waiting)


def _in_french(french: str) -> str:
    return f"{told(word('Automatic translation'))} : {french[:LONGEST_WORDS]}" if french else ""


def alarm(task_id: int, centre: str, *, late: bool = False) -> Card:
    """Somebody may be in danger: nothing of who, nor of what they wrote, leaves for Telegram."""
    head = " · ".join(part for part in (told(word("Sensitive situation")), centre) if part)
    lines = [
        f"🔴 {head}",
        told(word("Nobody has answered this alert yet.")) if late else "",
        told(word("Open Carnet now and read the page To answer. Nothing of it is shown here.")),
    ]
    tap = Tap(told(word("I take care of it")), f"alarm:{task_id}")
    return Card("\n".join(line for line in lines if line), ((tap,),))


def alarm_is_mine() -> Card:
    """They are called no more, and nobody else is."""
    return Card(told(word("✓ Yours: nobody else is called. Open Carnet to read and to call them.")))


def somebody_comes(name: str) -> Card:
    """Told to the others who were called."""
    return Card(told(word("✓ {name} takes care of the sensitive situation."), name=name))


def wrote_again(centre: str) -> Card:
    """Told to whoever takes care of it."""
    words = word("New words in a sensitive situation ({centre}). Open Carnet to read them.")
    return Card(told(words, centre=centre or told(word("a number that we do not know"))))


def only_in_the_console() -> Card:
    """What is guarded is answered where it is read."""
    return Card(told(word("This is a sensitive situation: open Carnet to read it and to answer.")))


def _taking(waiting: Waiting) -> tuple[tuple[Tap, ...], ...]:
    """The way to say that one takes care of it; nothing where somebody does, or nobody can."""
    if waiting.taken_at is not None or waiting.reason == UNREACHABLE:
        return ()
    return ((Tap(told(word("I take care of it")), f"take:{waiting.task_id}"),),)


def taken() -> Card:
    """Others see who takes care of it."""
    return Card(
        told(word("✓ Yours. Automatic messages keep silent for 24 hours; answer when you can."))
    )


def nobody_waits() -> Card:
    """No parent waits."""
    return Card(told(word("No parent waits for an answer.")))


def reply_how() -> Card:
    """Loose words are for nobody: we never guess for which parent they are."""
    return Card(
        told(
            word(
                "To answer a parent, reply to the message that shows their words "
                "(hold it, then Reply)."
            )
        )
        + f"\n\n{_commands()}"
    )


def answered(channel: str) -> Card:
    """The words are on their way."""
    way = called(channel, "channel")
    return Card(told(word("✓ On its way to the parent ({channel})."), channel=way))


def settled() -> Card:
    """The parent has what they needed."""
    return Card(told(word("✓ Settled. Automatic messages go on.")))


def gone() -> Card:
    """It is over, or it belongs to somebody else: the answer is the same."""
    return Card(told(word("This is not there any more.")))


def finding(found: Finding) -> Card:
    """Something that the watchdog has seen."""
    return Card(f"⚠ {found.words}")


def who_takes_over(colleagues: Sequence[Listener], *, absent: bool) -> Card:
    """Who hears the parents today."""
    back = Tap(told(word("I am back")), "absent:0")
    if not colleagues:
        text = told(word("No colleague of your centre has linked this robot yet."))
        return Card(text, ((back,),) if absent else ())
    rows = tuple((Tap(one.name, f"absent:{one.staff_id}"),) for one in colleagues)
    text = told(word("Absent today: who hears the parents in your place?"))
    return Card(text, (*rows, (back,)) if absent else rows)


def handed_over(name: str) -> Card:
    """Somebody else hears them until tonight."""
    return Card(told(word("✓ Until tonight, parents' questions go to {name}."), name=name))


def heard_for(name: str) -> Card:
    """Told to the colleague."""
    return Card(
        told(word("{name} is absent today: their parents' questions come to you."), name=name)
    )


def is_back() -> Card:
    """They hear for themselves again."""
    return Card(told(word("✓ Parents' questions come to you again.")))


def lost() -> Card:
    """After a restart the wizard's thread is gone."""
    return Card(told(word("I have lost the thread. Please begin again: /nouveau")))


def unlinked() -> Card:
    """Nobody is behind this chat any more."""
    return Card(told(word("✓ This chat is not linked any more.")))


def failed() -> Card:
    """Something of ours broke."""
    return Card(told(word("Something went wrong on our side. Nothing was done: please try again.")))


def moment(event: EventLine, now: datetime) -> str:
    """The day and the hour of an event."""
    return day_and_hour(event.on, event.at, now)
