"""`carnet demo`: an invented centre, half a year old, and a phone for each of its parents."""

from __future__ import annotations

import asyncio
import gc
import logging
from datetime import date, datetime
from pathlib import Path

import structlog
import uvicorn
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

from bot.app import wall_clock, web_app
from bot.commands.serve import configure_log
from bot.demo.clock import DemoClock
from bot.demo.families import CENTRE
from bot.demo.history import DAYS, live_half_a_year
from bot.demo.house import (
    CLOCK,
    DATABASE,
    EMAIL,
    FOLDER,
    PASSWORD,
    built_on,
    clear,
    mark_built,
    open_house,
)
from bot.demo.living import catch_up
from bot.demo.phones import Stage, keep_living, phone_routes
from bot.indicators.definitions import ACTIVE_DAYS, Period, period_of
from bot.wallclock import HeldClock, at_wall_clock, local

HOST = "127.0.0.1"  # never anywhere else: anyone who reaches the page is signed in
ZONE = "Europe/Paris"


def run_demo(port: int, *, serve: bool, fresh: bool, folder: Path = FOLDER) -> None:
    """Build what is missing or old; then open the page, or only say how to reach it."""
    configure_log()
    structlog.configure(  # a number that does not exist is part of the story
        wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR)
    )
    console = Console()
    today = local(wall_clock(), ZONE).date()
    build_story(console, folder, today, port, fresh=fresh)
    if serve:
        asyncio.run(_serve(console, folder, port))
    else:
        _tell(console, folder, today, port)


def build_story(console: Console, folder: Path, today: date, port: int, *, fresh: bool) -> None:
    """Live half a year into the folder, unless today's story is there already."""
    found = built_on(folder)
    if found == today and not fresh:
        return
    console.print(_why(found, fresh=fresh))
    folder.mkdir(parents=True, exist_ok=True)
    clear(folder)
    clock = HeldClock(_before_the_story(today))
    carnet = open_house(folder, port, clock, alone=True)
    columns = (TextColumn("Six mois aux Tilleuls"), BarColumn(), TaskProgressColumn())
    bar = Progress(*columns, console=console)
    gc.disable()  # a short run of many small objects, hardly any of them in a circle
    try:
        with bar:
            task = bar.add_task("", total=DAYS)
            asyncio.run(
                live_half_a_year(
                    carnet,
                    clock,
                    today,
                    lambda done, total: bar.update(task, completed=done, total=total),
                )
            )
            bar.update(task, completed=DAYS, total=DAYS)
    finally:
        gc.enable()
        carnet.database.close()
    mark_built(folder, today)


def _why(found: date | None, *, fresh: bool) -> str:
    if fresh:
        return "Les données de démonstration sont refaites."
    if found is not None:
        return f"Les données de démonstration datent du {found:%d/%m/%Y} : elles sont refaites."
    return "Les données de démonstration sont construites (une seule fois par jour)."


def _before_the_story(today: date) -> datetime:
    return at_wall_clock(date.fromordinal(today.toordinal() - DAYS), datetime.min.time(), ZONE)


async def _serve(console: Console, folder: Path, port: int) -> None:
    clock = DemoClock(wall_clock, folder / CLOCK)
    stage = Stage(open_house(folder, port, clock), clock)
    app = web_app(stage.carnet, jobs=False, extra=phone_routes(stage))
    await catch_up(stage.carnet, clock)
    console.print(f"\nOuvrez [bold]http://{HOST}:{port}/[/] dans un navigateur.")
    console.print(
        f"Console : un bouton y entre, ou {EMAIL} et le mot de passe {PASSWORD}.", soft_wrap=True
    )
    console.print("Ctrl-C arrête la démonstration.\n")
    server = uvicorn.Server(
        uvicorn.Config(app, host=HOST, port=port, log_level="warning", access_log=False)
    )
    living = asyncio.create_task(keep_living(stage))
    try:
        await server.serve()
    finally:
        living.cancel()
        await asyncio.gather(living, return_exceptions=True)


def _tell(console: Console, folder: Path, today: date, port: int) -> None:
    file = folder / DATABASE
    with_database = f"CARNET_DATABASE_URL=sqlite:///{file}"
    lines = (
        f"Données prêtes : {CENTRE}, 40 familles, six mois jusqu'au {today:%d/%m/%Y}.",
        f"Base : {file}",
        "",
        "Ouvrir la page des téléphones et la console :",
        f"  carnet demo --port {port}",
        f"Compte de la console : {EMAIL}, mot de passe {PASSWORD}",
        "",
        "Regarder les données depuis le terminal :",
        f"  {with_database} carnet indicators --period {half_year(today)}",
        f"  {with_database} carnet event list",
        f"  {with_database} carnet chat TIL-001",
    )
    for line in lines:
        console.print(line, highlight=False, markup=False, soft_wrap=True)


def half_year(today: date) -> Period:
    """The half-year in which these families have been enrolled long enough to count."""
    return period_of(date.fromordinal(today.toordinal() - ACTIVE_DAYS))
