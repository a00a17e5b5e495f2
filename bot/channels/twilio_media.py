"""Pictures and voice notes that parents sent, fetched from Twilio when a person opens them.

Twilio answers with an address elsewhere, which is good for a few hours: our credentials go to
Twilio only, and nothing is fetched without TLS from anywhere else.
"""

from __future__ import annotations

import re
from base64 import b64encode
from urllib.parse import urljoin, urlsplit

from aiohttp import ClientError, ClientResponse, ClientSession, ClientTimeout

from bot.channels.fetching import FETCH_SECONDS, GONE, NO_ANSWER, read_whole
from bot.errors import SendDelayed, SendRefused
from bot.messages import Fetched

TWILIO = "api.twilio.com"
PATH = re.compile(r"/2010-04-01/Accounts/(AC[0-9a-f]{32})/Messages/\w+/Media/\w+")
MOST_HOPS = 3
CHUNK = 65_536


async def fetch_media(ref: str, *, account_sid: str, auth_token: str, api_url: str) -> Fetched:
    """Fetch what a MediaUrl of our account names.

    Raises SendRefused for any other address and what is gone, SendDelayed when nobody answers; the
    reason is in French.
    """
    url = _checked(ref, account_sid, api_url)
    credentials = b64encode(f"{account_sid}:{auth_token}".encode()).decode()
    headers = {"Authorization": f"Basic {credentials}"}
    timeout = ClientTimeout(total=FETCH_SECONDS)
    try:
        async with ClientSession(timeout=timeout) as session:
            for _ in range(MOST_HOPS):
                async with session.get(url, headers=headers, allow_redirects=False) as answer:
                    onward = answer.headers.get("Location")
                    if answer.status in (301, 302, 303, 307, 308) and onward:
                        url, headers = _onward(urljoin(url, onward), api_url), {}
                        continue
                    return await _read(answer)
    except (ClientError, TimeoutError, OSError):
        raise SendDelayed(NO_ANSWER) from None
    raise SendRefused(GONE)


def _checked(ref: str, account_sid: str, api_url: str) -> str:
    """The address at which `ref` is asked for: what Twilio named, on the host that we know."""
    parts, base = urlsplit(ref), urlsplit(api_url)
    known = parts.hostname == TWILIO or parts.netloc == base.netloc
    found = PATH.fullmatch(parts.path)
    if not known or found is None or found[1] != account_sid:
        raise SendRefused(GONE, code="not_ours")
    return f"{api_url.rstrip('/')}{parts.path}"


def _onward(url: str, api_url: str) -> str:
    """Where Twilio sends us on to: by TLS, save on the host that we were told to call."""
    parts = urlsplit(url)
    if parts.scheme != "https" and parts.netloc != urlsplit(api_url).netloc:
        raise SendRefused(GONE, code="not_ours")
    return url


async def _read(answer: ClientResponse) -> Fetched:
    if answer.status in (400, 403, 404, 410):
        raise SendRefused(GONE)
    if answer.status != 200:
        raise SendDelayed(NO_ANSWER, code=str(answer.status))
    return Fetched(answer.content_type, await read_whole(answer.content.iter_chunked(CHUNK)))
