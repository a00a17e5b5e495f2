"""The wire under the twilio library: our base addresses, our timeouts, our errors.

The library's own asynchronous client posts the Content API's JSON as a form, ignores its timeout
and logs numbers; so it is handed this one.
"""

from __future__ import annotations

import json
import logging
from base64 import b64encode
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from aiohttp import (
    ClientConnectorError,
    ClientError,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    ConnectionTimeoutError,
)
from twilio.base.exceptions import TwilioException
from twilio.http import AsyncHttpClient
from twilio.http.response import Response
from yarl import URL

from bot.errors import SendDelayed, SendError, SendUncertain

TIMEOUT = ClientTimeout(total=None, connect=10, sock_connect=10, sock_read=20)
CONCURRENCY_CODE = "20429"
GATEWAYS = {502, 504}  # somebody on the way gave up; Twilio may have taken the call


class TwilioHttp(AsyncHttpClient):  # type: ignore[misc]  # the library has no types
    """One pool of connections; made at the first call, in the event loop that makes it."""

    def __init__(self, bases: Mapping[str, str], timeout: ClientTimeout = TIMEOUT) -> None:
        """Reach each product (`api`, `content`) at its base address."""
        super().__init__(logging.getLogger(__name__), is_async=True)
        self._bases = bases
        self._timeout = timeout
        self._session: ClientSession | None = None

    async def request(
        self,
        method: str,
        uri: str,
        params: Mapping[str, object] | None = None,
        data: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 -- the library's own signature
        allow_redirects: bool = False,
    ) -> Response:
        """Make one call.

        Raises SendDelayed when it did not get there or should be made later, SendUncertain when no
        answer of Twilio's came. Every other answer is the library's to read.
        """
        if self._session is None:
            self._session = ClientSession(timeout=self._timeout)
        try:
            async with self._session.request(
                method,
                self._place(uri, params),
                data=_encode(data, headers or {}),
                headers=_authorised(headers or {}, auth),
                allow_redirects=allow_redirects,
            ) as response:
                text = await response.text(errors="replace")
        except (ClientError, TimeoutError, OSError) as error:
            raise _silence(error) from error
        trouble = _error_of(response, text)
        if trouble is not None:
            raise trouble
        return Response(response.status, text, response.headers)

    async def close(self) -> None:
        """Let go of the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _place(self, url: str, params: Mapping[str, object] | None) -> URL:
        parts = urlsplit(url)
        product = (parts.hostname or "").partition(".")[0]
        query = "&".join(filter(None, (parts.query, urlencode(params or {}))))
        place = self._bases[product].rstrip("/") + parts.path
        return URL(f"{place}?{query}" if query else place, encoded=True)


def code_of(error: TwilioException) -> str:
    """The code of Twilio's refusal; the library leaves that of a list in the answer itself."""
    answer = next((one for one in error.args if isinstance(one, Response)), None)
    if answer is not None:
        return str((_json(answer.text) or {}).get("code") or answer.status_code)
    return str(getattr(error, "code", "") or getattr(error, "status", ""))


def _authorised(headers: Mapping[str, str], auth: tuple[str, str] | None) -> dict[str, str]:
    if auth is None:
        return dict(headers)
    return {**headers, "Authorization": "Basic " + b64encode(":".join(auth).encode()).decode()}


def _encode(data: Mapping[str, object] | None, headers: Mapping[str, str]) -> bytes | None:
    if not data:
        return None
    if headers.get("Content-Type") == "application/json":
        return json.dumps(data).encode()
    return urlencode(data, doseq=True).encode()


def _silence(error: Exception) -> SendError:
    if isinstance(error, ClientConnectorError | ConnectionTimeoutError):
        return SendDelayed("Twilio cannot be reached")
    return SendUncertain("no answer from Twilio")


def _error_of(response: ClientResponse, text: str) -> SendDelayed | None:
    """Tell Twilio's own refusals, which have a code, from what somebody on the way says."""
    answer = _json(text)
    if response.status < 300:
        return SendUncertain("no answer from Twilio") if answer is None else None
    code = str((answer or {}).get("code") or "")
    if code and response.status != 429 and response.status < 500:
        return None
    if response.status in GATEWAYS:
        return SendUncertain("no answer from Twilio", code=code or str(response.status))
    wait = response.headers.get("Retry-After", "")
    return SendDelayed(
        "Twilio asks to try later",
        code=CONCURRENCY_CODE if response.status == 429 else code or str(response.status),
        retry_after=float(wait) if wait.isdigit() else None,
    )


def _json(text: str) -> dict[str, Any] | None:
    try:
        answer = json.loads(text)
    except ValueError:
        return None
    return answer if isinstance(answer, dict) else None
