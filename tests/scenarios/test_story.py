"""The whole job over real sockets: forty families and one workshop, from roster to indicators."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from sqlalchemy import func, select

from bot.events import record_attendance
from bot.indicators.definitions import read_period
from bot.storage.indicators import compute
from bot.storage.tables import (
    answers,
    consents,
    contacts,
    families,
    metadata,
)
from tests.scenarios.town import (
    LINK,
    ORIGIN,
    WHATSAPP_NUMBER,
    Town,
    chat,
    language,
    phone,
    town,
)

INVITED = datetime(2026, 12, 5, 9, 30, tzinfo=UTC)  # seven days before, after 10:00 in Paris

YES_WITH_THREE = {  # "we come, three of us, two of them children", as each language writes it
    "fr": "oui on sera 3 dont 2 enfants",
    "ar": "نعم",
    "tr": "Evet geliyoruz",
    "pt": "Sim, vamos",
    "en": "Yes we will come",
    "ro": "Da, venim",
}
NO = {"fr": "Non désolé", "ar": "لا", "tr": "hayır", "pt": "não", "en": "No sorry", "ro": "nu"}
STOP = {
    "fr": "Arrêt",
    "ar": "توقف",
    "tr": "dur",
    "pt": "PARAR",
    "en": "stop.",
    "ro": "stop",
}


async def invited(place: Town) -> None:
    """Bring the town to the hour after the invitations left."""
    place.plan_workshop()
    await place.live_until(INVITED)


async def test_every_family_is_invited_once_in_its_language_on_its_channel(tmp_path: Path) -> None:
    async with town(tmp_path) as place:
        await invited(place)
        told = place.decided("invitation")
        assert len(told) == 40
        assert {row.state for row in told if row.channel != "telegram"} == {"sent"}
        assert {row.state for row in told if row.channel == "telegram"} == {"delivered"}
        for family in range(40):
            row = place.invitation(family)
            assert row.invited_at is not None
        by_channel = {
            name: sum(row.channel == name for row in told)
            for name in ("telegram", "whatsapp", "sms")
        }
        assert by_channel == {"telegram": 14, "whatsapp": 12, "sms": 14}
        assert "ورشة الشاشات" in place.last_text(1)  # reads Arabic, on Telegram
        assert "Gelir misiniz" in place.last_text(2)
        assert "samedi 12 décembre à 14h30" in place.last_text(0)
        assert len(LINK.findall(place.sms(26)[-1])) == 1
        await place.live_until(datetime(2026, 12, 5, 12, 0, tzinfo=UTC))
        assert len(place.decided("invitation")) == 40


async def test_a_workshop_from_invitation_to_indicators(tmp_path: Path) -> None:
    async with town(tmp_path) as place:
        await invited(place)
        await _answer_by_button(place)
        await _answer_by_text(place)
        await _answer_by_link(place)
        _check_answers(place)

        await place.live_until(datetime(2026, 12, 10, 18, 0, tzinfo=UTC))
        reminded = {row.family_id for row in place.decided("reminder")}
        said_no = {place.invitation(6).family_id, place.invitation(18).family_id}
        assert place.invitation(0).family_id in reminded
        assert not reminded & said_no

        await place.live_until(datetime(2026, 12, 12, 10, 0, tzinfo=UTC))
        this_morning = {row.family_id for row in place.decided("morning")}
        assert place.invitation(0).family_id in this_morning

        place.clock.now = datetime(2026, 12, 12, 17, 0, tzinfo=UTC)
        came = {place.invitation(one).family_id: True for one in (0, 1, 26, 27)}
        came[place.invitation(2).family_id] = False
        with place.house.database.write() as db:
            record_attendance(db, place.event_id, came, place.clock())

        await place.live_until(datetime(2026, 12, 14, 12, 0, tzinfo=UTC))
        assert {row.family_id for row in place.decided("survey")} == {
            one for one, present in came.items() if present
        }
        await _answer_survey(place)
        _check_indicators(place)


async def _answer_by_button(place: Town) -> None:
    """Families 0 to 5 tap yes, then how many; family 6 taps no; 0 changes its mind and back."""
    for family in range(6):
        await _tap(place, family, "yes")
        await _tap(place, family, "2")
        await _tap(place, family, "1")
    await _tap(place, 6, "no")
    await _tap(place, 0, "no", nth=0)
    assert place.invitation(0).rsvp == "no"
    await _tap(place, 0, "yes", nth=0)
    await _tap(place, 0, "2")
    await _tap(place, 0, "1")


async def _tap(place: Town, family: int, code: str, *, nth: int = -1) -> None:
    """Tap one button: under the last message that has it, or under the first ever (nth=0)."""
    offering = [
        (one.message_id, data)
        for one in place.telegram.sent
        if one.chat_id == chat(family)
        for data in (button.callback_data or "" for button in one.buttons)
        if data.endswith(f":{code}") and ":messages:" not in data
    ]
    message_id, data = offering[nth]
    assert await place.telegram.taps(chat(family), message_id, data) == 200
    await place.house.dispatcher.drain()


async def _answer_by_text(place: Town) -> None:
    """WhatsApp families type in six languages: 14 to 17 and 19 say yes, 18 says no."""
    for family in range(14, 20):
        tongue = language(family)
        text = NO[tongue] if family == 18 else YES_WITH_THREE[tongue]
        await _write(place, family, text)


async def _write(place: Town, family: int, text: str) -> int:
    sender, to = f"whatsapp:{phone(family)}", WHATSAPP_NUMBER
    code = await place.twilio.says(sender, to, text)
    await place.house.dispatcher.drain()
    return code


async def _answer_by_link(place: Town) -> None:
    """SMS families 26 and 27 open their link and press; opening alone changes nothing."""
    for family in (26, 27):
        link = LINK.findall(place.sms(family)[-1])[-1].removeprefix(ORIGIN)
        page = await place.web.get(link)
        assert page.status_code == 200
        assert len(page.content) < 20_000
        assert place.invitation(family).rsvp is None
        for code in ("yes", "1", "2"):
            page = await _press(place, link, page.text, code)
        assert place.invitation(family).children == 2


async def _press(place: Town, link: str, html: str, code: str) -> httpx.Response:
    """Press one button of a link page."""
    payload = next(
        one
        for one in re.findall(r'name="answer" value="([^"]+)"', html)
        if one.endswith(f":{code}")
    )
    nonce = re.findall(r'name="nonce" value="([^"]+)"', html)[0]
    page = await place.web.post(link, data={"answer": payload, "nonce": nonce})
    assert page.status_code == 200
    return page


def _check_answers(place: Town) -> None:
    assert [place.invitation(one).rsvp for one in range(7)] == ["yes"] * 6 + ["no"]
    assert (place.invitation(0).adults, place.invitation(0).children) == (2, 1)
    assert [place.invitation(one).rsvp for one in range(14, 20)] == [
        "yes",
        "yes",
        "yes",
        "yes",
        "no",
        "yes",
    ]
    french = next(one for one in range(14, 20) if language(one) == "fr")
    expected = (None, None) if french == 18 else (1, 2)
    assert (place.invitation(french).adults, place.invitation(french).children) == expected
    assert place.invitation(26).rsvp_channel == "link"


async def _answer_survey(place: Town) -> None:
    """Family 0 agrees to be asked, was very happy, would come again; family 1 skips; 26 by link."""
    for code in ("yes", "4", "yes"):
        await _tap(place, 0, code)
    for code in ("yes", "skip", "skip"):
        await _tap(place, 1, code)
    link = LINK.findall(place.sms(26)[-1])[-1].removeprefix(ORIGIN)
    page = await place.web.get(link)
    for code in ("yes", "3", "maybe"):
        page = await _press(place, link, page.text, code)
    with place.house.database.read() as db:
        told = db.execute(select(answers.c.question, answers.c.code)).all()
    assert sorted(map(tuple, told)) == [
        ("again", "maybe"),
        ("again", "skip"),
        ("again", "yes"),
        ("satisfaction", "3"),
        ("satisfaction", "4"),
        ("satisfaction", "skip"),
    ]


def _check_indicators(place: Town) -> None:
    with place.house.database.read() as db:
        found = {one.code: one for one in compute(db, read_period("2026-H2"), now=place.clock())}
    assert found["I05"].numerator == 15  # 0 to 6, 14 to 19, 26 and 27
    assert found["I02"].families == 40
    assert (found["I06"].numerator, found["I06"].denominator) == (4, 5)
    assert (found["I13"].numerator, found["I13"].denominator) == (2, 2)


async def test_the_same_call_twice_and_out_of_order_changes_nothing(tmp_path: Path) -> None:
    async with town(tmp_path) as place:
        await invited(place)
        await _tap(place, 0, "yes")
        before = _everything(place)
        update = place.telegram.updates[-1]
        assert await place.telegram.redeliver(update["update_id"]) in (200, 204)
        await place.house.dispatcher.drain()
        assert _everything(place) == before

        sid = [one.sid for one in place.twilio.sent if one.to == phone(26)][-1]
        await place.twilio.status(sid, "delivered")
        await place.twilio.status(sid, "sent")
        await place.twilio.redeliver(sid)
        states = {row.state for row in place.decided("invitation") if row.provider_id == sid}
        assert states == {"delivered"}


@pytest.mark.parametrize("signature", ["wrong", "missing", "altered"])
async def test_a_call_that_is_not_signed_leaves_no_trace(tmp_path: Path, signature: str) -> None:
    async with town(tmp_path) as place:
        await invited(place)
        before = _everything(place)
        sender = f"whatsapp:{phone(14)}"
        code = await place.twilio.says(
            sender,
            WHATSAPP_NUMBER,
            "STOP",
            signature=signature,  # type: ignore[arg-type]
        )
        assert code == 403
        bare = await place.web.post("/webhooks/telegram", json={"update_id": 1})
        assert bare.status_code == 403
        assert _everything(place) == before


async def test_stop_in_each_language_stops_every_channel_at_once(tmp_path: Path) -> None:
    async with town(tmp_path) as place:
        await invited(place)
        for family in range(14, 20):  # WhatsApp and SMS alike, one family for each language
            await _write(place, family, STOP[language(family)])
        for family in range(6, 12):  # and on Telegram
            await place.telegram.says(chat(family), STOP[language(family)])
            await place.house.dispatcher.drain()
        stopped = [*range(14, 20), *range(6, 12)]
        with place.house.database.read() as db:
            found = db.scalars(
                select(families.c.reference)
                .join(contacts, contacts.c.family_id == families.c.id)
                .where(contacts.c.stopped_at.is_not(None))
            ).all()
            ledger = db.scalar(select(func.count()).where(consents.c.decision == "stopped"))
        assert sorted(found) == sorted(f"F{one:02d}" for one in stopped)
        assert ledger == len(stopped)
        told = {one: len(place.sms(one)) for one in range(14, 20)}
        await place.live_until(datetime(2026, 12, 12, 10, 0, tzinfo=UTC))
        assert {one: len(place.sms(one)) for one in range(14, 20)} == told
        reasons = {row.reason for row in place.decided("nudge") if row.state == "refused"}
        assert reasons == {"stopped"}


def _everything(place: Town) -> dict[str, int]:
    """How many rows every table holds, and how many messages left."""
    with place.house.database.read() as db:
        rows = {
            name: db.scalar(select(func.count()).select_from(table)) or 0
            for name, table in metadata.tables.items()
        }
    return rows | {"telegram": len(place.telegram.sent), "twilio": len(place.twilio.sent)}
