"""The recorded frames of recorded.jsonl, as values a test can compare. Nothing here encodes."""

import json
from pathlib import Path
from typing import NamedTuple


class Pair(NamedTuple):
    mode: str
    name: str
    request: bytes
    response: bytes

    @property
    def bench(self) -> bool:
        return self.mode.startswith("DVT")


def load() -> list[Pair]:
    path = Path(__file__).with_name("recorded.jsonl")
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [Pair(row["mode"], row["name"], bytes.fromhex(row["req"]), bytes.fromhex(row["resp"])) for row in rows]


PAIRS = load()
