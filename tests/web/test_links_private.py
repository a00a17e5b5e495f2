"""Links that are fetched by programs, pressed twice, damaged, old, or somebody's own calendar."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any
from urllib.parse import unquote

import httpx
import pytest
from icalendar import Calendar
from sqlalchemy import func, select, update

from bot.app import web_app
from bot.channels.link import TOKEN_BYTES, hash_token, link_url, token_for
from bot.events import Wording, cancel_event
from bot.messages import Texts, say
from bot.storage.tables import centres, contacts, inbound, invitations, link_tokens, metadata
from bot.web.maps import map_of
from bot.web.marked import told
from tests.house import MONDAY, SMS, House, guardian, phone
from tests.rounds import arrange_round
from tests.test_waitlist import INVITED_AT

PREVIEWERS = {
    "WhatsApp": "WhatsApp/2.24.20.89 A",
    "Facebook": "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
    "Slack": "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
    "Outlook": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Microsoft Outlook SafeLinks",
    "Telegram": "TelegramBot (like TwitterBot)",
}
PLACE = "12 rue des Lilas"


@pytest.fixture
async def browser(house: House) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(web_app(house.carnet, jobs=False))
    async with (
        house.carnet.running(jobs=False),
        httpx.AsyncClient(
            transport=transport, base_url="http://carnet", follow_redirects=True
        ) as client,
    ):
        yield client


async def invited(house: House, language: str = "fr", **changes: Any) -> str:
    """One family invited by text message; the path of its link."""
    house.family(0, guardians=(guardian(0, language=language),))
    house.centre(city="Lyon", phone="04 72 00 00 00")
    house.event(place=PLACE, **changes)
    house.clock.set(INVITED_AT)
    await house.tick()
    return path_of(house)


def path_of(house: House) -> str:
    found = re.search(r"/l/\S+", house.texts(SMS, phone(0))[-1])
    assert found is not None
    return found[0]


async def press(browser: httpx.AsyncClient, path: str, html: str, ending: str) -> httpx.Response:
    values = re.findall(r'name="answer" value="([^"]+)"', html)
    value = next(one for one in values if one.endswith(ending))
    nonce = re.findall(r'name="nonce" value="([^"]+)"', html)[0]
    return await browser.post(path, data={"answer": value, "nonce": nonce})


def everything(house: House) -> dict[str, list[tuple[object, ...]]]:
    """All that the database holds, table by table."""
    return {
        one.name: [tuple(row) for row in house.all(select(one))] for one in metadata.sorted_tables
    }


# -- fetched, pressed, lost -----------------------------------------------------------------------


@pytest.mark.parametrize("agent", PREVIEWERS.values(), ids=PREVIEWERS)
async def test_a_preview_changes_nothing_and_the_parents_tap_counts(
    house: House, browser: httpx.AsyncClient, agent: str
) -> None:
    path = await invited(house)
    before = everything(house)
    for _ in range(2):
        for method in ("HEAD", "GET"):
            for where in (path, f"{path}/agenda.ics"):
                fetched = await browser.request(method, where, headers={"User-Agent": agent})
                assert fetched.status_code == (200 if where == path else 404)
    assert everything(house) == before
    html = (await browser.get(path)).text
    assert (await press(browser, path, html, ":coming:yes")).status_code == 200
    assert house.one(select(invitations.c.rsvp)).rsvp == "yes"


async def test_a_preview_shows_no_title_of_what_it_is_about(
    house: House, browser: httpx.AsyncClient
) -> None:
    path = await invited(house)
    html = (await browser.get(path)).text
    assert re.findall(r"<title>(.*?)</title>", html) == [house.carnet.reach.deployment.association]
    assert "og:" not in html


async def test_the_same_press_counts_once_and_another_of_the_same_page_counts_too(
    house: House, browser: httpx.AsyncClient
) -> None:
    path = await invited(house)
    html = (await browser.get(path)).text
    await press(browser, path, html, ":coming:yes")
    after = everything(house)
    assert "adultes" in (await press(browser, path, html, ":coming:yes")).text
    assert everything(house) == after
    await press(browser, path, html, ":coming:no")  # the page that "back" shows again
    assert house.one(select(invitations.c.rsvp)).rsvp == "no"
    assert house.one(select(func.count()).select_from(inbound))[0] == 2


@pytest.mark.parametrize("tail", [".", ")", "»", "\u2069", "،", ",", "...", ">"])
async def test_what_a_phone_takes_along_behind_a_link_does_not_break_it(
    house: House, browser: httpx.AsyncClient, tail: str
) -> None:
    path = await invited(house)
    page = await browser.get(path + tail)
    assert page.status_code == 200
    assert page.url.path == path


@pytest.mark.parametrize(
    "path", ["/l", "/l/", "/l/AAAA", "/l/AAAAAAAAAAAAAAAAAAAAAA", "/l/a/b/c", "/l/%00"]
)
async def test_half_a_link_is_met_kindly_in_every_language_and_tells_nothing(
    house: House, browser: httpx.AsyncClient, path: str
) -> None:
    await invited(house)
    page = await browser.get(path)
    assert page.status_code == 404
    assert page.text.count("<h1") == 1
    assert "Prenez le lien de notre dernier message." in unescape(page.text)
    for code, way in (("fr", "ltr"), ("ar", "rtl"), ("tr", "ltr"), ("ro", "ltr")):
        assert f'<p lang="{code}" dir="{way}">' in page.text
    assert "tel:" not in page.text
    assert "noindex" in page.headers["x-robots-tag"]
    assert page.headers["referrer-policy"] == "no-referrer"


async def test_an_old_link_gives_its_owner_the_number_of_the_centre(
    house: House, browser: httpx.AsyncClient
) -> None:
    path = await invited(house, "tr")
    house.clock.later(days=60)
    page = await browser.get(path)
    assert page.status_code == 404
    assert '<html lang="tr"' in page.text
    assert 'href="tel:0472000000"' in page.text
    assert "Bu bağlantı çok eski" in page.text
    with house.database.write() as db:
        db.execute(update(contacts).values(erased_at=house.clock()))
    assert "tel:" not in (await browser.get(path)).text


def test_a_token_is_long_the_address_short_and_nothing_a_phone_drops_ends_it() -> None:
    assert TOKEN_BYTES * 8 >= 128
    for number in range(1, 2_000):
        token = token_for(b"k" * 32, number)
        assert re.fullmatch(r"[A-Za-z0-9_-]{21}[A-Za-z0-9]", token)
        assert len(link_url("", token)) <= 30


async def test_a_token_is_kept_as_its_hash_bound_to_its_question_and_expires(house: House) -> None:
    path = await invited(house)
    token = path.removeprefix("/l/")
    row = house.one(select(link_tokens))
    assert row.token_hash == hash_token(token)
    assert row.conversation_id is not None
    assert row.expires_at > house.clock()
    assert token not in str(everything(house))


# -- the agenda -----------------------------------------------------------------------------------


async def agenda(browser: httpx.AsyncClient, path: str) -> tuple[Any, str]:
    page = await browser.get(f"{path}/agenda.ics")
    assert page.status_code == 200
    assert page.headers["content-type"] == "text/calendar; charset=utf-8"
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["referrer-policy"] == "no-referrer"
    return Calendar.from_ical(page.content), page.text


async def test_an_event_is_noted_in_their_language_zone_and_nobodys_name(
    house: House, browser: httpx.AsyncClient
) -> None:
    words = {"fr": Wording("Atelier écrans"), "ar": Wording("ورشة الشاشات")}
    path = await invited(house, "ar", wordings=words)
    html = (await browser.get(path)).text
    assert "agenda.ics" not in html  # nothing to note before an answer
    html = (await press(browser, path, html, ":coming:yes")).text
    assert f'href="{path}/agenda.ics"' in html
    calendar, text = await agenda(browser, path)
    [entry] = calendar.walk("VEVENT")
    assert calendar["METHOD"] == "PUBLISH"
    assert str(entry["SUMMARY"]) == "ورشة الشاشات"
    assert str(entry["LOCATION"]) == PLACE
    assert entry["DTSTART"].dt.isoformat() == "2026-11-28T18:00:00+01:00"
    assert "TZID=Europe/Paris" in text
    assert len(calendar.walk("VTIMEZONE")) == 1
    assert (int(entry["SEQUENCE"]), str(entry["STATUS"])) == (1, "CONFIRMED")
    for secret in ("Enfant0", "Parent", phone(0), phone(0)[3:], "0472000000"):
        assert secret not in text


async def test_a_cancelled_event_is_taken_out_of_the_calendar_under_the_same_name(
    house: House, browser: httpx.AsyncClient
) -> None:
    path = await invited(house)
    await press(browser, path, (await browser.get(path)).text, ":coming:yes")
    [noted] = (await agenda(browser, path))[0].walk("VEVENT")
    with house.database.write() as db:
        cancel_event(db, house.carnet.reach, 1, house.clock())
    assert "Enlever de mon agenda" in (await browser.get(path)).text
    calendar, _ = await agenda(browser, path)
    [entry] = calendar.walk("VEVENT")
    assert str(entry["UID"]) == str(noted["UID"])
    assert int(entry["SEQUENCE"]) > int(noted["SEQUENCE"])
    assert (str(calendar["METHOD"]), str(entry["STATUS"])) == ("CANCEL", "CANCELLED")


async def test_who_does_not_come_takes_it_out_and_is_not_asked_to_note_it(
    house: House, browser: httpx.AsyncClient
) -> None:
    path = await invited(house)
    html = (await press(browser, path, (await browser.get(path)).text, ":coming:yes")).text
    html = (await press(browser, path, html, ":coming:no")).text
    assert "agenda.ics" not in html
    calendar, _ = await agenda(browser, path)
    assert [str(one["STATUS"]) for one in calendar.walk("VEVENT")] == ["CANCELLED"]


async def test_a_meeting_taken_is_noted_with_its_length_and_moved_with_the_moment(
    house: House, browser: httpx.AsyncClient
) -> None:
    arrange_round(house, [house.family(0)])
    house.clock.set(MONDAY + timedelta(days=1))
    await house.tick()
    path = path_of(house)
    html = (await browser.get(path)).text
    assert "agenda.ics" not in html
    html = (await press(browser, path, html, ":slot-1")).text
    assert "Mme Roy" in html.split('role="status"')[1].split("</div>")[0]  # what was noted is said
    calendar, _ = await agenda(browser, path)
    [entry] = calendar.walk("VEVENT")
    assert str(entry["SUMMARY"]) == "Parlons de votre enfant"
    assert str(entry["LOCATION"]) == "Bureau du premier"
    assert entry["DTSTART"].dt == datetime(2026, 12, 1, 16, tzinfo=UTC)
    assert entry["DTEND"].dt - entry["DTSTART"].dt == timedelta(minutes=30)
    await press(browser, path, html, ":slot-3")
    calendar, _ = await agenda(browser, path)
    going = [one for one in calendar.walk("VEVENT") if str(one["STATUS"]) == "CONFIRMED"]
    assert [one["DTSTART"].dt for one in going] == [datetime(2026, 12, 3, 16, tzinfo=UTC)]


# -- the map --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("place", "city", "shows"),
    [
        ("12 rue des Lilas", "Lyon", "12 rue des Lilas, Lyon"),
        ("Centre social, 5 bis allée Foch", "Lyon", "Centre social, 5 bis allée Foch, Lyon"),
        ("3 place du Marché 69003 Lyon", "Paris", "3 place du Marché 69003 Lyon"),
        ("avenue de Lyon, Givors", "Givors", "avenue de Lyon, Givors"),
        ("Maison de quartier, 69200", "", "Maison de quartier, 69200"),
        ("Salle A", "Lyon", ""),
        ("Bureau du premier", "Lyon", ""),
        ("Cours de danse, salle 12", "Lyon", ""),
        ("", "Lyon", ""),
    ],
)
def test_only_an_address_has_a_map(place: str, city: str, shows: str) -> None:
    found = map_of(place, city)
    assert unquote(found.partition("?query=")[2]) == shows
    assert found == "" or found.startswith("https://www.openstreetmap.org/search?query=")


async def test_the_map_is_a_plain_link_and_nothing_is_loaded_from_it(
    house: House, browser: httpx.AsyncClient
) -> None:
    page = await browser.get(await invited(house))
    assert page.text.count("openstreetmap") == 1
    assert re.search(r'<a class="act" href="https://www.openstreetmap.org/search\?', page.text)
    assert "openstreetmap" not in page.headers["content-security-policy"]
    house.centre(city="")
    assert house.one(select(centres.c.city)).city == ""


# -- what stands in another language ---------------------------------------------------------------


async def test_a_french_title_in_an_arabic_page_says_so_and_keeps_its_direction(
    house: House, browser: httpx.AsyncClient
) -> None:
    html = (await browser.get(await invited(house, "ar"))).text
    assert '<h1><bdi lang="fr" dir="ltr">Atelier écrans</bdi></h1>' in html
    assert f'<p><bdi lang="fr" dir="ltr">{PLACE}</bdi></p>' in html
    question = re.findall(r'<h2 id="q">(.*?)</h2>', html, re.DOTALL)[0]
    assert '<bdi lang="fr" dir="ltr">Atelier écrans</bdi>' in question
    assert '<bdi dir="ltr">04 72 00 00 00</bdi>' in html
    assert 'lang="tr">Türkçe</button>' in html


async def test_a_page_in_the_language_of_its_title_marks_nothing(
    house: House, browser: httpx.AsyncClient
) -> None:
    html = (await browser.get(await invited(house))).text
    assert "<h1>Atelier écrans</h1>" in html
    assert 'lang="fr" dir="ltr">Atelier' not in html


def test_what_people_write_is_text_and_never_markup() -> None:
    nasty = '<b>"{oops}"</b>'
    saying = say("{title} is over.", title=Texts("fr", {"fr": nasty}))
    for language in ("fr", "ar"):
        html = str(told(saying, language))
        assert "<b>" not in html
        assert "&lt;b&gt;" in html
        assert "{oops}" in html
