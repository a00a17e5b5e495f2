"""Approved WhatsApp templates: which ContentSid stands for which step and language.

The file named by CARNET_WHATSAPP_TEMPLATES is TOML: one table per step, one line per language.

    [invitation]
    fr = "HX0123..."

A template's numbered variables are the placeholders of the step's saying, in their order; children
are not named.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

from bot.errors import SettingsError
from bot.messages import Say
from bot.translation import words

PLACEHOLDER = re.compile(r"\{(\w+)\}")
UNNAMED = "children"  # one approved text serves every family: it names no child
CONTENT_SID = re.compile(r"HX[0-9a-f]{32}")


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


def variables_of(says: Sequence[Say], language: str) -> dict[str, str]:
    """The values of the step's saying, numbered from 1: the question, else the first that has any.

    An event's notes come before its reminder in some messages and not in others.
    """
    filled = [one for one in says if PLACEHOLDER.search(one.msgid)]
    if not filled:
        return {}
    saying = next((one for one in reversed(filled) if one.choices), filled[0])
    names = dict.fromkeys(PLACEHOLDER.findall(saying.msgid))
    names.pop(UNNAMED, None)
    return {
        str(place): words(saying.params[name], language)
        for place, name in enumerate(names, start=1)
    }
