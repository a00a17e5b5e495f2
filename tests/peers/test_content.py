"""The Content API's strictness about what Meta is asked to approve."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.peers.content import ContentApi
from tests.peers.ours import Clock
from tests.peers.twilio import ACCOUNT_SID, AUTH_TOKEN

TYPES: dict[str, Any] = {"twilio/text": {"body": "Les Mots : {{1}} vous invite."}}
ASKED = {"name": "carnet_invitation_fr", "category": "UTILITY"}


@pytest.fixture
async def content() -> AsyncIterator[ContentApi]:
    async with ContentApi(Clock(), {}, ACCOUNT_SID, AUTH_TOKEN) as peer:
        yield peer


async def post(content: ContentApi, path: str, body: dict[str, Any]) -> httpx.Response:
    async with httpx.AsyncClient(trust_env=False, auth=(ACCOUNT_SID, AUTH_TOKEN)) as web:
        return await web.post(f"{content.url}/v1/Content{path}", json=body)


async def made(content: ContentApi, types: dict[str, Any], **changes: Any) -> httpx.Response:
    body = {"friendly_name": "a", "language": "fr", "variables": {"1": "Le Port"}, "types": types}
    return await post(content, "", body | changes)


async def submitted(content: ContentApi, sid: str, **changes: Any) -> httpx.Response:
    return await post(content, f"/{sid}/ApprovalRequests/whatsapp", ASKED | changes)


async def test_what_is_submitted_waits_for_the_test_to_decide(content: ContentApi) -> None:
    sid = (await made(content, TYPES)).json()["sid"]
    assert not content.may_start(sid)
    answer = await submitted(content, sid)
    assert (answer.status_code, answer.json()["status"]) == (201, "received")
    assert not content.may_start(sid)
    content.decides(sid, "approved")
    assert content.may_start(sid)


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "Carnet"},
        {"name": "carnet-invitation"},
        {"name": ""},
        {"name": "a" * 513},
        {"category": "SERVICE"},
        {"category": None},
        {"mood": "good"},
    ],
    ids=str,
)
async def test_wrong_submission_is_refused(content: ContentApi, changes: dict[str, Any]) -> None:
    sid = (await made(content, TYPES)).json()["sid"]
    assert (await submitted(content, sid, **changes)).status_code == 400
    assert content.approvals == {}


async def test_nothing_is_submitted_twice_under_any_name(content: ContentApi) -> None:
    first, second = [(await made(content, TYPES)).json()["sid"] for _ in range(2)]
    assert (await submitted(content, first)).status_code == 201
    assert (await submitted(content, first, name="another")).status_code == 400
    assert (await submitted(content, second)).status_code == 400
    assert (await submitted(content, "HX" + "9" * 32, name="third")).status_code == 404


def body(text: str) -> dict[str, Any]:
    return {"twilio/text": {"body": text}}


@pytest.mark.parametrize(
    ("types", "variables"),
    [
        (body("{{1}} vous invite."), {"1": "A"}),
        (body("Chez {{1}}"), {"1": "A"}),
        (body("Chez {{1}} {{2}}."), {"1": "A", "2": "B"}),
        (body("Chez {{2}}."), {"2": "A"}),
        (body("Chez {{1}}."), {"1": "A\nB"}),
        (
            {
                "twilio/list-picker": {
                    "body": "Quand ?",
                    "button": "Choisir",
                    "items": [{"item": "Lundi", "id": "1"}],
                }
            },
            {},
        ),
    ],
    ids=["begins", "ends", "side by side", "not in a row", "two lines", "a list"],
)
async def test_meta_refuses_at_once(
    content: ContentApi, types: dict[str, Any], variables: dict[str, str]
) -> None:
    answer = await made(content, types, variables=variables)
    assert answer.status_code == 201
    assert (await submitted(content, answer.json()["sid"])).status_code == 400


async def test_more_than_three_quick_replies_leave_only_once_approved(content: ContentApi) -> None:
    actions = [{"type": "QUICK_REPLY", "title": str(n), "id": str(n)} for n in range(4)]
    types = {"twilio/quick-reply": {"body": "Combien ?", "actions": actions}}
    sid = (await made(content, types, variables={})).json()["sid"]
    assert sid not in content.templates
    await submitted(content, sid)
    content.decides(sid, "approved")
    assert content.templates[sid] == "Combien ?"


@pytest.mark.parametrize("language", ["pt", "FR", "", "french"])
async def test_language_is_one_of_whatsapps(content: ContentApi, language: str) -> None:
    assert (await made(content, TYPES, language=language)).status_code == 400
