"""The coordinators' pocket bot, on python-telegram-bot: its own token, staff only, French.

    getUpdates --> one update at a time --> who is behind this chat? --> a handler --> cards
    every few seconds: news that somebody is to be told

An update counts as taken only once it was handled: one that comes again does nothing twice. The
library is slow to import: import this module only where a token is set.
"""

from __future__ import annotations

import asyncio
import contextlib
import warnings
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from sqlalchemy import Connection
from telegram import Bot, BotCommand, Update
from telegram.constants import ChatType
from telegram.error import BadRequest, Forbidden, InvalidToken, TelegramError
from telegram.ext import (
    Application,
    ApplicationBuilder,
    ApplicationHandlerStop,
    CallbackQueryHandler,
    CommandHandler,
    ContextTypes,
    MessageHandler,
    TypeHandler,
    filters,
)
from telegram.warnings import PTBDeprecationWarning

from bot.channels.telegram_polling import Pauses, unless
from bot.errors import Rejected, SendDelayed, SendRefused
from bot.reach import Reach
from bot.staff import cards, desk
from bot.staff.alerts import News, news
from bot.staff.cards import Card
from bot.staff.sending import markup
from bot.staff.wizard import Planned, wizard
from bot.storage import pocket as stored
from bot.storage.database import Database
from bot.storage.staff import Staff
from bot.traces import log_fault
from bot.translators import Readings
from bot.web.console.pages import translated
from bot.web.console.words import word

T = TypeVar("T")
Context = ContextTypes.DEFAULT_TYPE

POLL_SECONDS = 25
NEWS_SECONDS = 5
MOST_UPDATES = 50
WANTED = ["message", "callback_query"]

COMMANDS = (
    ("aujourdhui", word("today's events")),
    ("nouveau", word("plan an event")),
    ("questions", word("parents who wait")),
    ("absent", word("a colleague hears today")),
    ("aide", word("help")),
    ("quitter", word("unlink this chat")),
)

# We read no delay from it: `Pauses` waits as long as it takes.
warnings.filterwarnings("ignore", category=PTBDeprecationWarning, message=".*retry_after.*")


