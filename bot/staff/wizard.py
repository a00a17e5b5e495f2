"""The wizard that plans an event on a phone, as a ConversationHandler.

    [centre] -> kind -> title -> day -> hour -> place -> seats -> [family] -> look -> planned
                              any of them again from "look" <-----------------'  '-> left

Nothing is written before "plan it". What is typed goes through the same reader as the console's
form, so the two refuse the same things in the same words.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeVar, cast

from sqlalchemy import Connection
from telegram import Update
from telegram.ext import (
    CallbackQueryHandler,
    CommandHandler,
    ContextTypes,
    ConversationHandler,
    MessageHandler,
    filters,
)

from bot.audience import Filter
from bot.errors import Rejected
from bot.events import NewEvent, add_event
from bot.lint import Finding, Level
from bot.own_words import Words
from bot.preview import Preview, preview_audience
from bot.reach import Reach
from bot.staff.cards import Card, Tap, lost, told
from bot.staff.sending import markup
from bot.storage.audience import Member, members
from bot.storage.console.centres import centre_row, centres_seen
from bot.storage.console.families import families_called
from bot.storage.staff import Staff
from bot.translation import hour
from bot.vetting import every, look_over, would_say
from bot.wallclock import local
from bot.web.console.event_form import (
    EventForm,
    chosen_centre,
    empty_form,
    read_day,
    read_event,
    references,
)
from bot.web.console.pages import called, on_day, translated
from bot.web.console.plan_lines import PlanLine, plan_lines
from bot.web.console.words import word

T = TypeVar("T")
Context = ContextTypes.DEFAULT_TYPE

DAYS_OFFERED = 8
FEW = 6  # reasons and channels are named as long as they fit on a phone
QUESTIONS = ("centre", "kind", "title_fr", "on", "at", "place", "seats", "families")
"""What is asked, in this order, by the names of the form's fields; `look` comes after them."""
LOOK = "look"
LATER = timedelta(minutes=30)  # what was typed so long ago is forgotten

ASKS = {
    "centre": word("For which centre?"),
    "kind": word("What do you plan?"),
    "title_fr": word("What is it called? Write the title that families will read, in French."),
    "on": word("On which day? Tap one or write it: 05/12/2026."),
    "at": word("At what hour? Write it: 18:30."),
    "place": word("Where should families come?"),
    "seats": word("How many places? Write a number, or tap."),
    "families": word("Which family? Write its reference, for example F012."),
}


class Plans(Protocol):
    """Runs work in one transaction, in the name of whoever writes."""

    def __call__(
        self, update: Update, work: Callable[[Connection, Staff, datetime], T]
    ) -> Awaitable[T]:
        """Give what the work gives."""
        ...


@dataclass(frozen=True, slots=True)
class Planned:
    """The event stands; messages will leave by its plan."""

    event_id: int
    title: str


@dataclass(frozen=True, slots=True)
class Look:
    """All that would happen: the event, who would be written to, and when."""

    event: NewEvent
    preview: Preview
    lines: tuple[PlanLine, ...]
    now: datetime
    findings: tuple[Finding, ...] = ()  # what is seen in its words; none of them refuses it


@dataclass(frozen=True, slots=True)
class Wrong:
    """What is wrong, in French, and the question to answer again."""

    why: str
    question: str


