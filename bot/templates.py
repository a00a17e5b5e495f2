"""WhatsApp templates: what a step says, in the form that Meta approves, and what fills it in.

    sayings --> signature         which template they need
            --> body_of           what is approved: "Les Mots : {{1}} vous invite..."
            --> variables_of      what is filled in when it is sent

Pure, but for the file that CARNET_WHATSAPP_TEMPLATES names, where ContentSids may stand by hand:
TOML, one table per step, one line per language.

    [invitation]
    fr = "HX0123..."

Variables are numbered in the order of the sayings' placeholders in the source language, the same in
every language. One approved text serves every family: it names no child and holds no optional note.
"""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from bot.errors import SettingsError
from bot.languages import FALLBACK
from bot.messages import Say
from bot.reviews import is_careful, is_ready
from bot.translation import pattern_of, plural_form, render, words

PLACEHOLDER = re.compile(r"\{(\w+)\}")
NOTE = "{text}"  # a saying that is nothing but a coordinator's own words
UNNAMED = "children"
CONTENT_SID = re.compile(r"HX[0-9a-f]{32}")

# What WhatsApp takes, as published in November 2026.
MAX_BODY = 1024
MAX_BUTTONS = 10
MAX_BUTTON_TITLE = 20
MAX_BUTTON_ID = 256

BLANKS = re.compile(
    r"[^\S\u00a0\u202f]+"
)  # a variable may hold no line break, tab or run of spaces
EMPTY = "–"  # a variable is never empty
VARIABLE = re.compile(r"\{\{(\d+)\}\}")
SIDE_BY_SIDE = re.compile(r"\}\}(\s*)\{\{")
AT_THE_END = re.compile(r"\}\}\Z")


class State(StrEnum):
    """What Meta says of a template. Values are stored, and are Twilio's own words."""

    UNSUBMITTED = "unsubmitted"
    RECEIVED = "received"
    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    PAUSED = "paused"
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True)
class QuickReply:
    """A button of a template: its words, and the code that comes back with a tap."""

    title: str
    code: str


@dataclass(frozen=True, slots=True)
class Draft:
    """One template that a step needs in one language. `samples` are by the variables' numbers."""

    step: str
    language: str
    signature: str
    body: str
    samples: Mapping[str, str]
    buttons: tuple[QuickReply, ...]

    @property
    def name(self) -> str:
        """Its name at the provider: the same for the same words, so that it is found again.

        It ends with these very words' digest: after a refusal, another wording is another template.
        """
        digest = _digest([self.body, *((one.title, one.code) for one in self.buttons)])
        return f"carnet_{self.step}_{self.language}_{self.signature}_{digest[:8]}"


def read_templates(path: Path | None) -> Mapping[str, Mapping[str, str]]:
    """Read the registry; nothing is approved where there is no file.

    Raises SettingsError naming the first line that is wrong.
    """
    if path is None:
        return {}
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"CARNET_WHATSAPP_TEMPLATES : {path} : {error}") from error
    for step, by_language in found.items():
        if not isinstance(by_language, dict):
            raise SettingsError(
                f"CARNET_WHATSAPP_TEMPLATES : {step} : écrivez [{step}], puis une ligne par langue."
            )
        for language, sid in by_language.items():
            if not (isinstance(sid, str) and CONTENT_SID.fullmatch(sid)):
                raise SettingsError(
                    f"CARNET_WHATSAPP_TEMPLATES : [{step}] {language} : "
                    "un ContentSid commence par HX, suivi de 32 signes 0-9 a-f."
                )
    return found


def draft_of(step: str, says: Sequence[Say], language: str, association: str) -> Draft:
    """What is submitted so that a step can say this in this language."""
    return Draft(
        step=step,
        language=language,
        signature=signature(says, language, association),
        body=body_of(says, language, association),
        samples=variables_of(says, language),
        buttons=tuple(
            QuickReply(render(one.label, language), one.code)
            for said in _kept(says)
            for one in said.choices
        ),
    )


