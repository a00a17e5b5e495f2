"""Every question that a message can ask is answered on its page, to the end of its flow.

Each flow is led from the text message of a one-way sender to its last question, by buttons alone
where it has buttons. Every page on the way is private, small and asks one thing at a time.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from html import unescape
from typing import Any, get_type_hints

import httpx
import pytest
from sqlalchemy import select, update

from bot.app import web_app
from bot.campaigns import Wording as CampaignWording
from bot.events import Wording, record_attendance
from bot.flows import barrier, meeting, offer, preferences, rsvp, survey, wave, welcome, which
from bot.flows.alarms import emergency
from bot.flows.catalog import FLOWS
from bot.flows.menus import LANGUAGES
from bot.languages import FALLBACK
from bot.messages import Say
from bot.storage.tables import (
    answers,
    consents,
    contacts,
    conversations,
    event_texts,
    events,
    families,
    invitations,
    slots,
    tasks,
)
from bot.waitlist import serve_waiting_lists
from bot.web.marked import apart, told
from tests.flows.scenes import scene
from tests.house import MONDAY, NEXT_DAY, SMS, House, guardian, phone
from tests.rounds import arrange_round
from tests.test_merging import coming
from tests.test_waitlist import INVITED_AT, MONDAY_AFTER

HEAVIEST = 20_000  # bytes of one page
DAY_AFTER = datetime(2026, 11, 30, 10, tzinfo=UTC)  # the workshop was on a Saturday
ARABIC = "مرحبا بكم في ورشة القراءة واللعب مع الأطفال "  # two bytes a letter


def longest(signs: int) -> str:
    """As long as a field may be, in letters that weigh twice."""
    return (ARABIC * 20)[:signs].strip()


TITLES = {one: Wording(longest(120), longest(400)) for one in ("fr", "ar")}
ADDRESS = "12 rue " + longest(190)


class Browser:
    """A parent's browser on one page: it remembers every page that it has seen."""

    def __init__(self, house: House, client: httpx.AsyncClient) -> None:
        self.house, self.client = house, client
        self.path = self.html = ""
        self.seen: list[httpx.Response] = []

    async def opens(self, number: int = 0) -> str:
        """Open the link in the last text message of a phone."""
        found = re.search(r"/l/\S+", self.house.texts(SMS, phone(number))[-1])
        assert found is not None
        self.path = found[0]
        return self._sees(await self.client.get(self.path))

    async def presses(self, ending: str) -> str:
        """Press the button whose value ends so."""
        values = re.findall(r'name="answer" value="([^"]+)"', self.html)
        named = [one for one in values if one.endswith(ending)]
        assert named, f"no button ends with {ending}: {values}"
        return await self.posts(answer=named[0])

    async def turns_to(self, ending: str) -> None:
        """Turn the pages of a long menu until it offers a button whose value ends so."""
        page = 0
        while f'{ending}"' not in self.html:
            page += 1
            question = ending.rpartition(":")[0]
            await self.presses(f"{question}:more-{page}")

    async def writes(self, text: str) -> str:
        """Type some words."""
        return await self.posts(text=text)

    async def posts(self, **fields: str) -> str:
        """Send a form as it stands on the page."""
        nonce = re.findall(r'name="nonce" value="([^"]+)"', self.html)[0]
        return self._sees(await self.client.post(self.path, data={"nonce": nonce, **fields}))

    def asks(self, question: str) -> bool:
        """Whether the page offers answers to a question, by its code."""
        return f":{question}:" in self.html

    def _sees(self, page: httpx.Response) -> str:
        assert page.status_code == 200
        self.seen.append(page)
        self.html = unescape(page.text)
        return self.html


@pytest.fixture
async def browser(house: House) -> AsyncIterator[Browser]:
    transport = httpx.ASGITransport(web_app(house.carnet, jobs=False))
    async with (
        house.carnet.running(jobs=False),
        httpx.AsyncClient(
            transport=transport, base_url="http://carnet", follow_redirects=True
        ) as client,
    ):
        yield Browser(house, client)


# -- each flow, to its end ------------------------------------------------------------------------


async def walk_rsvp(house: House, browser: Browser, language: str) -> None:
    house.family(0, guardians=(guardian(0, language=language),))
    event_id = house.event(wordings=TITLES, place=ADDRESS)
    house.clock.set(INVITED_AT)
    await house.tick()
    await browser.opens()
    for ending in (":coming:maybe", ":coming:yes", ":adults:2", ":children:1"):
        await browser.presses(ending)
    row = house.one(select(invitations).where(invitations.c.event_id == event_id))
    assert (row.rsvp, row.adults, row.children) == ("yes", 2, 1)
    await browser.presses(":coming:no")
    assert house.one(select(invitations.c.rsvp)).rsvp == "no"


