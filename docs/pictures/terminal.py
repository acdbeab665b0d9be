"""Draws what a command really printed on a terminal as an SVG. Usage: python docs/pictures/terminal.py OUT.svg WIDTH COMMAND..."""

import fcntl
import io
import os
import pty
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
FORMAT = """<svg viewBox="0 0 {terminal_width} {terminal_height}" xmlns="http://www.w3.org/2000/svg">
<style>.{unique_id}-matrix {{ font-family: "DejaVu Sans Mono", Menlo, Consolas, monospace; font-size: {char_height}px;
line-height: {line_height}px; font-variant-east-asian: full-width; }}
{styles}</style>
<defs><clipPath id="{unique_id}-clip-terminal"><rect x="0" y="0" width="{terminal_width}" height="{terminal_height}"/></clipPath>{lines}</defs>
<rect fill="#10141c" width="{terminal_width}" height="{terminal_height}" rx="8"/>
<g transform="translate(9, 9)" clip-path="url(#{unique_id}-clip-terminal)">{backgrounds}<g class="{unique_id}-matrix">{matrix}</g></g></svg>
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
    Path(out).write_text(console.export_svg(theme=THEME, code_format=FORMAT, unique_id="rn"), encoding="utf-8")


main()
