"""The templates of the console and how their words are put in French."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.messages import Say
from bot.translation import catalog, day, direction, french_name, hour, render_all
from bot.wallclock import local
from bot.web.console import words

HERE = Path(__file__).parent
TEMPLATES = HERE / "templates"
STATIC = HERE / "static"

LANGUAGE = "fr"  # the language that staff read
DOMAIN = "console"
NO_BREAK = "\u00a0"


def render(template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
    """Answer with a page. Nothing of it may rest in a cache: it shows families."""
    html = _environment().get_template(template).render({"me": None, **values})
    return HTMLResponse(html, status, {"Cache-Control": "no-store"})


def called(code: str | None, table: str) -> str:
    """What a code is called; the code itself when nobody has named it yet."""
    known = words.TABLES[table].get(code or "")
    return translated(known) if known else (code or "")


def translated(text: str) -> str:
    """A text of the source language, in French."""
    return catalog(LANGUAGE, DOMAIN).gettext(text)


def language_name(code: str | None) -> str:
    """A language by its French name; "" when none is known."""
    return french_name(code) if code else ""


def on_day(on: date, now: datetime) -> str:
    """A date as people say it, with the year unless it is this one."""
    return day(on, LANGUAGE) if on.year == now.year else f"{day(on, LANGUAGE)} {on.year}"


def at_moment(at: datetime, zone: str, now: datetime) -> str:
    """An instant on a centre's wall clock."""
    here = local(at, zone)
    return day_and_hour(here.date(), here.time(), now)


def day_and_hour(on: date, at: time, now: datetime) -> str:
    """A date and an hour on the wall clock."""
    pattern = translated(words.word("{day} at {hour}"))
    return pattern.format(day=on_day(on, now), hour=hour(at, LANGUAGE))


def last_day(until: datetime, zone: str, now: datetime) -> str:
    """The last day of a pause that ends at this instant."""
    return on_day(local(until - timedelta(microseconds=1), zone).date(), now)


def phone(value: str) -> str:
    """A French number as people read it aloud; anything else as it is."""
    if not (value.startswith("+33") and value[1:].isdigit() and len(value) == 12):
        return value
    digits = f"0{value[3:]}"
    return NO_BREAK.join(digits[at : at + 2] for at in range(0, 10, 2))


def in_french(says: Iterable[Say]) -> str:
    """What we told a parent, for staff."""
    return render_all(says, LANGUAGE)


def why(reason: str, error_code: str = "") -> str:
    """Why a message waits or did not leave: the provider's code where we know it says more."""
    if error_code in words.REASONS:
        return called(error_code, "reason")
    sentence = called(reason, "reason")
    return f"{sentence} (code {error_code})" if error_code else sentence


def _hour(at: time) -> str:
    return hour(at, LANGUAGE)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    translations = catalog(LANGUAGE, DOMAIN)
    environment.install_gettext_translations(translations, newstyle=True)  # type: ignore[attr-defined]
    environment.filters |= {
        "called": called,
        "language_name": language_name,
        "on_day": on_day,
        "at_moment": at_moment,
        "day_and_hour": day_and_hour,
        "last_day": last_day,
        "hour": _hour,
        "phone": phone,
        "in_french": in_french,
        "direction": direction,
        "translated": translated,
    }
    environment.globals["why"] = why
    return environment