async def walk_offer(house: House, browser: Browser, language: str) -> None:
    for number in range(2):
        house.family(number, guardians=(guardian(number, language=language),))
    house.event(seats=2, wordings=TITLES, place=ADDRESS)
    house.clock.set(INVITED_AT)
    await house.tick()
    house.clock.set(MONDAY_AFTER)
    for number in range(2):
        await browser.opens(number)
        for ending in (":coming:yes", ":adults:1", ":children:1"):
            await browser.presses(ending)
    assert house.invitation(1, 2).seat == "waiting"
    await browser.opens(0)
    await browser.presses(":coming:no")
    with house.database.write() as db:
        assert serve_waiting_lists(db, house.carnet.reach, house.clock()) == 1
    await house.drain()
    await browser.opens(1)
    await browser.presses(":place:yes")
    assert house.invitation(1, 2).seat == "held"
    await browser.presses(":place:no")
    assert house.invitation(1, 2).rsvp == "no"


async def walk_meeting(house: House, browser: Browser, language: str) -> None:
    family = house.family(0, guardians=(guardian(0, language=language),))
    arrange_round(
        house,
        [family],
        host="Mme " + "R" * 70,
        place=ADDRESS,
        wordings={one: Wording(it.title) for one, it in TITLES.items()},
    )
    house.clock.set(MONDAY + timedelta(days=1))
    await house.tick()
    await browser.opens()
    await browser.presses(":moment:slot-2")
    taken = select(slots.c.id).where(slots.c.family_id == family)
    assert house.one(taken).id == 2
    await browser.presses(":moment:slot-3")
    assert house.one(taken).id == 3
    await browser.presses(":moment:other")
    assert house.one(taken).id == 3
    assert house.one(select(tasks.c.reason)).reason == meeting.OTHER_MOMENT
    await browser.presses(":moment:none")


async def walk_survey(house: House, browser: Browser, language: str) -> None:
    family = house.family(0, guardians=(guardian(0, language=language),))
    event_id = house.event(wordings=TITLES, place=ADDRESS)
    house.clock.set(INVITED_AT)
    await house.tick()
    house.clock.set(DAY_AFTER)
    with house.database.write() as db:
        record_attendance(db, event_id, {family: True}, house.clock())
    await house.tick()
    await browser.opens()
    for ending in (":may_we:yes", ":satisfaction:4", ":again:maybe"):
        await browser.presses(ending)
    assert [row.code for row in house.all(select(answers).order_by(answers.c.id))] == ["4", "maybe"]
    assert not browser.asks("again")


async def walk_wave(house: House, browser: Browser, language: str) -> None:
    house.family(0, guardians=(guardian(0, language=language),))
    house.campaign("wave")
    house.clock.set(MONDAY + timedelta(days=1))
    await house.tick()
    await browser.opens()
    for ending in (
        ":may_we:yes",
        ":behaviour:4",
        ":school:unknown",
        ":choices:1",
        ":role:skip",
    ):
        await browser.presses(ending)
    kept = [row.code for row in house.all(select(answers.c.code).order_by(answers.c.id))]
    assert kept == ["4", "unknown", "1", "skip"]
    assert not browser.asks("role")


async def walk_barrier(house: House, browser: Browser, language: str) -> None:
    family = house.family(0, guardians=(guardian(0, language=language),))
    event_id = house.event(wordings=TITLES, place=ADDRESS)
    house.clock.set(INVITED_AT)
    await house.tick()
    await browser.opens()
    for ending in (":coming:yes", ":adults:1", ":children:1"):
        await browser.presses(ending)
    house.clock.set(DAY_AFTER)
    with house.database.write() as db:
        record_attendance(db, event_id, {family: False}, house.clock())
    await house.tick()
    await browser.opens()
    assert browser.html.count(":why:transport") == 1
    await browser.presses(":why:transport")
    assert house.one(select(answers.c.code)).code == "transport"
    assert not browser.asks("why")


