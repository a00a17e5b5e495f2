"""The twilio library meets at the Twilio peer what it meets at Twilio."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
import requests
from twilio.base.exceptions import TwilioRestException
from twilio.request_validator import RequestValidator

from tests.peers.loopback import NO_ANSWER
from tests.peers.ours import (
    FIRST_MOMENT,
    NAME,
    ORIGIN,
    OURS,
    PARENT,
    SERVICE,
    TEMPLATE,
    WHATSAPP_OURS,
    WHATSAPP_PARENT,
    Clock,
    Receiver,
    Twilio,
)
from tests.peers.twilio import ACCOUNT_SID, AUTH_TOKEN, TwilioApi
from tests.peers.twilio_forms import sign
from tests.peers.twilio_rules import count_segments


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ours() -> Receiver:
    return Receiver()


@pytest.fixture
async def twilio_api(clock: Clock, ours: Receiver) -> AsyncIterator[TwilioApi]:
    peer = TwilioApi(
        clock,
        senders=[NAME, OURS, WHATSAPP_OURS],
        services={SERVICE: OURS},
        templates={TEMPLATE: "La réunion de {{1}} est à {{2}}."},
        inbound_url=f"{ORIGIN}/tw/in",
    )
    peer.wire(ORIGIN, ours.app)
    async with peer:
        yield peer


@pytest.fixture
def twilio(twilio_api: TwilioApi) -> Iterator[Twilio]:
    twilio = Twilio(twilio_api.url)
    yield twilio
    twilio.http.close()


def is_signed(ours: Receiver, number: int = -1) -> bool:
    """Ask the provider's own library, as our webhook will."""
    url, headers, _ = ours.calls[number]
    signature = headers.get("x-twilio-signature", "")
    return bool(RequestValidator(AUTH_TOKEN).validate(url, ours.forms[number], signature))


async def test_a_created_message_has_the_shape_of_the_real_one(
    twilio_api: TwilioApi, twilio: Twilio
) -> None:
    message = await twilio.send(body="Réunion jeudi", status_callback=f"{ORIGIN}/tw/status")
    (sent,) = twilio_api.sent
    assert (sent.to, sent.from_, sent.body) == (PARENT, NAME, "Réunion jeudi")
    assert (sent.status_callback, sent.at) == (f"{ORIGIN}/tw/status", FIRST_MOMENT)
    assert (message.sid, len(message.sid), message.sid[:2]) == (sent.sid, 34, "SM")
    assert (message.status, message.num_segments, message.direction) == (
        "queued",
        "1",
        "outbound-api",
    )
    assert message.uri == f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages/{sent.sid}.json"
    assert (message.date_created, message.date_sent) == (FIRST_MOMENT, None)
    assert (await twilio.fetch(sent.sid)).date_sent == FIRST_MOMENT


async def test_a_service_chooses_its_sender_later(twilio_api: TwilioApi, twilio: Twilio) -> None:
    message = await twilio.send(messaging_service_sid=SERVICE)
    assert (message.status, message.num_segments, message.from_) == ("accepted", "0", None)
    assert twilio_api.sent[0].from_ == OURS
    later = await twilio.fetch(message.sid)
    assert (later.num_segments, later.from_) == ("1", OURS)


