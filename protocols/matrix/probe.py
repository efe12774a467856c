"""``tercet check`` for a homeserver: what it says to us, and what to do about it."""

import asyncio

from mautrix.errors import MatrixRequestError

from bridge.model import Finding, Unavailable
from protocols.matrix.client import Homeserver, error_code, segment, words
from protocols.matrix.config import MatrixConfig

_PATIENCE = 9.0
_REGISTER = "write it anew with `tercet registration`, name it in the homeserver's config, restart"


async def probe(config: MatrixConfig) -> list[Finding]:
    """Try a configuration without running; see ``Probe.probe``."""
    stranger = Homeserver(config.url)
    ours = Homeserver(config.url, config.as_token.get_secret_value())
    findings: list[Finding] = []
    try:
        async with asyncio.timeout(_PATIENCE):
            findings.append(await _there(stranger, config))
            if await _known(ours, config, findings):
                findings.append(await _device(ours, config))
                findings.append(await _heard(ours, config))
    except (Unavailable, MatrixRequestError, TimeoutError) as error:
        text = str(error) or "no answer in time"
        findings.append(Finding("homeserver", "error", f"{config.url}: {text}"))
    finally:
        await stranger.close()
        await ours.close()
    return findings


async def _there(homeserver: Homeserver, config: MatrixConfig) -> Finding:
    versions = (await homeserver.call("GET", "/versions", wait=0)).get("versions")
    newest = versions[-1] if isinstance(versions, list) and versions else "unknown"
    return Finding("homeserver", "ok", f"{config.url} speaks Matrix up to {newest}")


async def _known(homeserver: Homeserver, config: MatrixConfig, findings: list[Finding]) -> bool:
    try:
        me = (await homeserver.call("GET", "/v3/account/whoami", wait=0)).get("user_id")
    except (Unavailable, MatrixRequestError) as error:
        text = f"the homeserver does not know as_token ({error}). The registration: {_REGISTER}"
        findings.append(Finding("registration", "error", text))
        return False
    if me != config.bot:
        text = f"as_token belongs to {me}, but sender_localpart and server_name make {config.bot}"
        findings.append(Finding("registration", "error", text))
        return False
    findings.append(Finding("registration", "ok", f"we are {me}"))
    return True


async def _device(homeserver: Homeserver, config: MatrixConfig) -> Finding:
    """See whether repeated transactions are known over a restart of the homeserver."""
    try:
        body = {"display_name": "Tercet"}
        await homeserver.call("PUT", "/v3/devices/TERCET", body, {"user_id": config.bot}, wait=0)
    except MatrixRequestError as error:
        text = f"no devices for ghosts: {words(error)}. Messages in doubt are looked for instead"
        return Finding("devices", "warning", text)
    return Finding("devices", "ok", "messages repeated after a crash are recognised")


async def _heard(homeserver: Homeserver, config: MatrixConfig) -> Finding:
    path = f"/v1/appservice/{segment(config.id)}/ping"
    try:
        await homeserver.call("POST", path, {"transaction_id": "check"}, wait=0)
    except (Unavailable, MatrixRequestError) as error:
        code = error_code(error) if isinstance(error, MatrixRequestError) else ""
        if code == "M_CONNECTION_FAILED":
            text = f"nothing answers at {config.address}: as it should be while tercet does not run"
            return Finding("address", "warning", text)
        if code == "M_FORBIDDEN":
            text = f"the homeserver knows no registration with id {config.id}: {_REGISTER}"
            return Finding("address", "error", text)
        text = f"the homeserver cannot reach us at {config.address}: {error}"
        return Finding("address", "error", text)
    return Finding("address", "ok", f"the homeserver reaches us at {config.address}")