async def walk_welcome(house: House, browser: Browser, language: str) -> None:
    house.family(0, introduced=False, guardians=(guardian(0, language=None),))
    house.event(wordings=TITLES, place=ADDRESS)
    house.clock.set(INVITED_AT)
    await house.tick()
    with house.database.write() as db:
        _open(db, house, "welcome")
    await browser.opens()
    await browser.turns_to(f":language:{language}")
    await browser.presses(f":language:{language}")
    assert f'<html lang="{language}"' in browser.html
    await browser.presses(":messages:yes")
    await browser.presses(":surveys:no")
    given = house.all(select(consents.c.purpose, consents.c.decision).order_by(consents.c.id))
    assert [tuple(row) for row in given[-2:]] == [("messages", "given"), ("surveys", "refused")]


async def walk_preferences(house: House, browser: Browser, language: str) -> None:
    house.family(0, guardians=(guardian(0, language=language),))
    house.event(wordings=TITLES, place=ADDRESS)
    house.clock.set(INVITED_AT)
    await house.tick()
    await browser.opens()
    await browser.writes("pause")
    await browser.presses(":pause:pause-7")
    family = house.one(select(families))
    assert family.paused_until == house.clock() + timedelta(days=7)
    assert family.pause_reason == "Demandé par le parent"
    with house.database.write() as db:
        _open(db, house, "preferences")
    await browser.opens()
    await browser.presses(":menu:language")
    await browser.presses(":language:ro")
    assert '<html lang="ro"' in browser.html
    assert house.one(select(contacts.c.language)).language == "ro"
    with house.database.write() as db:
        _open(db, house, "preferences")
    await browser.opens()
    await browser.presses(":menu:rendering")
    await browser.presses(":rendering:read-easy")
    assert house.one(select(contacts.c.rendering)).rendering == "easy"


async def walk_which(house: House, browser: Browser, language: str) -> None:
    ids = coming(house, "yes", "yes")
    with house.database.write() as db:
        db.execute(update(contacts).values(language=language))
    await house.tick()
    await browser.opens()
    await browser.writes({"ar": "لا", "tr": "hayır", "pt": "não", "en": "no", "ro": "nu"}.get(
        language, "non"
    ))  # fmt: skip
    await browser.presses(":which:2")
    said = select(invitations.c.event_id, invitations.c.rsvp).order_by(invitations.c.event_id)
    assert [tuple(row) for row in house.all(said)] == [(ids[0], "yes"), (ids[1], "no")]


def _open(db: Any, house: House, flow: str) -> None:
    """Put the page's conversation at the beginning of another flow."""
    state: Any = {"welcome": welcome.Welcome(welcome.Question.LANGUAGE)}.get(
        flow, preferences.Preferences()
    )
    db.execute(
        update(conversations)
        .where(conversations.c.flow.in_(["rsvp", flow]))
        .values(
            flow=flow,
            event_id=None,
            closed_at=None,
            state={"question": state.question, "unclear": 0},
            awaiting=True,
            last_turn_at=house.clock(),
        )
    )


Walk = Callable[[House, Browser, str], Awaitable[None]]
WALKS: dict[str, Walk] = {
    "rsvp": walk_rsvp,
    "offer": walk_offer,
    "meeting": walk_meeting,
    "survey": walk_survey,
    "wave": walk_wave,
    "barrier": walk_barrier,
    "welcome": walk_welcome,
    "preferences": walk_preferences,
    "which": walk_which,
}
QUESTIONS: dict[str, type[StrEnum]] = {
    "rsvp": rsvp.Question,
    "offer": offer.Question,
    "meeting": meeting.Question,
    "survey": survey.Question,
    "wave": wave.Question,
    "barrier": barrier.Question,
    "welcome": welcome.Question,
    "preferences": preferences.Question,
    "which": which.Question,
}


def test_every_flow_is_walked() -> None:
    assert set(WALKS) == set(QUESTIONS) == set(FLOWS)
    for name, flow in FLOWS.items():
        assert get_type_hints(flow.state)["question"] is QUESTIONS[name]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("flow", WALKS)
async def test_flow_is_answered_to_its_end_on_small_private_pages(
    house: House, browser: Browser, flow: str, language: str
) -> None:
    await WALKS[flow](house, browser, language)
    asked = {one for page in browser.seen for one in re.findall(r'value="\d+:(\w+):', page.text)}
    wanted = {one.value for one in QUESTIONS[flow]} - {"settled"}
    assert wanted <= asked
    for page in browser.seen:
        _is_small_and_private(page)


