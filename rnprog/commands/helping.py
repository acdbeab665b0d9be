"""How help looks: examples first, then usage, text, options by panel. Plain lines of at most 80 columns, the same for a screen reader."""

from __future__ import annotations

import inspect
from typing import Any

from rnprog.commands.options import EVERYWHERE

_WIDTH = 78
_LEFT = 28


class Help:
    """Mixed into commands and groups before Typer's classes, whose `format_help` it replaces."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Writes the help into the formatter."""
        formatter.width = min(formatter.width, _WIDTH)
        text, examples = _split(getattr(self, "help", None) or "")
        if examples:
            formatter.write("Examples:\n" + "".join(f"  {_wrapped(example)}\n" for example in examples) + "\n")
        formatter.write_usage(ctx.command_path, " ".join(_usage_pieces(self, ctx)))
        for paragraph in text:
            formatter.write_paragraph()
            formatter.write_text(paragraph)
        _parameters(self, ctx, formatter)
        _commands(self, ctx, formatter)


def _split(text: str) -> tuple[list[str], list[str]]:
    """Paragraphs, and the examples among them."""
    paragraphs, examples = [], []
    for block in inspect.cleandoc(text).split("\n\n"):
        lines = [line for line in block.splitlines() if line.strip()]
        shown = [line[2:] for line in lines if line.startswith("$ ")]
        rest = " ".join(line.strip() for line in lines if not line.startswith("$ "))
        examples += shown
        if rest:
            paragraphs.append(rest)
    return paragraphs, examples


def _wrapped(example: str) -> str:
    """An example that is too long goes on in the next line, in a way that can still be pasted into a shell."""
    room = _WIDTH - 4
    if len(example) <= room:
        return example
    at = example.rfind(" ", 0, room)
    return f"{example[:at]} \\\n      {_wrapped(example[at + 1 :])}"


def _usage_pieces(command: Any, ctx: Any) -> list[str]:
    pieces = ["[OPTIONS]"]
    for param in command.get_params(ctx):
        if param.param_type_name == "argument":
            pieces.append(_argument(param))
    return [*pieces, command.subcommand_metavar] if hasattr(command, "subcommand_metavar") else pieces


def _argument(param: Any) -> str:
    name = (param.metavar or param.name or "").upper()
    name += "..." if param.nargs != 1 else ""
    return name if param.required else f"[{name}]"


def _parameters(command: Any, ctx: Any, formatter: Any) -> None:
    panels: dict[str, list[tuple[str, str]]] = {"Arguments": [], "Options": []}
    for param in command.get_params(ctx):
        if getattr(param, "hidden", False):
            continue
        if param.param_type_name == "argument":
            panels["Arguments"].append((_argument(param).strip("[]"), param.help or ""))
        else:
            panel = getattr(param, "rich_help_panel", None) or "Options"
            panels.setdefault(panel, []).append((_names(param, ctx), _says(param)))
    everywhere = panels.pop(EVERYWHERE, [])
    for title, rows in panels.items():
        _write(formatter, title, rows)
    if ctx.parent is None:
        _write(formatter, EVERYWHERE, everywhere)
    elif everywhere:
        names = ", ".join(name.split("  ")[0] for name, _ in everywhere)
        formatter.write_paragraph()
        formatter.write_text(f"{EVERYWHERE} (see rnprog --help): {names}.")


def _names(param: Any, ctx: Any) -> str:
    names = [*param.opts, *param.secondary_opts]
    long_first = sorted(names, key=lambda name: not name.startswith("--"))
    shown = "/".join(long_first) if param.secondary_opts else ", ".join(long_first)
    if param.is_flag or param.count:
        return shown
    return f"{shown} {param.metavar or param.display_type(ctx).strip('<>').upper()}"


def _says(param: Any) -> str:
    text: str = param.help or ""
    default = param.default
    if param.required:
        return f"{text} Required."
    if param.show_default and default is not None and not param.is_flag and not callable(default):
        return f"{text} Default: {getattr(default, 'value', default)}."
    return text


def _commands(command: Any, ctx: Any, formatter: Any) -> None:
    if not hasattr(command, "list_commands"):
        return
    panels: dict[str, list[tuple[str, str]]] = {}
    for name in command.list_commands(ctx):
        listed = command.get_command(ctx, name)
        panels.setdefault(listed.rich_help_panel or "Commands", []).append((name, listed.short_help or ""))
    for title, rows in panels.items():
        _write(formatter, title, rows)


def _write(formatter: Any, title: str, rows: list[tuple[str, str]]) -> None:
    if rows:
        with formatter.section(title):
            formatter.write_dl(rows, col_max=_LEFT)