class Wizard:
    """The dialogue. What was typed rests in the library's `user_data` until it is planned."""

    def __init__(self, plans: Plans, reach: Reach) -> None:
        self._plans = plans
        self._reach = reach

    async def begin(self, update: Update, context: Context) -> str | int:
        """Ask the first thing that is not known."""
        centres = await self._plans(update, lambda db, me, _: centres_seen(db, me.centre_id))
        _forget(context)
        _typed(context).update(empty_form(centres).typed)
        _asked(context).append("centre" if len(centres) > 1 else "kind")
        return await self._ask(update, context, _asked(context)[-1])

    async def take(self, update: Update, context: Context) -> str | int:
        """Take one answer, typed or tapped, and ask the next thing."""
        question = _asked(context)[-1] if _asked(context) else ""
        value = await _value(update, question)
        if not question or value is None:
            return await self.lost(update, context)
        _typed(context)[question] = value
        back = bool(_user(context).pop("changing", False))
        following = LOOK if back else _next(question, _typed(context))
        _asked(context).append(following)
        if following == LOOK:
            return await self._look(update, context)
        return await self._ask(update, context, following)

    async def decide(self, update: Update, context: Context) -> str | int:
        """Plan it, change one thing, or leave it."""
        query = update.callback_query
        data = (query.data or "") if query is not None else ""
        if query is not None:
            await query.answer()
        _, _, choice = data.partition(":")
        if choice == "plan":
            return await self._plan(update, context)
        if choice in QUESTIONS:
            _user(context)["changing"] = True
            _asked(context).append(choice)
            return await self._ask(update, context, choice)
        return await self.leave(update, context)

    async def leave(self, update: Update, context: Context) -> int:
        """Forget all of it."""
        _forget(context)
        await _say(update, Card(told(word("Nothing was planned."))))
        return ConversationHandler.END

    async def lost(self, update: Update, context: Context) -> int:
        """After a restart the thread is gone: say so rather than guess."""
        _forget(context)
        await _say(update, lost())
        return ConversationHandler.END

    async def _ask(self, update: Update, context: Context, question: str) -> str:
        typed = dict(_typed(context))
        card = await self._plans(
            update, lambda db, me, now: _question(db, me, question, typed, now)
        )
        await _say(update, card)
        return question

    async def _look(self, update: Update, context: Context) -> str:
        typed = dict(_typed(context))
        seen = await self._plans(
            update, lambda db, me, now: look_at(db, self._reach, me, typed, now)
        )
        if isinstance(seen, Wrong):
            await _say(update, Card(seen.why))
            _user(context)["changing"] = True
            _asked(context).append(seen.question)
            return await self._ask(update, context, seen.question)
        await _say(update, shown(seen))
        return LOOK

    async def _plan(self, update: Update, context: Context) -> str | int:
        typed = dict(_typed(context))
        done = await self._plans(update, lambda db, me, now: plan_it(db, me, typed, now))
        if isinstance(done, Wrong):
            await _say(update, Card(done.why))
            _user(context)["changing"] = True
            _asked(context).append(done.question)
            return await self._ask(update, context, done.question)
        _forget(context)
        text = told(word("✓ Planned: {title}. Messages leave by its plan."), title=done.title)
        await _say(update, Card(text))
        return ConversationHandler.END


def wizard(plans: Plans, reach: Reach) -> ConversationHandler[Context]:
    """The handler, to be added before the commands."""
    it = Wizard(plans, reach)
    typed = MessageHandler(filters.TEXT & ~filters.COMMAND, it.take)
    tapped = CallbackQueryHandler(it.take, pattern=r"^new:")
    states: dict[object, list[Any]] = {question: [typed, tapped] for question in QUESTIONS}
    states[LOOK] = [CallbackQueryHandler(it.decide, pattern=r"^look:")]
    return ConversationHandler(
        entry_points=[CommandHandler("nouveau", it.begin)],
        states=states,
        fallbacks=[
            CommandHandler("rien", it.leave),
            CallbackQueryHandler(it.lost, pattern=r"^(new|look):"),
        ],
        allow_reentry=True,
    )


# -- what it reads and writes -------------------------------------------------------------------


def look_at(
    db: Connection, reach: Reach, person: Staff, typed: dict[str, str], now: datetime
) -> Look | Wrong:
    """What planning this event would do; nothing is written."""
    new = _event(db, person, typed, now)
    if isinstance(new, Wrong):
        return new
    invited = members(db, Filter(centres=frozenset({new.centre_id})), now, person.centre_id)
    if new.families is not None:
        chosen = set(new.families)
        invited = tuple(one for one in invited if one.family_id in chosen)
    audience: tuple[Member, ...] = tuple(invited)
    preview = preview_audience(db, reach, audience, now)
    seen = _seen(db, reach, new)
    return Look(new, preview, plan_lines(db, new, now), now, seen)


def plan_it(db: Connection, person: Staff, typed: dict[str, str], now: datetime) -> Planned | Wrong:
    """Write the event."""
    new = _event(db, person, typed, now)
    if isinstance(new, Wrong):
        return new
    try:
        return Planned(add_event(db, new, now), new.wordings[new.original].title)
    except Rejected as refusal:
        return Wrong(str(refusal), "on")


def _event(db: Connection, person: Staff, typed: dict[str, str], now: datetime) -> NewEvent | Wrong:
    centres = centres_seen(db, person.centre_id)
    centre = chosen_centre(typed, centres)
    known = families_called(db, centre.id, references(typed)) if centre is not None else {}
    read = read_event(typed, centres, known, now)
    if isinstance(read, EventForm):
        question = next((name for name in QUESTIONS if name in read.wrong), "kind")
        why = translated(next(iter(read.wrong.values())))
        return Wrong(" ".join((why, *read.unknown)), question)
    blocked = [one for one in _of_words(db, read) if one.level is Level.BLOCK]
    if blocked:
        return Wrong(" ".join(one.advice for one in blocked), "title_fr")
    return read


def _of_words(db: Connection, new: NewEvent) -> Iterator[Finding]:
    words = {one: Words(each.title, each.notes) for one, each in new.wordings.items()}
    return every(look_over(db, new.centre_id, words, "notes", place=new.place))