@pytest.mark.parametrize(
    ("code", "options"),
    [
        (90007, {"validity_period": 36_001}),
        (90007, {"validity_period": 0}),
        (90007, {"validity_period": -5}),
        (20001, {"send_at": "2026-09-08T08:00:00Z", "schedule_type": "fixed"}),
        (20001, {"risk_check": "perhaps"}),
        (21201, {"to": ""}),
        (21211, {"to": "0639980001"}),
        (21602, {"body": " "}),
        (21603, {"from_": ""}),
        (21606, {"from_": "+33639980050"}),
        (21609, {"status_callback": "https://our_carnet.example/tw"}),
        (21609, {"status_callback": "carnet.example/tw"}),
        (21612, {"to": WHATSAPP_PARENT, "from_": NAME}),
        (21617, {"body": "x" * 1601}),
        (21654, {"content_variables": "{}"}),
        (21655, {"content_sid": "HX" + "c" * 32}),
        (21656, {"content_sid": TEMPLATE, "content_variables": "{"}),
        (21656, {"content_sid": TEMPLATE, "content_variables": '{"1": ""}'}),
        (21705, {"messaging_service_sid": "MG" + "c" * 32}),
    ],
)
async def test_what_twilio_refuses_is_refused(
    twilio_api: TwilioApi, twilio: Twilio, code: int, options: dict[str, Any]
) -> None:
    with pytest.raises(TwilioRestException) as refused:
        await twilio.send(**options)
    assert (refused.value.status, refused.value.code) == (400, code)
    assert twilio_api.sent == []


async def test_whom_twilio_does_not_reach(twilio_api: TwilioApi, twilio: Twilio) -> None:
    twilio_api.landlines.add("+33639980010")
    twilio_api.opted_out.add("+33639980011")
    for to, code in (("+33639980010", 21614), ("+33639980011", 21610)):
        with pytest.raises(TwilioRestException) as refused:
            await twilio.send(to)
        assert refused.value.code == code


async def test_parameters_that_twilio_does_not_document_are_refused(twilio_api: TwilioApi) -> None:
    url = f"{twilio_api.url}/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json"
    good = {"To": PARENT, "From": NAME, "Body": "Bonjour", "MessageIntent": "notifications"}
    async with httpx.AsyncClient(auth=(ACCOUNT_SID, AUTH_TOKEN), trust_env=False) as client:
        assert (await client.post(url, data=good)).status_code == 201
        for bad in ({"Text": "Bonjour"}, {"To": [PARENT, PARENT]}):
            answer = await client.post(url, data=good | bad)
            assert (answer.status_code, answer.json()["code"]) == (400, 20001)


async def test_bad_credentials(twilio_api: TwilioApi) -> None:
    stranger = Twilio(twilio_api.url, token="another")
    with pytest.raises(TwilioRestException) as refused:
        await stranger.send()
    stranger.http.close()
    assert (refused.value.status, refused.value.code) == (401, 20003)


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        ({"status": 429, "retry_after": 1}, 429, 20429),
        ({"status": 500}, 500, 20500),
        ({"status": 400, "code": 21408}, 400, 21408),
        ({"status": 503, "body": "<h1>Unavailable</h1>"}, 503, 503),
    ],
)
async def test_scripted_refusals_reach_the_twilio_library_once(
    twilio_api: TwilioApi, twilio: Twilio, fault: dict[str, Any], status: int, code: int
) -> None:
    twilio_api.fail_next("create", **fault)
    with pytest.raises(TwilioRestException) as refused:
        await twilio.send()
    assert (refused.value.status, refused.value.code) == (status, code)
    assert twilio_api.sent == []
    await twilio.send()
    assert len(twilio_api.sent) == 1


@pytest.mark.parametrize("taken", [False, True])
async def test_after_a_lost_answer_the_list_tells_whether_it_was_taken(
    twilio_api: TwilioApi, twilio: Twilio, taken: bool
) -> None:
    twilio_api.hang_next("create", taken=taken)
    with pytest.raises(requests.exceptions.Timeout):
        await twilio.send(body="un")
    twilio_api.reset_next("create", taken=taken)
    with pytest.raises(requests.exceptions.ConnectionError):
        await twilio.send(body="deux")
    found = await twilio.list(to=PARENT, date_sent_after=FIRST_MOMENT)
    assert [message.body for message in found] == (["deux", "un"] if taken else [])


