"""The port names of an OpenNerve: `opennerve+serial:PATH`, `opennerve+socket://...`, `opennerve+emu://`, `opennerve+ble:NAME`, and what
stands behind the question mark. Opens nothing."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from urllib.parse import parse_qsl, quote

from rnprog.device.errors import BadPort

PREFIX = "opennerve+"
_OURS = ("key", "lead", "contact-cm2", "case-cm2", "dvt")
_LARGEST_CM2 = 100
_EXAMPLE = "opennerve+serial:/dev/ttyACM0?key=~/admin_priv_d_hex.txt&lead=left&contact-cm2=0.06&case-cm2=10"


@dataclass(frozen=True, slots=True)
class Dialect:
    """What the operator says about an OpenNerve. Nothing of it can be read from the device."""

    key: Path | None = None
    """The file of a private key; None: nobody can be authenticated."""
    lead: str = "left"
    """Which side the lead is on whose contacts are CH1 to CH4, tip first."""
    contact_cm2: Decimal | None = None
    """Area of one contact; None: unknown, so nothing is stimulated."""
    case_cm2: Decimal | None = None
    """Area of the enclosure; None: unknown, so it carries no current."""
    bench: bool = False
    """The bench (DVT) mode was asked for."""


def split(url: str) -> tuple[Dialect | None, str]:
    """What the operator says, and the name of the port itself; (None, url) for another kind of device. BadPort for nonsense."""
    if not url.lower().startswith(PREFIX):
        return None, url
    inner, _, query = url[len(PREFIX) :].partition("?")
    values = dict(parse_qsl(query, keep_blank_values=True, separator="&"))
    said = {name: values.pop(name) for name in _OURS if name in values}
    scheme = inner.split(":", 1)[0].lower()
    if scheme == "serial":
        inner = inner[len("serial:") :].removeprefix("//")
    elif scheme == "emu":
        values["device"] = "opennerve"
        if "dvt" in said:
            values["dvt"] = said["dvt"]
    elif scheme not in ("socket", "ble"):
        raise BadPort(f"The port {url} cannot be understood: behind {PREFIX} stands serial:, ble:, socket:// or emu://, as in {_EXAMPLE}.")
    if (not inner.partition(":")[2] and scheme in ("ble",)) or not inner:
        raise BadPort(f"The port {url} names no device. For example {_EXAMPLE}.")
    stranger = next((name for name in values if scheme != "emu" and name != "bench"), None)
    if stranger is not None:
        raise BadPort(
            f"The port {url} cannot be understood: {stranger}= is not known. Known are {', '.join(f'{name}=' for name in _OURS)}."
        )
    rest = "&".join(f"{name}={quote(value, safe='/:,.@~=-')}" for name, value in values.items())
    return _dialect(url, said), f"{inner}?{rest}" if rest else inner


def _dialect(url: str, said: dict[str, str]) -> Dialect:
    lead = said.get("lead", "left").lower()
    if lead not in ("left", "right"):
        raise BadPort(f"The port {url} cannot be understood: lead= says on which side the lead is, left or right.")
    if said.get("dvt", "0") not in ("0", "1", ""):
        raise BadPort(f"The port {url} cannot be understood: dvt=1 asks for the bench mode.")
    return Dialect(
        key=Path(said["key"]).expanduser() if said.get("key") else None,
        lead=lead,
        contact_cm2=_area(url, "contact-cm2", said),
        case_cm2=_area(url, "case-cm2", said),
        bench="dvt" in said and said["dvt"] != "0",
    )


def _area(url: str, name: str, said: dict[str, str]) -> Decimal | None:
    text = said.get(name)
    if text is None:
        return None
    digits = text.replace(".", "", 1)
    if not (digits.isascii() and digits.isdigit()) or not 0 < Decimal(text) <= _LARGEST_CM2 or Decimal(text) * 10**8 % 1:
        raise BadPort(f"The port {url} cannot be understood: {name}= is an area in square centimetres, for example {name}=0.06.")
    return Decimal(text)
