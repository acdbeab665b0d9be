"""Draws what a command really printed on a terminal as an SVG. Usage: python docs/pictures/terminal.py OUT.svg WIDTH COMMAND..."""

import fcntl
import io
import os
import pty
import re
import struct
import sys
import termios
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

THEME = TerminalTheme(
    (16, 20, 28),
    (222, 226, 232),
    [(60, 64, 72), (255, 138, 91), (86, 180, 233), (240, 228, 66), (86, 180, 233), (204, 121, 167), (86, 180, 233), (222, 226, 232)],
)
FORMAT = """<svg viewBox="-12 -8 WIDTH HEIGHT" xmlns="http://www.w3.org/2000/svg" xml:space="preserve">
<style>.{unique_id}-matrix {{ font-family: "DejaVu Sans Mono", Menlo, Consolas, monospace; font-size: {char_height}px;
line-height: {line_height}px; font-variant-east-asian: full-width; }}
{styles}</style>
<defs><clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}"/></clipPath>{lines}</defs>
<rect fill="#10141c" x="-12" y="-8" width="WIDTH" height="HEIGHT" rx="8"/>
<g clip-path="url(#{unique_id}-clip-terminal)" data-size="{terminal_width} {terminal_height}">
{backgrounds}<g class="{unique_id}-matrix">{matrix}</g></g></svg>
"""


def captured(width: int, command: list[str]) -> str:
    """What the command printed, with its colours."""
    child, master = pty.fork()
    if child == 0:
        os.environ.update(TERM="xterm-256color", COLORTERM="truecolor", COLUMNS=str(width), LINES="60")
        os.execvp(command[0], command)
    fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", 60, width, 0, 0))
    shown = b""
    while True:
        try:
            part = os.read(master, 4096)
        except OSError:
            break
        if not part:
            break
        shown += part
    os.waitpid(child, 0)
    return shown.decode().replace("\r\n", "\n").rstrip()


def main() -> None:
    """Run, record, draw."""
    out, width, *command = sys.argv[1:]
    console = Console(record=True, width=int(width), file=io.StringIO(), force_terminal=True, color_system="truecolor")
    console.print(Text.from_ansi("$ " + " ".join([Path(command[0]).name, *command[1:]]) + "\n" + captured(int(width), command)))
    svg = console.export_svg(theme=THEME, code_format=FORMAT, unique_id="rn").replace("&#160;", " ")
    wide, high = re.findall(r'data-size="([\d.]+) ([\d.]+)"', svg)[0]
    size = str(float(wide) + 24), str(float(high) + 28)
    Path(out).write_text(svg.replace("WIDTH", size[0]).replace("HEIGHT", size[1]), encoding="utf-8")


main()
