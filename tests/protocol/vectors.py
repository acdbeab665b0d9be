"""The hand-made frames of tests/vectors/rn1.jsonl, as values a test can compare. Nothing here encodes."""

import json
from pathlib import Path
from typing import Any, NamedTuple

from rnprog.protocol.fields import Blob, Raw, Records, Reserved, layout
from rnprog.protocol.frames import Frame
from rnprog.protocol.messages import REPLIES, REQUESTS, OutputEvent, Refused
from rnprog.protocol.opcodes import Opcode

DEVICE_ID = 0xA04F3DDE
LINK = 0x0007_0002


class Vector(NamedTuple):
    name: str
    direction: str
    raw: dict[str, Any]

    @property
    def wire(self) -> bytes:
        return bytes.fromhex(self.raw["wire"])

    @property
    def payload(self) -> bytes:
        return bytes.fromhex(self.raw["payload"])

    @property
    def fields(self) -> dict[str, Any]:
        fields: dict[str, Any] = self.raw["fields"]
        return fields

    @property
    def opcode(self) -> int:
        name = self.raw["opcode"]
        return int(name, 16) if name.startswith("0x") else Opcode[name]

    @property
    def frame(self) -> Frame:
        header = self.raw["header"]
        numbers = (header["device_id"], header["link_session"], header["sequence"], header.get("version", 1), 0)
        return Frame(self.opcode, self.payload, header["flags"], *numbers)

    @property
    def kind(self) -> type[Any]:
        """The message class its payload belongs to."""
        if self.direction in ("request", "version"):
            return REQUESTS[Opcode(self.opcode)]
        if self.direction == "reply":
            return REPLIES[Opcode(self.opcode)]
        return {"refusal": Refused, "event": OutputEvent}[self.direction]

    @property
    def message(self) -> Any:
        return build(self.kind, self.fields)


def build(kind: type[Any], fields: dict[str, Any]) -> Any:
    """A message from the names and notations of the vectors."""
    values: dict[str, Any] = {}
    for name, shape in layout(kind).kinds:
        if isinstance(shape, Reserved):
            continue
        if isinstance(shape, Raw | Blob):
            values[name] = bytes.fromhex(fields[name])
        elif isinstance(shape, Records):
            values[name] = tuple(build(shape.of, each) for each in fields[name if name in fields else "pairs"])
        else:
            values[name] = fields[name]
    return kind(**values)


def load() -> list[Vector]:
    path = Path(__file__).parents[1] / "vectors" / "rn1.jsonl"
    return [Vector(raw["name"], raw["direction"], raw) for raw in map(json.loads, path.read_text(encoding="utf-8").splitlines())]


VECTORS = load()
BY_NAME = {vector.name: vector for vector in VECTORS}
FRAMES = [vector for vector in VECTORS if vector.direction not in ("image", "noise")]
NOISE = [vector for vector in VECTORS if vector.direction == "noise"]
IMAGES = [vector for vector in VECTORS if vector.direction == "image"]
