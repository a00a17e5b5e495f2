"""A parent in danger writes at night, and nobody answers: signed webhooks, a strict Bot API.

Everything is real but the clock and the two providers, which are served on 127.0.0.1.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import insert, select

from bot.app import Carnet, build
from bot.safeguarding import set_duty
from bot.staff.pocket import Pocket
from bot.storage.tables import alerts, contacts, staff, staff_chats, tasks
from bot.watchdog import findings
from scheduler.jobs import call_people
from tests.peers.telegram import BotApi
from tests.scenarios.street import Street, settings, street
from tests.staff.conftest import TOKEN as POCKET
from tests.staff.conftest import Team

NIGHT = datetime(2026, 12, 5, 22, 40, tzinfo=UTC)  # 23:40 on a Saturday; Sunday is silent, too
CHATS = {"anne": 9_001_000_001, "ben": 9_001_000_002, "chief": 9_001_000_003}
CALL = "Situation sensible"
TAKEN = 204  # our webhook's answer: written down


class Night:
    """A street of families, and the phones of those who work there."""

    def __init__(self, place: Street, folder: Path, team: BotApi) -> None:
        self.place, self.folder, self.team = place, folder, team
        self.house: Carnet = place.house
        self.ids: dict[str, int] = {}
        self.told = 0
        self.pocket = self.open_pocket()

    def open_pocket(self) -> Pocket:
        """The coordinators' bot, on the database that is open now."""
        house = self.house
        clock, url = self.place.clock, self.team.url
        return Pocket(house.database, house.reach, clock, lambda: None, POCKET, url)

    async def restart(self) -> None:
        """End the process, and start another on the same file."""
        await self.close()
        self.house = build(
            settings(self.folder, "twilio", self.place.peer.url), clock=self.place.clock, limits={}
        )
        self.pocket = self.open_pocket()
        await self.pocket.open()

    async def close(self) -> None:
        """End the process; the street ends its own server."""
        await self.pocket.close()
        if self.house is not self.place.house:
            for channel in self.house.channels.values():
                await channel.close()
        self.house.database.close()

    def hire(self, *with_chat: str) -> None:
        """Anne and Ben coordinate, the chief directs; some have linked their phone."""
        with self.house.database.write() as db:
            for name, chat in CHATS.items():
                role = "director" if name == "chief" else "coordinator"
                key = db.execute(
                    insert(staff).values(
                        email=f"{name}@example.org",
                        name=name,
                        role=role,
                        centre_id=1,
                        password_hash="-",
                        created_at=self.place.clock(),
                    )
                ).inserted_primary_key
                assert key is not None
                self.ids[name] = int(key[0])
                self.team.joins(chat, name)
                if name in with_chat:
                    values = {"staff_id": self.ids[name], "chat": str(chat)}
                    db.execute(insert(staff_chats).values(**values, bound_at=self.place.clock()))
            set_duty(db, 1, [self.ids["anne"], self.ids["ben"]], 15, 30)

    async def after(self, minutes: int) -> list[str]:
        """Let time pass; give who is called then, on their own phone."""
        self.place.clock.later(minutes=minutes)
        await call_people(self.house.works)
        await self.pocket.tell()
        sent: Sequence = self.team.sent[self.told :]  # type: ignore[type-arg]
        self.told = len(self.team.sent)
        by_chat = {chat: name for name, chat in CHATS.items()}
        return sorted(by_chat[one.chat_id] for one in sent if CALL in one.text)


@asynccontextmanager
async def night(folder: Path, *with_chat: str) -> AsyncIterator[Night]:
    """Saturday, twenty to midnight; the bot is open and has said what it had to say."""
    async with (
        street(folder, "twilio", count=2) as place,
        BotApi(place.clock, POCKET, local=True) as team,
    ):
        await place.drain()  # the morning's invitations
        place.clock.set(NIGHT)
        found = Night(place, folder, team)
        await found.pocket.open()
        found.hire(*with_chat)
        await found.after(0)
        try:
            yield found
        finally:
            await found.close()


