"""How firmware says no: raise a Refusal before anything was changed. Knows only the numbers of the protocol."""

from __future__ import annotations

from rnprog.protocol.messages import Refused
from rnprog.protocol.opcodes import FieldId, RefusalCode


class Refusal(Exception):
    """Nothing was changed. `answer` is what goes on the wire."""

    def __init__(self, code: RefusalCode, field: FieldId = FieldId.NONE, limit: int = 0, value: int = 0) -> None:
        super().__init__(f"{code.name} {field.name} limit {limit} value {value}")
        self.answer = Refused(code, field, limit & 0xFFFF_FFFF, value & 0xFFFF_FFFF)
