"""`rnprog profile verify PATH...` without the command line's libraries, which take longer to load than a file to verify.

Only the plainest requests are understood here; everything else, help and usage errors among it, is left to the full command line, which has
the same words and does the same work (a test compares).
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from rnprog.commands.profile_reports import Format

_SWITCHES = {"--json": "json", "--quiet": "quiet", "-q": "quiet", "--plain": "plain", "--no-input": "no_input", "--no-cache": "no_cache"}
_WITH_VALUE = ("--format", "--jobs", "--limits")
_FORMATS = {each.value: each for each in Format}


def attempt(words: list[str]) -> int | None:
    """The exit code; `None` when the words are not understood here and nothing was decided."""
    understood = _understood(words)
    if understood is None:
        return None
    paths, given = understood
    from rnprog.commands.profile_batch import Request, carry_out

    chosen = given.get("--format") or ("github" if os.environ.get("GITHUB_ACTIONS") == "true" else "text")
    capabilities = None
    if "--limits" in given:
        from rnprog.profile.capabilities_json import LimitsError, capabilities_from_file

        try:
            capabilities = capabilities_from_file(Path(given["--limits"]))
        except LimitsError:
            return None
    request = Request(
        paths,
        capabilities,
        written=_FORMATS[chosen],
        jobs=int(given["--jobs"]) if "--jobs" in given else None,
        remember="no_cache" not in given,
        quiet="quiet" in given,
        json="json" in given or chosen == "json",
    )
    try:
        code = carry_out(request, sys.stdout)
        sys.stdout.flush()
    except KeyboardInterrupt:
        from rnprog.commands.output import give_up

        give_up(OSError())
        print("Interrupted. Nothing was changed; what was not verified yet is unknown. Start it again.", file=sys.stderr)
        return 130
    except OSError as error:
        from rnprog.commands.output import give_up

        sentence = give_up(error)
        if not isinstance(error, BrokenPipeError):
            print(sentence, file=sys.stderr)
        return 141
    except Exception:  # noqa: BLE001 - the full command line meets the same bug, and tells it as it tells every bug
        return None
    return code


def _understood(words: list[str]) -> tuple[tuple[str, ...], dict[str, str]] | None:
    paths: list[str] = []
    given: dict[str, str] = {}
    waiting = iter(words)
    for word in waiting:
        name, equals, value = word.partition("=")
        if word in _SWITCHES:
            given[_SWITCHES[word]] = "yes"
        elif name in _WITH_VALUE:
            given[name] = value if equals else next(waiting, "")
        elif word.startswith("-") or not word:
            return None
        else:
            paths.append(word)
    jobs = given.get("--jobs", "1")
    simple = (
        given.get("--format", "text") in _FORMATS
        and given.get("--limits", "-")
        and jobs.isascii()
        and jobs.isdigit()
        and len(jobs) <= 2
        and 1 <= int(jobs) <= 64
    )
    return (tuple(paths), given) if paths and simple else None