def _is_small_and_private(page: httpx.Response) -> None:
    assert len(page.content) < HEAVIEST
    assert page.headers["referrer-policy"] == "no-referrer"
    assert "noindex" in page.headers["x-robots-tag"]
    assert page.headers["cache-control"] == "no-store"
    policy = page.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert "http" not in policy
    assert "<script" not in page.text
    assert page.text.count("<h1") == 1
    loaded = re.findall(r"(?:\bsrc=|<link|@import|url\()[^>]*", page.text)
    assert all("//" not in one for one in loaded)
    ids = re.findall(r'\bid="(\w+)"', page.text)
    assert len(ids) == len(set(ids))
    named = re.findall(r'(?:aria-labelledby|for)="(\w+)"', page.text)
    assert set(named) <= set(ids)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_longest_announcement_is_light(
    house: House, browser: Browser, language: str
) -> None:
    house.family(0, guardians=(guardian(0, language=language),))
    longest_of_all = {one: CampaignWording(longest(120), longest(600)) for one in ("fr", "ar")}
    house.campaign("announcement", NEXT_DAY, wordings=longest_of_all)
    house.clock.set(MONDAY + timedelta(days=1))
    await house.tick()
    await browser.opens()
    for page in browser.seen:
        _is_small_and_private(page)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_three_events_with_the_longest_words_are_light(
    house: House, browser: Browser, language: str
) -> None:
    ids = coming(house, *["yes"] * 3, at=(time(10), time(14), time(18)))
    with house.database.write() as db:
        db.execute(update(contacts).values(language=language))
        db.execute(update(event_texts).values(title=longest(120), notes=longest(400)))
        db.execute(update(events).values(place=ADDRESS))
    await house.tick()
    html = await browser.opens()
    assert html.count(':coming:no"') == len(ids)
    _is_small_and_private(browser.seen[0])


def reasons(rows: Sequence[Any]) -> list[str]:
    return [row.reason for row in rows]


# -- what a parent can set ------------------------------------------------------------------------


async def invited(house: House, browser: Browser, language: str = "fr") -> None:
    house.family(0, guardians=(guardian(0, language=language),))
    house.event()
    house.clock.set(INVITED_AT)
    await house.tick()
    await browser.opens()


@pytest.mark.parametrize(("code", "days"), [("pause-7", 7), ("pause-30", 30)])
async def test_silence_is_one_button_away_and_so_is_its_end(
    house: House, browser: Browser, code: str, days: int
) -> None:
    await invited(house, browser)
    html = await browser.presses(f"::{code}")
    assert house.one(select(families.c.paused_until)).paused_until == INVITED_AT + timedelta(
        days=days
    )
    assert "Pas de messages avant" in html
    assert "::pause-7" not in html
    await browser.presses("::start")
    assert house.one(select(families.c.paused_until)).paused_until is None
    assert "Pas de messages avant" not in browser.html


async def test_a_shorter_silence_replaces_their_own_and_never_the_teams(
    house: House, browser: Browser
) -> None:
    await invited(house, browser)
    await browser.presses("::pause-30")
    await browser.writes("pause")
    await browser.presses(":pause:pause-7")
    week = INVITED_AT + timedelta(days=7)
    assert house.one(select(families.c.paused_until)).paused_until == week
    with house.database.write() as db:
        far = INVITED_AT + timedelta(days=90)
        db.execute(update(families).values(paused_until=far, pause_reason="Deuil"))
    await browser.opens()
    assert "::start" not in browser.html
    await browser.posts(answer="::start")
    await browser.posts(answer="::pause-7")
    row = house.one(select(families))
    assert (row.paused_until, row.pause_reason) == (far, "Deuil")


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("fr", "pause"),
        ("fr", "Une pause svp"),
        ("en", "pause please"),
        ("ar", "توقف مؤقت"),
        ("tr", "ara verin"),
        ("pt", "pausa"),
        ("ro", "pauză"),
    ],
)
def test_a_pause_is_asked_for_in_words_on_any_channel(
    house: House, language: str, text: str
) -> None:
    family = house.family(0, guardians=(guardian(0, language=language),))
    house.hear(SMS, phone(0), text)
    house.hear(SMS, phone(0), "1")
    row = house.one(select(families).where(families.c.id == family))
    assert row.paused_until == house.clock() + timedelta(days=7)


async def test_how_messages_read_is_one_button_away_and_so_is_the_way_back(
    house: House, browser: Browser
) -> None:
    await invited(house, browser)
    assert "::read-full" not in browser.html, "it is so already"
    html = await browser.presses("::read-numbers")
    assert "Vous répondez par un chiffre." in html
    assert house.one(select(contacts.c.rendering)).rendering == "numbers"
    assert "1 = Oui" in html
    assert "::read-numbers" not in html
    html = await browser.presses("::read-full")
    assert "1 = Oui" not in html
    row = house.one(select(contacts.c.rendering, contacts.c.rendering_chosen_at))
    assert tuple(row) == ("", house.clock())


