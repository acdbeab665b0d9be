"""Three themes, by meaning: every colour has a name that says what it means, and a test computes the contrast of each pair in use.

Blue, yellow and orange (on light: blue, brown and purple) tell states apart, never red and green; red is kept for STOP and alarms. The
words and shapes beside a colour always say the same.
"""

from __future__ import annotations

from textual.theme import Theme

DARK = {
    "page": "#10141C",
    "raised": "#1B222E",
    "ink": "#E8ECF2",
    "quiet": "#A7B1C0",
    "line": "#3A4557",
    "ok": "#56B4E9",
    "caution": "#F0E442",
    "refused": "#FF8A5B",
    "stale": "#98A2B0",
    "running": "#56B4E9",
    "alarm": "#B00020",
    "on-alarm": "#FFFFFF",
    "on-mark": "#10141C",
    "emulator": "#F0E442",
    "device": "#E8ECF2",
}
LIGHT = {
    "page": "#F7F8FA",
    "raised": "#E6EAF0",
    "ink": "#161B24",
    "quiet": "#48525F",
    "line": "#B4BDC9",
    "ok": "#0052CC",
    "caution": "#665200",
    "refused": "#99005C",
    "stale": "#58616E",
    "running": "#0052CC",
    "alarm": "#B00020",
    "on-alarm": "#FFFFFF",
    "on-mark": "#FFFFFF",
    "emulator": "#665200",
    "device": "#161B24",
}
CONTRAST = {
    "page": "#000000",
    "raised": "#141414",
    "ink": "#FFFFFF",
    "quiet": "#E0E0E0",
    "line": "#8C8C8C",
    "ok": "#7CCBFF",
    "caution": "#FFF04D",
    "refused": "#FFA27A",
    "stale": "#C4C4C4",
    "running": "#7CCBFF",
    "alarm": "#8F0019",
    "on-alarm": "#FFFFFF",
    "on-mark": "#000000",
    "emulator": "#FFF04D",
    "device": "#FFFFFF",
}
COLOURS = {"rnprog-dark": DARK, "rnprog-light": LIGHT, "rnprog-contrast": CONTRAST}
DEFAULT = "rnprog-dark"

TEXTS = ("ink", "quiet", "ok", "caution", "refused", "stale", "running", "emulator", "device")
"""Written on `page` and on `raised`."""
MARKS = ("ok", "caution", "refused", "running", "emulator", "device")
"""Behind text in `on-mark`."""


def theme(name: str) -> Theme:
    """One of them, as Textual wants it."""
    colours = COLOURS[name]
    return Theme(
        name=name,
        primary=colours["ok"],
        secondary=colours["quiet"],
        warning=colours["caution"],
        error=colours["refused"],
        success=colours["ok"],
        accent=colours["ok"],
        foreground=colours["ink"],
        background=colours["page"],
        surface=colours["raised"],
        panel=colours["raised"],
        dark=name != "rnprog-light",
        variables={
            **colours,
            "border": colours["ok"],
            "border-blurred": colours["line"],
            "block-cursor-foreground": colours["on-mark"],
            "block-cursor-background": colours["ok"],
            "input-cursor-background": colours["ink"],
            "input-selection-background": f"{colours['ok']} 30%",
            "scrollbar": colours["line"],
            "scrollbar-hover": colours["quiet"],
            "scrollbar-active": colours["ok"],
            "scrollbar-background": colours["page"],
            "scrollbar-corner-color": colours["page"],
            "footer-background": colours["raised"],
        },
    )


def luminance(colour: str) -> float:
    """Relative luminance after WCAG 2.2, of #RRGGBB."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio after WCAG 2.2, 1 to 21."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)
