"""Which senses raise an alarm when words of each stand near each other, in every language.

    violence: harm me/child   ->   "devant les enfants hier soir il nous a encore cognés"

The words of a sense are data, in `bot/locales/<lang>/alarm.toml`; `understanding.alarm` reads them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """Why a person should look, the most urgent first."""

    DANGER = "danger"
    VIOLENCE = "violence"
    DISTRESS = "distress"
    BEREAVEMENT = "bereavement"
    WRONG_NUMBER = "wrong_number"
    MOVING = "moving"
    CALL_ME = "call_me"


@dataclass(frozen=True, slots=True)
class Together:
    """Senses that raise an alarm when words of each stand within `reach` words of each other."""

    kind: Kind
    senses: tuple[tuple[str, ...], ...]  # one word of each; in brackets, any of these senses
    reach: int = 8


def _table(kind: Kind, lines: str) -> tuple[Together, ...]:
    """One combination a line: "harm me/child", with its own reach as in "carry none 5"."""
    combinations = []
    for line in lines.strip().splitlines():
        *names, last = line.partition("#")[0].split()
        senses = names if last.isdigit() else [*names, last]
        reach = {"reach": int(last)} if last.isdigit() else {}
        combinations.append(Together(kind, tuple(tuple(e.split("/")) for e in senses), **reach))
    return tuple(combinations)


TOGETHER = (
    *_table(
        Kind.DANGER,
        """
        kill me/child
        kill partner
        weapon he/partner/me/child
        fire me/child/home
        eat none 5
        eat not child/since
        hungry since 5
        sleep out
        evict me/child/out/home/since/partner/i
        gone child
        return not child 12
        take child lost
        bleed me/child/he/partner/much
        rescue call/quick
        help quick
        help here
        door rough he/partner
        cut veins
        hide he/partner/rough/harm/fear
        stalk stranger me/child/home 10
        leave child lost 14
        """,
    ),
    *_table(
        Kind.VIOLENCE,
        """
        harm me/child
        harm partner
        rough he/partner me/child
        mark me/child/he/partner
        fear partner
        fear home
        drunk partner/he
        wreck partner/he
        marry child/me forced
        bed partner 6
        """,
    ),
    *_table(
        Kind.DISTRESS,
        """
        die want 5
        vanish want
        harm self
        kill self
        live not/none want/hope
        live none 5
        hope none 5
        carry none 5
        pills much
        despair since
        weary live 4
        better without 5
        despair hard 6
        sleepless despair/since/hard
        """,
    ),
    *_table(Kind.BEREAVEMENT, "dead kin 4"),
    *_table(
        Kind.WRONG_NUMBER,
        """
        number wrong 6
        know not person 6
        parent not iam 5
        """,
    ),
    *_table(
        Kind.MOVING,
        """
        move
        reside none place 6
        """,
    ),
    *_table(
        Kind.CALL_ME,
        """
        ring me can 6
        speak phone 6
        """,
    ),
)

PLAY = "play"  # games, films, sweets, laughter: nothing near it is meant
NOT, ME = "not", "me"
DENIABLE = frozenset({
    "harm", "rough", "fear", "kill", "weapon", "mark", "bleed", "die", "ring", "dead", "drunk",
})  # fmt: skip