async def test_who_stopped_is_not_asked_how_messages_shall_read(
    house: House, browser: Browser
) -> None:
    await invited(house, browser)
    assert "::read-" in browser.html
    await browser.presses("::stop")
    assert "::read-" not in browser.html


async def test_call_me_says_who_calls_and_from_when(house: House, browser: Browser) -> None:
    await invited(house, browser)  # on a Saturday morning
    html = await browser.presses("::human")
    assert reasons(house.all(select(tasks))) == ["call"]
    assert "va vous appeler" in html
    assert "Nous appelons à partir de samedi 21 novembre, entre 9h et 19h30." in html
    house.clock.set(datetime(2026, 11, 21, 21, tzinfo=UTC))
    assert "à partir de lundi 23 novembre" in await browser.opens()


async def test_who_asks_for_a_call_while_a_question_waits_is_called(
    house: House, browser: Browser
) -> None:
    await invited(house, browser)
    await browser.writes("C'est à quelle heure ?")
    assert "va vous appeler" not in browser.html
    await browser.presses("::human")
    assert reasons(house.all(select(tasks))) == ["call"]


async def test_who_stopped_comes_back_with_one_button(house: House, browser: Browser) -> None:
    await invited(house, browser)
    await browser.presses("::stop")
    assert house.one(select(contacts.c.stopped_at)).stopped_at is not None
    assert "::stop" not in browser.html
    await browser.presses("::start")
    assert house.one(select(contacts.c.stopped_at)).stopped_at is None


async def test_words_of_violence_on_the_page_call_a_person_and_tell_where_help_is(
    house: House, browser: Browser
) -> None:
    house.family(0)
    house.event()
    house.clock.set(INVITED_AT)
    await house.tick()
    await browser.opens()
    page = await browser.writes("oui, mais mon mari me frappe")
    assert house.one(select(tasks.c.reason)) == ("safeguarding",)
    assert house.one(select(invitations.c.rsvp)) == ("yes",)
    assert "112" in page
    assert "119" in page


# -- what nobody has read -------------------------------------------------------------------------

TRANSLATED = sorted(set(LANGUAGES) - {FALLBACK})


def under(saying: Say, language: str) -> str:
    """A saying on a page, with the French under it."""
    return f"{told(saying, language)}\n{apart(told(saying, FALLBACK), FALLBACK)}"


def questions(browser: Browser) -> list[str]:
    """The question of every page that was seen and asked one."""
    found = (re.search(r'<h2 id="q">(.*?)</h2>', page.text, re.DOTALL) for page in browser.seen)
    return [one[1] for one in found if one is not None]


def statements(house: House) -> list[Say]:
    """All that a wave asks of this house's parents, the consent first."""
    around = replace(scene(), association=house.carnet.reach.deployment.association)
    return [wave.ask(wave.Wave(one), around) for one in wave.Question]


@pytest.mark.parametrize("language", TRANSLATED)
async def test_a_consent_and_each_statement_stand_on_the_page_with_the_french_under_them(
    house: House, browser: Browser, language: str
) -> None:
    await walk_wave(house, browser, language)
    asked = statements(house)
    assert questions(browser) == [under(one, language) for one in asked]


async def test_who_reads_french_reads_a_consent_once(house: House, browser: Browser) -> None:
    await walk_wave(house, browser, FALLBACK)
    asked = statements(house)
    assert questions(browser) == [told(one, FALLBACK) for one in asked]


async def test_a_consent_that_somebody_has_read_stands_alone_on_the_page(
    house: House, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.web.marked.is_ready", lambda *_: True)
    await walk_wave(house, browser, "tr")
    asked = statements(house)
    assert questions(browser) == [told(one, "tr") for one in asked]


@pytest.mark.parametrize("language", TRANSLATED)
async def test_where_help_is_stands_on_the_page_with_the_french_under_it(
    house: House, browser: Browser, language: str
) -> None:
    await invited(house, browser, language)
    await browser.writes("mon mari me frappe")
    assert under(emergency(), language) in browser.seen[-1].text


@pytest.mark.parametrize("language", TRANSLATED)
async def test_an_ordinary_draft_stands_alone_on_the_page(
    house: House, browser: Browser, language: str
) -> None:
    await invited(house, browser, language)
    await browser.presses(":coming:yes")
    *_, adults = questions(browser)
    assert "lang=" not in adults