async def test_the_list_filters_and_pages(
    twilio_api: TwilioApi, twilio: Twilio, clock: Clock
) -> None:
    for number in range(5):
        await twilio.send(body=str(number))
        clock.wait(days=1)
    await twilio_api.says("+33639980002", OURS, "bonjour")
    assert [m.body for m in await twilio.list(to=PARENT, page_size=2)] == ["4", "3", "2", "1", "0"]
    third_day = FIRST_MOMENT + timedelta(days=2)
    assert [m.body for m in await twilio.list(to=PARENT, date_sent_after=third_day)] == [
        "4",
        "3",
        "2",
    ]
    assert [m.body for m in await twilio.list(date_sent_before=FIRST_MOMENT)] == ["0"]
    assert [m.body for m in await twilio.list(date_sent=third_day.date())] == ["2"]
    assert [m.direction for m in await twilio.list(to=OURS)] == ["inbound"]
    with pytest.raises(TwilioRestException) as refused:
        await twilio.fetch("SM" + "f" * 32)
    assert (refused.value.status, refused.value.code) == (404, 20404)


async def test_receipts_are_signed_and_move_the_message_on(
    twilio_api: TwilioApi, twilio: Twilio, ours: Receiver
) -> None:
    message = await twilio.send(status_callback=f"{ORIGIN}/tw/status?centre=3#rc=2&rp=all")
    assert await twilio_api.status(message.sid, "undelivered", 30003) == 200
    assert ours.calls[0][0] == f"{ORIGIN}/tw/status?centre=3"
    assert is_signed(ours)
    (form,) = ours.forms
    assert (form["MessageSid"], form["MessageStatus"]) == (message.sid, "undelivered")
    assert form["ErrorCode"] == "30003"
    later = await twilio.fetch(message.sid)
    assert (later.status, later.error_code) == ("undelivered", 30003)
    await twilio_api.status(message.sid, "sent")
    assert (await twilio.fetch(message.sid)).status == "undelivered"
    assert await twilio_api.status((await twilio.send()).sid, "sent") is None, "no callback given"


@pytest.mark.parametrize(
    ("options", "statuses"),
    [
        ({}, ["sent", "delivered"]),
        ({"shuffled": True}, ["delivered", "sent"]),
        ({"twice": True}, ["sent", "sent", "delivered", "delivered"]),
    ],
    ids=["in order", "out of order", "twice"],
)
async def test_statuses_come_by_themselves(
    clock: Clock, ours: Receiver, options: dict[str, Any], statuses: list[str]
) -> None:
    async with TwilioApi(clock, senders=[NAME], auto_statuses=True, **options) as peer:
        peer.wire(ORIGIN, ours.app)
        peer.fates["+33639980002"] = ("undelivered", 30005)
        twilio = Twilio(peer.url)
        for to in (PARENT, "+33639980002"):
            await twilio.send(to, status_callback=f"{ORIGIN}/tw/status")
            await peer.settled()
        twilio.http.close()
    told = [form["MessageStatus"] for form in ours.forms if form["To"] == PARENT]
    assert told == statuses
    codes = {(f["MessageStatus"], f.get("ErrorCode")) for f in ours.forms if f["To"] != PARENT}
    assert codes == {("sent", None), ("undelivered", "30005")}


async def test_an_sms_from_a_parent_is_signed_with_its_empty_fields(
    twilio_api: TwilioApi, ours: Receiver
) -> None:
    extra = {"Brand New": "ça & là"}
    assert await twilio_api.says(PARENT, OURS, "Où ?\n😀", fields=extra) == 200
    assert is_signed(ours)
    (form,) = ours.forms
    assert (form["From"], form["To"], form["Body"]) == (PARENT, OURS, "Où ?\n😀")
    assert (form["FromCity"], form["NumMedia"]) == ("", "0")
    assert form["Brand New"] == "ça & là"
    assert form["MessageSid"] == form["SmsSid"]


@pytest.mark.parametrize("signature", ["wrong", "missing", "altered"])
async def test_tampered_calls_do_not_pass_the_validator(
    twilio_api: TwilioApi, twilio: Twilio, ours: Receiver, signature: Any
) -> None:
    await twilio_api.says(PARENT, OURS, "Bonjour", signature=signature)
    assert not is_signed(ours)
    message = await twilio.send(status_callback=f"{ORIGIN}/tw/status")
    await twilio_api.status(message.sid, "sent", signature=signature)
    assert not is_signed(ours)