def signature(says: Sequence[Say], language: str, association: str) -> str:
    """The name of what is said, whatever fills it in: the same words give the same name for ever.

    Another wording of a translation keeps it, as long as its placeholders are the same: an approved
    template outlives a corrected comma.
    """
    told = [
        (
            said.msgid,
            plural_form(said.n, language) if said.n is not None else 0,
            sorted(set(_used(said, language))),
            [one.code for one in said.choices],
        )
        for said in _kept(says)
    ]
    return _digest([association, told])[:16]


def body_of(says: Sequence[Say], language: str, association: str) -> str:
    """The text that is approved: who writes, then the sayings with numbers for what varies.

    WhatsApp wants words between two variables and behind the last one: a dash and a full stop stand
    where a line break was all that separated them.
    """
    numbered = {name: f"{{{{{number}}}}}" for name, number in _numbers(says, language).items()}
    lines = [pattern_of(said, one).format_map(numbered) for said, one in _lines(says, language)]
    body = SIDE_BY_SIDE.sub(r"}}\1– {{", "\n".join(lines).strip())
    return f"{words(association, language)} : {body}" + ("." if AT_THE_END.search(body) else "")


def _lines(says: Sequence[Say], language: str) -> list[tuple[Say, str]]:
    """What is said and in which language: French stands under a consent that nobody has read."""
    kept = _kept(says)
    careful = [said for said in kept if is_careful(said) and not is_ready(said, language)]
    return [(said, language) for said in kept] + [(said, FALLBACK) for said in careful]


def variables_of(says: Sequence[Say], language: str) -> dict[str, str]:
    """What fills the numbers in, as WhatsApp takes it: on one line, and never empty."""
    params = {name: value for said in _kept(says) for name, value in said.params.items()}
    return {
        number: BLANKS.sub(" ", words(params[name], language)).strip() or EMPTY
        for name, number in _numbers(says, language).items()
    }


def filled(body: str, variables: Mapping[str, str]) -> str:
    """The text as a parent reads it."""
    return VARIABLE.sub(lambda found: variables.get(found[1], found[0]), body)


def faults(
    body: str, samples: Mapping[str, str], buttons: Sequence[QuickReply] = ()
) -> tuple[str, ...]:
    """Why WhatsApp would not take a template, as codes; nothing where it would."""
    used = set(VARIABLE.findall(body))
    wrong = {
        "body_empty": not VARIABLE.sub("", body).strip(),
        "body_too_long": len(body) > MAX_BODY,
        "begins_with_variable": VARIABLE.match(body.lstrip()) is not None,
        "ends_with_variable": AT_THE_END.search(body.rstrip()) is not None,
        "variables_side_by_side": SIDE_BY_SIDE.search(body) is not None,
        "variables_not_in_a_row": used != {str(one) for one in range(1, len(used) + 1)},
        "sample_missing": any(not samples.get(one, "").strip() for one in used),
        "sample_too_many": bool(set(samples) - used),
        "sample_not_on_one_line": any(BLANKS.sub(" ", one) != one for one in samples.values()),
        "too_many_buttons": len(buttons) > MAX_BUTTONS,
        "button_empty": any(not one.title or not one.code for one in buttons),
        "button_too_long": any(len(one.title) > MAX_BUTTON_TITLE for one in buttons),
        "button_id_too_long": any(len(one.code) > MAX_BUTTON_ID for one in buttons),
        "buttons_alike": len({one.title for one in buttons}) < len(buttons),
    }
    return tuple(code for code, found in wrong.items() if found)


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value).encode()).hexdigest()


def _kept(says: Sequence[Say]) -> list[Say]:
    """The sayings without optional notes: those are not part of what was approved."""
    return [said for said in says if said.msgid != NOTE]


def _used(said: Say, language: str) -> list[str]:
    """The placeholders that a saying has in this language."""
    return PLACEHOLDER.findall(pattern_of(said, language))


def _numbers(says: Sequence[Say], language: str) -> dict[str, str]:
    """The number of each placeholder, in the order of the source language."""
    kept = _kept(says)
    used = {name for said in kept for name in _used(said, language)} - {UNNAMED}
    ordered = dict.fromkeys(
        name for said in kept for name in PLACEHOLDER.findall(said.msgid) if name in used
    )
    return {name: str(number) for number, name in enumerate(ordered, start=1)}
