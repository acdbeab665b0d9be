"""Every message there is, and hypothesis strategies for them, read from their declared layouts."""

from typing import Any

from hypothesis import strategies as st

from rnprog.protocol.fields import Blob, Integer, Raw, Records, Reserved, Text, layout
from rnprog.protocol.frames import Frame
from rnprog.protocol.image import ProgramImage
from rnprog.protocol.messages import REPLIES, REQUESTS, LogEntry, OutputEvent, Pair, PairReading, Refused

PARTS = (Pair, PairReading, LogEntry)
MESSAGES: list[type[Any]] = [*REQUESTS.values(), *REPLIES.values(), Refused, OutputEvent, *PARTS, ProgramImage]

_PRINTABLE = st.characters(min_codepoint=0x20, max_codepoint=0x7E)
_U8, _U32 = st.integers(0, 0xFF), st.integers(0, 0xFFFF_FFFF)


def values(shape: object) -> st.SearchStrategy[Any]:
    match shape:
        case Integer(_, minimum, maximum):
            return st.integers(minimum, maximum) | st.sampled_from((minimum, maximum))
        case Text(size):
            return st.text(_PRINTABLE, max_size=size)
        case Raw(size):
            return st.binary(min_size=size, max_size=size)
        case Blob(minimum, maximum):
            return st.binary(min_size=minimum, max_size=maximum)
        case Records(of, _, minimum, maximum):
            return st.lists(messages(of), min_size=minimum, max_size=min(maximum, 49)).map(tuple)
    raise AssertionError(shape)


def messages(kind: type[Any]) -> st.SearchStrategy[Any]:
    fields = {name: values(shape) for name, shape in layout(kind).kinds if not isinstance(shape, Reserved)}
    return st.builds(kind, **fields)


def any_message() -> st.SearchStrategy[Any]:
    return st.sampled_from(MESSAGES).flatmap(messages)


def frames() -> st.SearchStrategy[Frame]:
    return st.builds(Frame, _U8, st.binary(max_size=64), _U8, _U32, _U32, _U32, _U8, _U8)