def test_the_signature_is_that_of_the_library() -> None:
    form = {"b": "2", "a": " 1 ", "vide": "", "É": "ê"}
    for url in (f"{ORIGIN}/tw/in", f"{ORIGIN}/tw/in?a=b%20c"):
        theirs = RequestValidator(AUTH_TOKEN).compute_signature(url, form)
        assert sign(AUTH_TOKEN, f"{url}#rc=3", form.items()) == theirs


async def test_a_redelivery_is_the_same_call_again(twilio_api: TwilioApi, ours: Receiver) -> None:
    ours.answers = [(500, {})]
    assert await twilio_api.says(PARENT, OURS, "Bonjour") == 500
    assert len(ours.calls) == 1, "Twilio does not retry an answer of 500 by itself"
    assert await twilio_api.redeliver(ours.forms[0]["MessageSid"]) == 200
    assert ours.calls[0] == ours.calls[1]


@pytest.mark.parametrize(
    ("fragment", "statuses", "tries"),
    [
        ("", [503], 1),
        ("#rc=3&rp=all", [500, 404, 500, 500], 4),
        ("#rc=3&rp=5xx", [500, 404], 2),
        ("#rc=3&rp=4xx,5xx", [500, 404, 200], 3),
    ],
)
async def test_the_fragment_of_the_url_decides_on_retries(
    twilio_api: TwilioApi, ours: Receiver, fragment: str, statuses: list[int], tries: int
) -> None:
    ours.answers = [(status, {}) for status in statuses]
    url = f"{ORIGIN}/tw/in{fragment}"
    assert await twilio_api.says(PARENT, OURS, "Bonjour", url=url) == statuses[-1]
    assert len(ours.calls) == tries
    assert len({headers["i-twilio-idempotency-token"] for _, headers, _ in ours.calls}) == 1


async def test_an_unreachable_webhook_is_tried_twice(twilio_api: TwilioApi) -> None:
    assert await twilio_api.says(PARENT, OURS, "x", url="http://127.0.0.1:1/in") == NO_ANSWER
    assert len(twilio_api.called) == 2


async def test_stop_words_opt_out_and_start_words_opt_in(
    twilio_api: TwilioApi, twilio: Twilio, ours: Receiver
) -> None:
    for body in ("stop please", "STOP"):
        await twilio_api.says(PARENT, OURS, body)
    assert [form.get("OptOutType") for form in ours.forms] == [None, "STOP"]
    with pytest.raises(TwilioRestException) as refused:
        await twilio.send(from_=OURS)
    assert refused.value.code == 21610
    await twilio_api.says(PARENT, OURS, "yes")
    assert ours.forms[-1]["OptOutType"] == "START"
    await twilio.send(from_=OURS)


async def test_whatsapp_is_free_form_for_a_day_after_the_parent_wrote(
    twilio_api: TwilioApi, twilio: Twilio, ours: Receiver, clock: Clock
) -> None:
    async def fate(**options: Any) -> tuple[str, int | None]:
        callback = f"{ORIGIN}/tw/status"
        message = await twilio.send(WHATSAPP_PARENT, status_callback=callback, **options)
        assert message.status == "queued"
        await twilio_api.settled()
        later = await twilio.fetch(message.sid)
        return later.status, later.error_code

    assert await fate() == ("failed", 63016)
    assert (ours.forms[0]["MessageStatus"], ours.forms[0]["ErrorCode"]) == ("failed", "63016")
    await twilio_api.says(WHATSAPP_PARENT, WHATSAPP_OURS, "Bonjour")
    assert await fate() == ("queued", None)
    clock.wait(hours=24)
    assert await fate() == ("queued", None)
    clock.wait(seconds=1)
    assert await fate() == ("failed", 63016)
    variables = '{"1": "jeudi", "2": "18 h"}'
    assert await fate(content_sid=TEMPLATE, content_variables=variables) == ("queued", None)
    assert twilio_api.sent[-1].body == "La réunion de jeudi est à 18 h."