async def test_calls_go_on_until_one_answers_across_a_restart_and_quiet_hours(
    tmp_path: Path,
) -> None:
    async with night(tmp_path, "anne", "ben", "chief") as here:
        place = here.place
        before = len(place.peer.sent)
        assert await place.provider.says(0, "mon mari me frappe il va me tuer") == TAKEN
        await place.drain()
        (said,) = place.peer.sent[before:]
        assert said.to == place.provider.address(0)
        assert "112" in said.body, "where help is leaves at night, on a Sunday"
        assert await here.after(0) == ["anne"]
        assert await here.after(14) == []
        await here.restart()
        assert await here.after(1) == ["ben"], "the deputy, by the process that came after"
        assert await here.after(15) == ["anne", "ben", "chief"]
        assert await here.after(29) == []
        await here.restart()
        assert await here.after(1) == ["anne", "ben", "chief"]
        assert await here.after(6 * 60) == ["anne", "ben", "chief"], "rounds missed are not made up"
        assert await here.after(30) == ["anne", "ben", "chief"]
        card = [one for one in here.team.sent if one.chat_id == CHATS["ben"] and CALL in one.text]
        crew = Team(None, here.team, here.pocket)  # type: ignore[arg-type]  # has no stage
        (mine,) = await crew.taps(card[-1], "Je m'en occupe")
        assert mine.text.startswith("✓ À vous")
        here.told = len(here.team.sent)
        assert await here.after(24 * 60) == []
        with here.house.database.read() as db:
            assert db.scalar(select(tasks.c.taken_by)) == here.ids["ben"]
        assert not any("frappe" in one.text for one in here.team.sent)


async def test_who_is_on_duty_without_a_phone_is_passed_over_and_the_watchdog_says_so(
    tmp_path: Path,
) -> None:
    async with night(tmp_path, "ben", "chief") as here:
        with here.house.database.read() as db:
            (found,) = [
                one for one in findings(db, 1, here.place.clock()) if one.code == "duty_silent"
            ]
        assert found.grave
        assert found.words.startswith("1 personne d'astreinte ne peut pas être appelée")
        assert await here.place.provider.says(0, "au secours il a un couteau") == TAKEN
        assert await here.after(0) == ["ben"], "at once"
        with here.house.database.read() as db:
            called = db.execute(select(alerts.c.staff_id, alerts.c.round)).all()
        assert {tuple(row) for row in called} >= {(here.ids["anne"], 0), (here.ids["ben"], 1)}
        assert await here.after(30) == ["ben", "chief"]
        with here.house.database.write() as db:
            values = {"staff_id": here.ids["anne"], "chat": str(CHATS["anne"])}
            db.execute(insert(staff_chats).values(**values, bound_at=here.place.clock()))
        with here.house.database.read() as db:
            codes = {one.code for one in findings(db, 1, here.place.clock())}
        assert "duty_silent" not in codes
        assert await here.after(30) == ["anne", "ben", "chief"]


async def test_nobody_with_a_phone_is_called_in_the_console_and_said_by_the_watchdog(
    tmp_path: Path,
) -> None:
    async with night(tmp_path) as here:
        assert await here.place.provider.says(0, "je veux mourir") == TAKEN
        assert await here.after(0) == []
        with here.house.database.read() as db:
            called = set(db.scalars(select(alerts.c.staff_id)))
            (found,) = [
                one for one in findings(db, 1, here.place.clock()) if one.code == "duty_silent"
            ]
        assert called == set(here.ids.values()), "everybody of the centre, in the console"
        assert found.count == 2


async def test_stop_after_an_alarm_stops_no_call(tmp_path: Path) -> None:
    async with night(tmp_path, "anne", "ben", "chief") as here:
        await here.place.provider.says(0, "mon mari me frappe")
        await here.place.provider.says(0, "STOP")
        with here.house.database.read() as db:
            assert db.scalar(select(contacts.c.stopped_at).limit(1)) is not None
        assert await here.after(0) == ["anne"]
        assert await here.after(15) == ["ben"]
