"""A month foretold is the month lived; what families answer explains all that differs."""

from __future__ import annotations

import asyncio
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.storage.database import AloneDatabase
from scheduler.rehearsal import Outcome, Rehearsal, rehearse
from tests.house import MONDAY
from tests.month import END, REACH, foretold, furnish, live, said_of
from tests.month_answers import WORDS, answers, script, unexplained

CENTRES, FAMILIES = 6, 120


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Rehearsal]:
    """The network on its first day, and what is foretold for it."""
    file = tmp_path_factory.mktemp("month") / "month.db"
    database = AloneDatabase(f"sqlite:///{file}", durable=False)
    furnish(database, FAMILIES, CENTRES)
    told = asyncio.run(rehearse(database, REACH, MONDAY, END))
    database.close()
    return file, told


@pytest.fixture
def told(network: tuple[Path, Rehearsal]) -> Rehearsal:
    return network[1]


@pytest.fixture
def database(network: tuple[Path, Rehearsal], tmp_path: Path) -> Iterator[AloneDatabase]:
    file = shutil.copy(network[0], tmp_path / "month.db")
    database = AloneDatabase(f"sqlite:///{file}", durable=False)
    yield database
    database.close()


async def test_the_simulated_month_is_the_dry_run_line_by_line(
    told: Rehearsal, database: AloneDatabase
) -> None:
    lived, log = await live(database)
    assert list(said_of(told.lines)) == list(said_of(lived))
    assert foretold(database, told.lines) == log
    assert len(log) > 5 * FAMILIES
    assert {one.channel for one in log} == {"sms", "whatsapp", "telegram"}
    assert Counter(one.outcome for one in lived)[Outcome.REFUSED] > 0


async def test_answers_explain_exactly_what_differs(
    told: Rehearsal, database: AloneDatabase
) -> None:
    answered = list(answers(database))
    assert {one.answer for one in answered} == set(WORDS)
    lived, _ = await live(database, script(database, answered))
    counts, wrong = unexplained(database, told.lines, lived, answered, (MONDAY, END))
    assert wrong == []
    assert min(counts["gone"], counts["came"], counts["moved"]) > 0


async def test_what_is_not_explained_is_said(told: Rehearsal, database: AloneDatabase) -> None:
    """The same month twice, as if the families had answered: every answer is missed."""
    answered = list(answers(database))
    _, wrong = unexplained(database, told.lines, told.lines, answered, (MONDAY, END))
    for what in ("each of their words is answered", "as lived", "gone", "came"):
        assert any(one.startswith(f"{what}: ") for one in wrong), what