async def test_a_whatsapp_tap_names_the_message_it_answers(
    twilio_api: TwilioApi, twilio: Twilio, ours: Receiver
) -> None:
    asked = await twilio.send(WHATSAPP_PARENT, content_sid=TEMPLATE)
    await twilio_api.says(
        WHATSAPP_PARENT,
        WHATSAPP_OURS,
        "Oui",
        button_payload="rsvp:1:yes",
        replied_to=asked.sid,
        fields={"ExternalUserId": "whatsapp:ID.4566"},
    )
    assert is_signed(ours)
    (form,) = ours.forms
    assert (form["ButtonPayload"], form["ButtonText"], form["Body"]) == ("rsvp:1:yes", "Oui", "Oui")
    assert form["OriginalRepliedMessageSid"] == asked.sid
    assert (form["WaId"], form["MessageType"]) == (PARENT[1:], "interactive")
    assert form["ExternalUserId"] == "whatsapp:ID.4566"
    with pytest.raises(ValueError, match="somebody else"):
        await twilio_api.says("whatsapp:+33639980003", WHATSAPP_OURS, "x", replied_to=asked.sid)


async def test_nobody_can_write_to_a_name(twilio_api: TwilioApi) -> None:
    with pytest.raises(ValueError, match="nobody can write"):
        await twilio_api.says(PARENT, NAME, "STOP")


@pytest.mark.parametrize(
    ("body", "segments"),
    [
        ("x" * 160, 1),
        ("é" * 161, 2),
        ("x" * 306, 2),
        ("x" * 307, 3),
        ("€" * 80, 1),
        ("x" * 152 + "€" + "x" * 152, 3),
        ("ê" * 70, 1),
        ("ê" * 71, 2),
        ("ç" + "x" * 133, 2),
        ("😀" * 35, 1),
        ("😀" * 67, 3),
    ],
)
def test_segments(body: str, segments: int) -> None:
    assert count_segments(body) == segments


async def test_smart_encoding_saves_segments_but_not_for_circumflexes(
    twilio_api: TwilioApi, twilio: Twilio
) -> None:
    for body, plain, smart in (("« oui »" + "x" * 70, "2", "1"), ("fête" + "x" * 70, "2", "2")):
        assert (await twilio.send(body=body)).num_segments == plain
        assert (await twilio.send(body=body, smart_encoded=True)).num_segments == smart


async def test_a_busy_twilio_holds_messages_no_longer_than_they_are_valid(
    twilio_api: TwilioApi, twilio: Twilio, ours: Receiver, clock: Clock
) -> None:
    twilio_api.busy = True
    callback = f"{ORIGIN}/tw/status"
    short = await twilio.send(validity_period=60, status_callback=callback)
    plain = await twilio.send(status_callback=callback)
    clock.now += timedelta(seconds=60)
    assert (await twilio.fetch(short.sid)).status == "queued"
    clock.now += timedelta(seconds=1)
    late = await twilio.fetch(short.sid)
    assert (late.status, late.error_code) == ("failed", 30036)
    await twilio_api.catch_up()
    told = [(form["MessageSid"], form["MessageStatus"], form["ErrorCode"]) for form in ours.forms]
    assert told == [(short.sid, "failed", "30036")]
    assert (await twilio.fetch(plain.sid)).status == "queued"
    with pytest.raises(ValueError, match="never left"):
        await twilio_api.status(short.sid, "delivered")


async def test_the_queue_itself_lasts_ten_hours(
    twilio_api: TwilioApi, twilio: Twilio, clock: Clock
) -> None:
    twilio_api.busy = True
    message = await twilio.send()
    clock.now += timedelta(hours=10, seconds=1)
    late = await twilio.fetch(message.sid)
    assert (late.status, late.error_code) == ("failed", 30001)
