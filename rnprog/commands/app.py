"""The command line itself. Owns parsing, the lazy group and usage errors; a command's module is imported only when its turn comes."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from rnprog.commands.catalogue import COMMANDS, GROUPS, Entry, Group
from rnprog.commands.helping import Help
from rnprog.commands.options import Given, everywhere
from rnprog.commands.showable import safe

NAME = "rnprog"
_USAGE = 2


class Command(Help, TyperCommand):
    """A command."""


class LazyGroup(Help, TyperGroup):
    """Knows its commands by the catalogue; `word` is the group's own name, empty for the root."""

    def __init__(self, *, word: str = "", **attributes: Any) -> None:
        super().__init__(**attributes)
        self.word = word
        for listed in _listed(word):
            name = listed.name.rpartition(" ")[2]
            self.commands[name] = Command(
                name, help=listed.help, short_help=listed.help, rich_help_panel=listed.panel, rich_markup_mode=None
            )

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Replaces the place-holder by the real command. Suggests the nearest name for an unknown one."""
        name, _, rest = super().resolve_command(ctx, args)
        return name, _load(f"{self.word} {name}".strip(), ctx.find_root().command), rest


def _listed(word: str) -> Sequence[Entry | Group]:
    if word:
        return [entry for entry in COMMANDS if entry.name.startswith(word + " ")]
    groups = {group.name: group for group in GROUPS}
    found: dict[str, Entry | Group] = {}
    for entry in COMMANDS:
        first = entry.name.partition(" ")[0]
        found.setdefault(first, groups.get(first, entry))
    return list(found.values())


def _load(name: str, root: Any) -> TyperCommand | TyperGroup:
    """The command or group of that name, with the global options of the root."""
    for group in GROUPS:
        if group.name == name:
            return LazyGroup(word=name, name=name, help=group.help, params=_shared(root), rich_markup_mode=None, no_args_is_help=True)
    entry = next(entry for entry in COMMANDS if entry.name == name)
    from rnprog.commands.context import guarded

    module, _, function = entry.where.partition(":")
    single = typer.Typer(add_completion=False, rich_markup_mode=None)
    single.command(name.rpartition(" ")[2], cls=Command)(guarded(entry.name, getattr(import_module(module), function)))
    command = typer.main.get_command(single)
    command.params.extend(_shared(root))
    return command  # type: ignore[return-value]


def _shared(root: Any) -> list[Any]:
    return [param for param in root.params if not param.expose_value and param.name not in ("install_completion", "show_completion")]


def command_line() -> Any:
    """The root command."""
    root = typer.Typer(
        cls=LazyGroup,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        pretty_exceptions_show_locals=False,
        no_args_is_help=True,
        context_settings={"help_option_names": ["--help", "-h"]},
        help=_ABOUT,
    )
    root.callback()(everywhere)
    return typer.main.get_command(root)


_ABOUT = """Programmer for restorative neurostimulation of the multifidus.

$ rnprog demo --fast

$ rnprog --port emu:// status

$ rnprog --port /dev/ttyACM0 stop

Research software. Not a medical device. Never tried on physical hardware.
"""


def main(argv: Sequence[str], stop_now: Callable[..., int]) -> int:
    """Run one command; its exit code. `stop_now` is the fast path of `rnprog stop`."""
    given = Given(stop_now)
    try:
        ended = command_line().main(args=list(argv), prog_name=NAME, standalone_mode=False, obj=given)
    except typer.TyperException as error:
        return _usage(argv, error)
    except typer.Abort:
        ended = 130
    if given.ended is not None:
        return given.ended
    return ended if isinstance(ended, int) else 0


def _usage(argv: Sequence[str], error: typer.TyperException) -> int:
    """A usage error: one sentence and where help is, on stderr; with --json an object on stdout too."""
    text = safe(_plainly(" ".join(error.format_message().split())))
    if "--json" in argv:
        sentence = text if type(error).__name__ != "NoArgsIsHelpError" else "A command is missing."
        print(json.dumps({"schema": "rnprog.error/1", "ok": False, "code": _USAGE, "reasons": [{"kind": "usage", "text": sentence}]}))
    if type(error).__name__ == "NoArgsIsHelpError":
        print(error.format_message(), file=sys.stderr)
        return _USAGE
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else NAME
    print(f"{text}\nTry: {path} --help", file=sys.stderr)
    return _USAGE


_PLAINLY = (
    (re.compile(r"Value error, "), ""),
    (re.compile(r"Input should be greater than or equal to (\S+)"), r"It must be \1 or more."),
    (re.compile(r"Input should be less than or equal to (\S+)"), r"It must be \1 or less."),
    (re.compile(r"Input should be a valid integer.*"), "It must be a whole number."),
)


def _plainly(text: str) -> str:
    """Without the words that the parser's own library uses."""
    for pattern, instead in _PLAINLY:
        text = pattern.sub(instead, text)
    return text