def _seen(db: Connection, reach: Reach, new: NewEvent) -> tuple[Finding, ...]:
    """What is seen in the words of an event and in the messages that they make, each once."""
    centre = centre_row(db, new.centre_id)
    messages = would_say(reach.deployment, centre.name if centre is not None else "", new)
    found = [*_of_words(db, new), *(one for each in messages for one in each.findings)]
    return tuple({one.advice: one for one in reversed(found)}.values())[::-1]


# -- what it shows ------------------------------------------------------------------------------


def _question(
    db: Connection, person: Staff, question: str, typed: dict[str, str], now: datetime
) -> Card:
    text = translated(ASKS[question])
    match question:
        case "centre":
            found = centres_seen(db, person.centre_id)
            rows = tuple((Tap(one.name, f"new:{one.id}"),) for one in found)
        case "kind":
            kinds = ("workshop", "outing", "meeting")
            rows = tuple((Tap(called(one, "kind"), f"new:{one}"),) for one in kinds)
        case "on":
            centre = chosen_centre(typed, centres_seen(db, person.centre_id))
            today = local(now, centre.time_zone if centre else "Europe/Paris").date()
            days = [today + timedelta(days=ahead) for ahead in range(1, DAYS_OFFERED + 1)]
            rows = tuple((Tap(on_day(one, now), f"new:{one.isoformat()}"),) for one in days)
        case "seats":
            rows = ((Tap(told(word("No limit")), "new:"),),)
        case _:
            rows = ()
    return Card(text, rows)


def shown(look: Look) -> Card:
    """The preview that the console shows as well: who, how, when, and who is left out and why."""
    event, preview = look.event, look.preview
    title = event.wordings[event.original].title
    lines = [
        f"{called(event.kind, 'kind')} · {title}",
        f"{on_day(event.on, look.now)} · {hour(event.at, 'fr')} · {event.place}",
        told(word("Families invited: {n}"), n=preview.families),
        told(word("Written to: {n} ({how})"), n=len(preview.told), how=_counted(preview.channels)),
    ]
    if preview.left_out:
        lines.append(told(word("Left out: {n}"), n=len(preview.left_out)))
        lines += [
            f"– {n} · {called(reason, 'reason')}"
            for reason, n in list(preview.reasons.items())[:FEW]
        ]
    lines += [f"{called(one.level, 'finding')} {one.advice}" for one in look.findings]
    lines.append("")
    lines += [_line(one, look.now) for one in look.lines if not one.past]
    changes = tuple(
        Tap(translated(text), f"look:{field}")
        for field, text in (
            ("title_fr", word("Title")),
            ("on", word("Day")),
            ("at", word("Hour")),
            ("place", word("Place")),
            ("seats", word("Number of places")),
        )
    )
    rows = (
        (Tap(told(word("Plan it")), "look:plan"), Tap(told(word("Leave it")), "look:leave")),
        changes[:3],
        changes[3:],
    )
    return Card("\n".join(lines), rows)


def _line(one: PlanLine, now: datetime) -> str:
    at = one.leaves_here
    when = (
        told(word("never")) if at is None else f"{on_day(at.date(), now)} {hour(at.time(), 'fr')}"
    )
    return f"{when} · {called(one.step.name, 'step')}"


def _counted(counts: Any) -> str:
    return ", ".join(f"{n} {called(code, 'channel')}" for code, n in list(counts.items())[:FEW])


# -- what it remembers --------------------------------------------------------------------------


def _user(context: Context) -> dict[str, Any]:
    return cast("dict[str, Any]", context.user_data)


def _typed(context: Context) -> dict[str, str]:
    return cast("dict[str, str]", _user(context).setdefault("typed", {}))


def _asked(context: Context) -> list[str]:
    return cast("list[str]", _user(context).setdefault("asked", []))


def _forget(context: Context) -> None:
    for name in ("typed", "asked", "changing"):
        _user(context).pop(name, None)


def _next(question: str, typed: dict[str, str]) -> str:
    following = QUESTIONS[QUESTIONS.index(question) + 1 :]
    if typed["kind"] == "meeting":
        following = tuple(name for name in following if name != "seats")
    else:
        following = tuple(name for name in following if name != "families")
    return following[0] if following else LOOK


async def _value(update: Update, question: str) -> str | None:
    """What was typed or tapped; None for a button of another question."""
    query = update.callback_query
    if query is not None:
        await query.answer()
        value = (query.data or "").removeprefix("new:")
        fits = {
            "centre": value.isdigit(),
            "kind": value in ("workshop", "outing", "meeting"),
            "on": read_day(value) is not None,
            "seats": value == "",
        }
        return value if fits.get(question, False) else None
    return (update.message.text or "").strip() if update.message is not None else None


async def _say(update: Update, card: Card) -> None:
    assert update.effective_chat is not None, "the wizard speaks in a chat"
    await update.effective_chat.send_message(card.text, reply_markup=markup(card))