class Pocket:
    """The robot that people who work carry in their pocket."""

    def __init__(
        self,
        database: Database,
        reach: Reach,
        clock: Callable[[], datetime],
        wake: Callable[[], None],
        token: str,
        api_url: str,
        readings: Readings | None = None,
    ) -> None:
        self._database = database
        self._readings = readings
        self._reach = reach
        self._clock = clock
        self._wake = wake
        self._app: Application[Any, Any, Any, Any, Any, Any] = (
            ApplicationBuilder()
            .token(token)
            .base_url(f"{api_url.rstrip('/')}/bot")
            .updater(None)
            .job_queue(None)
            .build()
        )
        self._add_handlers()

    async def run(self, stop: asyncio.Event) -> None:
        """Hear and tell until `stop`; nothing that Telegram does ends it."""
        pauses = Pauses()
        while not stop.is_set():
            try:
                await self.open()
                break
            except TelegramError as error:
                await unless(stop, asyncio.sleep(pauses.after(error)))
        if stop.is_set():
            return
        try:
            await asyncio.gather(self._hear(stop), self._tell(stop))
        finally:
            await self.close()

    @property
    def bot(self) -> Bot:
        """The connection to Telegram."""
        bot: Bot = self._app.bot
        return bot

    async def open(self) -> None:
        """Say who we are to Telegram. Raises TelegramError."""
        await self._app.initialize()
        await self.bot.delete_webhook()
        commands = [BotCommand(name, translated(text)) for name, text in COMMANDS]
        await self.bot.set_my_commands(commands)

    async def close(self) -> None:
        """Let go of connections."""
        await self._app.shutdown()

    async def fetch(self, offset: int | None) -> Sequence[Update]:
        """Updates from `offset` on; those before it are taken. Raises TelegramError."""
        return await self.bot.get_updates(
            offset=offset,
            limit=MOST_UPDATES,
            timeout=POLL_SECONDS,
            read_timeout=POLL_SECONDS + 10,
            allowed_updates=WANTED,
        )

    async def handle(self, update: Update) -> None:
        """Take one update."""
        await self._app.process_update(update)

    async def tell(self) -> int:
        """Tell what is new to whom it concerns; give how many messages left.

        A chat that has blocked the robot is unlinked. Raises TelegramError for the rest.
        """
        told = 0
        found = await self._database.reading(lambda db: news(db, self._clock()))
        waiting = [one for one in found if one.card.of is not None]  # an alarm waits for no machine
        for one in (one for one in found if one.card.of is None):
            told += await self._tell_one(one, one.card)
        cards_in_french = await self._in_french([one.card for one in waiting])
        for one, card in zip(waiting, cards_in_french, strict=True):
            told += await self._tell_one(one, card)
        return told

    async def _tell_one(self, one: News, card: Card) -> bool:
        """Tell one thing to one chat; False where nobody hears there any more."""
        try:
            sent = await self._send(one.chat, card)
        except (Forbidden, BadRequest):
            await self._database.writing(partial(stored.unbind, chat=one.chat))
            return False
        await self._note(one.chat, one.subject, one.task_id, sent)
        return True

    async def _in_french(self, shown: Sequence[Card]) -> list[Card]:
        """The cards with what a machine makes of parents' words, where there is one.

        No transaction is open meanwhile; while the machine is silent, their own words stand alone.
        """
        foreign = [one.of.foreign for one in shown if one.of is not None and one.of.foreign]
        if self._readings is None or not foreign:
            return list(shown)
        read = await asyncio.to_thread(self._readings.read, dict.fromkeys(foreign))
        return [
            cards.question(one.of, read.french[one.of.foreign[0]])
            if one.of is not None and one.of.foreign and one.of.foreign[0] in read.french
            else one
            for one in shown
        ]

    # -- the two loops ----------------------------------------------------------------------------

    async def _hear(self, stop: asyncio.Event) -> None:
        offset: int | None = None
        pauses = Pauses()
        while not stop.is_set():
            try:
                for update in await unless(stop, self.fetch(offset)) or ():
                    await self.handle(update)
                    offset = update.update_id + 1
            except Exception as error:  # noqa: BLE001 - nothing ends the hearing but `stop`
                await unless(stop, asyncio.sleep(pauses.after(error)))
            else:
                pauses.end()

    async def _tell(self, stop: asyncio.Event) -> None:
        pauses = Pauses()
        while not stop.is_set():
            try:
                await self.tell()
            except Exception as error:  # noqa: BLE001 - nothing ends the telling but `stop`
                await unless(stop, asyncio.sleep(pauses.after(error)))
            else:
                pauses.end()
                await unless(stop, asyncio.sleep(NEWS_SECONDS))

    # -- what it takes ----------------------------------------------------------------------------

    def _add_handlers(self) -> None:
        app = self._app
        app.add_handler(TypeHandler(Update, self._at_the_door), group=-1)
        with warnings.catch_warnings():  # each button of the wizard names its own question
            warnings.simplefilter("ignore")
            app.add_handler(wizard(self._plans, self._reach))
        app.add_handler(CommandHandler("aujourdhui", self._today))
        app.add_handler(CommandHandler("questions", self._questions))
        app.add_handler(CommandHandler("absent", self._absent))
        app.add_handler(CommandHandler("quitter", self._leave))
        app.add_handler(CommandHandler(("aide", "help", "start"), self._help))
        app.add_handler(CallbackQueryHandler(self._tapped))
        app.add_handler(MessageHandler(filters.TEXT & filters.REPLY, self._replied))
        app.add_handler(MessageHandler(filters.ALL, self._loose))
        app.add_error_handler(self._broke)

    async def _at_the_door(self, update: Update, context: Context) -> None:
        """Who has no account here learns nothing; groups are not answered at all."""
        chat = update.effective_chat
        if chat is None or chat.type != ChatType.PRIVATE:
            raise ApplicationHandlerStop
        if await self._person(update) is not None:
            return
        text = update.message.text or "" if update.message is not None else ""
        command, _, code = text.partition(" ")
        card = cards.private()
        if command == "/start" and code.strip():
            now = self._clock()
            card = await self._database.writing(
                lambda db: desk.start(db, code.strip(), str(chat.id), now)
            )
        await self._answer_tap(update)
        await self._send(str(chat.id), card)
        raise ApplicationHandlerStop

    async def _person(self, update: Update) -> Staff | None:
        assert update.effective_chat is not None, "every update that we want has a chat"
        chat = str(update.effective_chat.id)
        return await self._database.reading(lambda db: stored.person_in(db, chat))

    async def _help(self, update: Update, _context: Context) -> None:
        await self._show(update, cards.help_card())

    async def _today(self, update: Update, _context: Context) -> None:
        person, now = await self._known(update), self._clock()
        for card in await self._database.reading(lambda db: desk.today(db, person, now)):
            await self._show(update, card)

    async def _questions(self, update: Update, _context: Context) -> None:
        person, chat = await self._known(update), _chat(update)
        found = await self._database.reading(lambda db: desk.questions(db, person))
        shown = await self._in_french([card for _, card in found])
        for (task_id, _), card in zip(found, shown, strict=True):
            sent = await self._send(chat, card)
            await self._note(chat, f"shown-{task_id}:{sent}", task_id, sent)
        if not found:
            await self._show(update, cards.nobody_waits())

    async def _absent(self, update: Update, _context: Context) -> None:
        person, now = await self._known(update), self._clock()
        await self._show(
            update, await self._database.reading(lambda db: desk.absent(db, person, now))
        )

    async def _leave(self, update: Update, _context: Context) -> None:
        chat = _chat(update)
        await self._show(update, await self._database.writing(lambda db: desk.leave(db, chat)))

    async def _replied(self, update: Update, _context: Context) -> None:
        message = update.message
        if message is None or message.reply_to_message is None:
            return
        person, chat, now = await self._known(update), _chat(update), self._clock()
        quoted, own = str(message.reply_to_message.message_id), str(message.message_id)
        text = message.text or ""
        try:
            card = await self._database.writing(
                lambda db: desk.answer(db, person, chat, quoted, own, text, now)
            )
        except Rejected as refusal:
            card = Card(str(refusal))
        self._wake()
        await self._show(update, card)

    async def _loose(self, update: Update, _context: Context) -> None:
        if update.message is not None:
            await self._show(update, cards.reply_how())

    async def _tapped(self, update: Update, _context: Context) -> None:
        query = update.callback_query
        if query is None:
            return
        person = await self._known(update)
        action, *named = (query.data or "").split(":")
        numbers = [int(part) for part in named if part.isascii() and part.isdigit()]
        await self._answer_tap(update)
        try:
            await self._act(update, person, action, numbers)
        except Rejected as refusal:
            await self._show(update, Card(str(refusal)))

    async def _act(
        self, update: Update, person: Staff, action: str, numbers: Sequence[int]
    ) -> None:
        now = self._clock()
        match action, *numbers:
            case "silent", int(event_id):
                card = await self._database.reading(lambda db: desk.silent(db, person, event_id))
                await self._show(update, card)
            case "ticks", int(event_id), int(page):
                card = await self._database.reading(
                    lambda db: desk.ticks(db, person, event_id, page)
                )
                await self._show(update, card, again=_shows_ticks(update))
            case "tick", int(event_id), int(family_id), int(came), int(page):
                card = await self._database.writing(
                    lambda db: desk.tick(
                        db, person, event_id, family_id, page, now, came=bool(came)
                    )
                )
                await self._show(update, card, again=True)
            case "take", int(task_id):
                card = await self._database.writing(lambda db: desk.take(db, person, task_id, now))
                await self._show(update, card)
            case "alarm", int(task_id):
                card = await self._database.writing(
                    lambda db: desk.acknowledge_alarm(db, person, task_id, now)
                )
                await self._show(update, card)
            case "done", int(task_id):
                card = await self._database.writing(
                    lambda db: desk.settle(db, person, task_id, now)
                )
                await self._show(update, card)
            case "absent", int(colleague_id):
                card, heard = await self._database.writing(
                    lambda db: desk.take_over(db, person, colleague_id, now)
                )
                await self._show(update, card)
                for chat, news_card in heard:
                    with contextlib.suppress(TelegramError):
                        await self._send(chat, news_card)
            case (("new" | "look"), *_):
                await self._show(update, cards.lost())
            case _:
                await self._show(update, cards.gone())

    async def _plans(self, update: Update, work: Callable[[Connection, Staff, datetime], T]) -> T:
        """Lend the wizard a transaction in the name of whoever writes."""
        person, now = await self._known(update), self._clock()
        done = await self._database.writing(lambda db: work(db, person, now))
        if isinstance(done, Planned):
            self._wake()
        return done

    async def _known(self, update: Update) -> Staff:
        person = await self._person(update)
        if person is None:
            raise ApplicationHandlerStop  # unlinked since they came in
        return person

    async def _broke(self, update: object, context: Context) -> None:
        """Say that nothing was done; the log holds the place and the kind, never the words."""
        if context.error is not None:
            log_fault("pocket_failed", context.error)
        if isinstance(update, Update) and update.effective_chat is not None:
            with contextlib.suppress(TelegramError):
                await self._show(update, cards.failed())

    # -- what it sends ----------------------------------------------------------------------------

    async def _show(self, update: Update, card: Card, *, again: bool = False) -> None:
        """Answer with a card; `again`: in place of the one whose button was tapped."""
        query = update.callback_query
        if again and query is not None and query.message is not None:
            with contextlib.suppress(BadRequest):  # tapped twice: it shows that already
                await query.edit_message_text(card.text, reply_markup=markup(card))
            return
        await self._send(_chat(update), card)

    async def _send(self, chat: str, card: Card) -> str:
        sent = await self.bot.send_message(int(chat), card.text, reply_markup=markup(card))
        return str(sent.message_id)

    async def _note(self, chat: str, subject: str, task_id: int | None, sent: str) -> None:
        """Keep what this chat was told: a reply to it is for that parent."""
        noted = partial(stored.note_told, chat=chat, subject=subject, task_id=task_id)
        await self._database.writing(partial(noted, message_id=sent, now=self._clock()))

    @staticmethod
    async def _answer_tap(update: Update) -> None:
        """Stop the button's progress bar; a tap that is too old needs none."""
        if update.callback_query is not None:
            with contextlib.suppress(TelegramError):
                await update.callback_query.answer()


async def name_of(token: str, api_url: str) -> str:
    """The robot's own name. Raises SendError whose reason, in French, says what to do."""
    try:
        async with Bot(token, base_url=f"{api_url.rstrip('/')}/bot") as bot:
            return str(bot.username)
    except InvalidToken as error:
        words = "CARNET_POCKET_TOKEN : Telegram ne connaît pas ce jeton. Voyez @BotFather."
        raise SendRefused(words, code="token") from error
    except TelegramError as error:
        raise SendDelayed("Telegram ne répond pas. Réessayez plus tard.", code="network") from error


def _shows_ticks(update: Update) -> bool:
    """Whether the tapped button stands under an attendance list, which is turned in place."""
    query = update.callback_query
    markup = getattr(query.message, "reply_markup", None) if query is not None else None
    taps = [tap for row in markup.inline_keyboard for tap in row] if markup is not None else []
    return any(str(tap.callback_data).startswith("tick:") for tap in taps)


def _chat(update: Update) -> str:
    assert update.effective_chat is not None, "every update that we want has a chat"
    return str(update.effective_chat.id)
