"""The demonstration's story, lived once; every test plays on a copy of its own."""

from __future__ import annotations

import asyncio
import io
import shutil
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from httpx import ASGITransport, AsyncClient, Response
from rich.console import Console

from bot.app import web_app
from bot.commands.demo import build_story
from bot.demo.clock import DemoClock
from bot.demo.house import CLOCK, open_house
from bot.demo.phones import Stage, phone_routes

SUNDAY = date(2026, 11, 22)
NOON = datetime(2026, 11, 22, 11, tzinfo=UTC)  # in Paris
PORT = 8000


def build(folder: Path, today: date = SUNDAY) -> Path:
    """Live the half-year that ends on the evening before `today`."""
    build_story(Console(file=io.StringIO()), folder, today, PORT, fresh=False)
    return folder


@pytest.fixture(scope="session")
def story(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The story of one Sunday; look at it, change nothing."""
    return build(tmp_path_factory.mktemp("story"))


@pytest.fixture
def folder(story: Path, tmp_path: Path) -> Path:
    """This test's own copy of the story."""
    return Path(shutil.copytree(story, tmp_path / "demo"))


@pytest.fixture
def stage(folder: Path) -> Iterator[Stage]:
    """The running demonstration, at noon of that Sunday."""
    clock = DemoClock(lambda: NOON, folder / CLOCK)
    stage = Stage(open_house(folder, PORT, clock), clock)
    yield stage
    stage.carnet.database.close()


class Browser:
    """Asks the running demonstration for pages, follows where it is sent, and keeps its cookies."""

    def __init__(self, stage: Stage, runner: asyncio.Runner) -> None:
        app = web_app(stage.carnet, jobs=False, extra=phone_routes(stage))
        self._client = AsyncClient(
            transport=ASGITransport(app), base_url="http://127.0.0.1", follow_redirects=True
        )
        self._runner = runner

    def get(self, path: str) -> Response:
        """Open a page."""
        return self._runner.run(self._client.get(path))

    def post(
        self, path: str, data: Mapping[str, str | int] | None = None, **headers: str
    ) -> Response:
        """Send a form."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self._runner.run(self._client.post(path, data=data or {}, headers=named))

    @property
    def cookies(self) -> set[str]:
        """What it keeps."""
        return set(self._client.cookies)


@pytest.fixture
def client(stage: Stage) -> Iterator[Browser]:
    """A browser in front of the running process."""
    with asyncio.Runner() as runner:
        running = stage.carnet.running(jobs=False)
        runner.run(running.__aenter__())
        yield Browser(stage, runner)
        runner.run(running.__aexit__(None, None, None))
