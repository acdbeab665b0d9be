"""What a device may hold that bends what it stores (faults quantise, clamp): worked out from the spec, so that nothing else passes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial

from device_emulator.faults import parse_faults
from device_emulator.firmware.image import build_image, parse_image
from device_emulator.firmware.refusal import Refusal

GRID_UA = 100


def bent(images: Iterable[bytes], spec: str) -> set[bytes]:
    """These images, and each of them as the faults of the spec may have left it."""
    ways = list(_ways(spec))
    found = set(images)
    waiting = list(found)
    while waiting and ways:
        image = waiting.pop()
        for way in ways:
            other = _with_amplitudes(image, way)
            if other not in found:
                found.add(other)
                waiting.append(other)
    return found


def _ways(spec: str) -> Iterator[Callable[[int], int]]:
    for fault in parse_faults(spec):
        grid_ua = int(fault.number) // GRID_UA * GRID_UA
        if fault.name == "quantise":
            yield partial(_to_steps, max(GRID_UA, grid_ua))
        elif fault.name == "clamp":
            yield partial(min, grid_ua)


def _to_steps(step_ua: int, amplitude_ua: int) -> int:
    return (amplitude_ua + step_ua // 2) // step_ua * step_ua


def _with_amplitudes(image: bytes, way: Callable[[int], int]) -> bytes:
    try:
        program = parse_image(image)
    except Refusal:
        return image
    return build_image(replace(program, sides=tuple(replace(side, amplitude_ua=way(side.amplitude_ua)) for side in program.sides)))
