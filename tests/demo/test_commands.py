"""`carnet demo --no-serve` and `carnet chat`."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import structlog
from sqlalchemy import func, insert, select

from bot.commands import chat, demo
from bot.commands.chat import run_chat
from bot.commands.demo import half_year, run_demo
from bot.demo.house import DATABASE, settings_of
from bot.errors import Rejected
from bot.settings import Settings
from bot.storage.database import Database
from bot.storage.schema import migrate
from bot.storage.tables import centres, events, families, inbound, invitations, outbox
from tests.demo.conftest import NOON, PORT, SUNDAY

Say = Callable[..., str]


def settings(folder: Path) -> Settings:
    """As the environment would give them, with the demonstration's database."""
    return settings_of(folder, PORT)


@pytest.fixture
def at_noon(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The real time is noon of the story's Sunday; the log speaks as before afterwards."""
    monkeypatch.setattr(demo, "wall_clock", lambda: NOON)
    monkeypatch.setattr(chat, "wall_clock", lambda: NOON)
    yield
    structlog.reset_defaults()


@pytest.fixture
def say(
    at_noon: None,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Say:
    """Pipe lines into one parent's phone; give what was printed."""

    def run(reference: str, *lines: str, parent: int = 1) -> str:
        monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{one}\n" for one in lines)))
        run_chat(settings(folder), reference, parent)
        return capsys.readouterr().out

    return run


@pytest.mark.parametrize(
    "fact",
    [
        "40 familles",
        "data/demo/carnet.db",
        "carnet demo --port 8000",
        "camille@tilleuls.example",
        "tilleuls-demo",
        "CARNET_DATABASE_URL=sqlite:///",
        "carnet indicators --period 2026-H2",
        "carnet event list",
        "carnet chat TIL-001",
    ],
)
def test_no_serve_says_how_to_reach_the_data(
    at_noon: None,
    story: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    fact: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "demo").symlink_to(story)
    run_demo(PORT, serve=False, fresh=False)
    printed = capsys.readouterr().out
    assert fact in printed
    assert "construites" not in printed  # today's story was there already


def test_a_story_of_another_day_or_a_half_built_one_is_lived_again(
    at_noon: None,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    lived: list[object] = []

    async def live(*given: object) -> None:
        lived.append(given)

    monkeypatch.setattr(demo, "live_half_a_year", live)
    run_demo(PORT, serve=False, fresh=False, folder=folder)
    assert lived == []
    (folder / "demo.json").write_text('{"built_on": "2026-11-21"}', encoding="utf-8")
    run_demo(PORT, serve=False, fresh=False, folder=folder)
    assert "datent du 21/11/2026" in capsys.readouterr().out
    (folder / "demo.json").unlink()
    run_demo(PORT, serve=False, fresh=False, folder=folder)
    assert "construites" in capsys.readouterr().out
    run_demo(PORT, serve=False, fresh=True, folder=folder)
    assert "refaites" in capsys.readouterr().out
    assert len(lived) == 3


def test_building_leaves_what_is_not_ours_alone(
    at_noon: None, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def live(*_given: object) -> None: ...

    monkeypatch.setattr(demo, "live_half_a_year", live)
    (folder / "notes.txt").write_text("à garder", encoding="utf-8")
    run_demo(PORT, serve=False, fresh=True, folder=folder)
    assert (folder / "notes.txt").read_text(encoding="utf-8") == "à garder"


def test_the_environment_opens_no_real_channel(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CARNET_TWILIO_ACCOUNT_SID", "AC-real")
    monkeypatch.setenv("CARNET_SMS_SENDER", "+33639980001")
    monkeypatch.setenv("CARNET_DATABASE_URL", "sqlite:///elsewhere.db")
    found = settings_of(folder, PORT)
    assert (found.twilio_account_sid, found.sms_sender) == ("", "")
    assert found.database.endswith(f"/{DATABASE}")


def test_the_period_shown_is_one_with_families_in_it() -> None:
    assert str(half_year(SUNDAY)) == "2026-H2"
    assert str(half_year(SUNDAY.replace(year=2027, month=1, day=10))) == "2026-H2"


def test_chat_answers_on_whatsapp(say: Say, folder: Path) -> None:
    printed = say("TIL-001", "لا")
    assert "Amina Benali, TIL-001, arabe, WhatsApp (téléphone simulé)" in printed
    assert rsvp(folder, "TIL-001") == "no"
    assert printed.rstrip().splitlines()[-1].strip() != "> لا"  # something came back


def test_chat_answers_through_the_link_where_the_number_reads_nothing(
    say: Say, folder: Path
) -> None:
    printed = say("TIL-002", "non")
    assert "vos réponses passent par la page du lien" in printed
    assert rsvp(folder, "TIL-002") == "no"
    assert "(page du lien)" in printed


def test_each_piped_line_is_one_answer_and_an_empty_one_only_refreshes(
    say: Say, folder: Path
) -> None:
    before = heard(folder)
    say("TIL-001", "نعم", "", "لا")
    assert heard(folder) == before + 2


def test_chat_knows_the_second_guardian(say: Say) -> None:
    assert "Rui Tavares, TIL-012, portugais" in say("TIL-012", parent=2)


def test_chat_says_when_nobody_answers_by_itself(say: Say) -> None:
    assert "(Pas de réponse automatique.)" in say("TIL-005", "merhaba hocam")


def test_chat_refuses_an_unknown_family(at_noon: None, folder: Path) -> None:
    with pytest.raises(Rejected, match="Aucun parent 1"):
        run_chat(settings(folder), "TIL-999", 1)


def test_chat_refuses_a_database_of_real_phones(at_noon: None, tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'real.db'}", durable=False)
    migrate(database)
    with database.write() as db:
        db.execute(
            insert(outbox).values(
                key="k",
                purpose="reply",
                says=[],
                state="sent",
                provider_id="SM1",
                due_at=NOON,
                next_attempt_at=NOON,
                created_at=NOON,
            )
        )
    with pytest.raises(Rejected, match="téléphones simulés"):
        run_chat(Settings(database_url=database.url, data_folder=tmp_path), "F1", 1)
    with database.read() as db:
        assert db.scalar(select(func.count()).select_from(centres)) == 0
    database.close()


def rsvp(folder: Path, reference: str) -> str | None:
    """What a family has answered about the next event."""
    database = Database(f"sqlite:///{folder / DATABASE}", durable=False)
    with database.read() as db:
        answer: str | None = db.scalar(
            select(invitations.c.rsvp)
            .join(events)
            .join(families, families.c.id == invitations.c.family_id)
            .where(families.c.reference == reference, events.c.starts_at > NOON)
            .order_by(events.c.starts_at)
            .limit(1)
        )
    database.close()
    return answer


def heard(folder: Path) -> int:
    """How many messages have ever arrived."""
    database = Database(f"sqlite:///{folder / DATABASE}", durable=False)
    with database.read() as db:
        count = db.scalar(select(func.count()).select_from(inbound)) or 0
    database.close()
    return count
