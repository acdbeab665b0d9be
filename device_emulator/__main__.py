"""`rnprog-emulator`: the bundled device as a process of its own. Words, options and exit codes; everything else is elsewhere."""

from __future__ import annotations

import argparse
import errno
import gc
import json
import os
import signal
import socket
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from device_emulator.address import address_text, listen, parse_address
from device_emulator.faults import limited_on, parse_faults
from device_emulator.holder import holder_of
from device_emulator.host import Host
from device_emulator.later import parse_later
from device_emulator.listing import explain_json, explain_text, list_json, list_text
from device_emulator.opennerve import options as opennerve
from device_emulator.opennerve.host import OpenNerveHost
from device_emulator.people import parse_months
from device_emulator.port.url import parse_seed
from device_emulator.scenarios import scenario_named
from device_emulator.server import Line, PtyLine, Server, TcpLine
from device_emulator.store import StateBusy, StateDiffers, StateError, StateUnwritable
from device_emulator.tissue.person_file import read_person

OK, USAGE, BAD_STATE, CANNOT_WRITE, BUSY, NO_PERMISSION = 0, 2, 65, 73, 75, 77

_EXAMPLE = """\
example:
  rnprog-emulator --tcp 127.0.0.1:7411          then, elsewhere:  rnprog status --port socket://127.0.0.1:7411
  rnprog-emulator --pty --scenario left-open --truth truth.jsonl
  rnprog-emulator --list
"""


def main(argv: Sequence[str] | None = None) -> int:
    """The exit code: 0 ended by a signal or listed, 2 usage or another device than the state's, 65 damaged state, 73 state or ground truth
    cannot be written, 75 port, device or file in use, 77 not allowed."""
    options = _parser().parse_args(argv)
    if options.list:
        return _print(list_json() if options.json else list_text())
    if options.explain is not None:
        return _print(explain_json(options.explain) if options.json else explain_text(options.explain))
    if options.state is not None and options.truth is not None and options.state.resolve() == options.truth.resolve():
        return _fail(USAGE, f"--state and --truth name the same file, {options.state}: each needs its own.")
    try:
        return _serve(options)
    except StateBusy as error:
        return _fail(BUSY, f"{error}.")
    except StateDiffers as error:
        return _fail(USAGE, str(error))
    except StateUnwritable as error:
        return _fail(CANNOT_WRITE, str(error))
    except StateError as error:
        return _fail(BAD_STATE, str(error))
    except ValueError as error:
        return _fail(USAGE, str(error))
    except OSError as error:
        codes = {errno.EADDRINUSE: BUSY, errno.EACCES: NO_PERMISSION, errno.ENOSPC: CANNOT_WRITE}
        return _fail(codes.get(error.errno or 0, BAD_STATE), _in_words(error))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="rnprog-emulator",
        description="An emulated RN-1 device with a virtual patient. EMULATOR: nothing here touches a person.",
        epilog=_EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--tcp", metavar="HOST:PORT", type=_checked(parse_address), help="listen on this computer; port 0: any free one")
    where.add_argument("--pty", action="store_true", help="make a pseudo-terminal and print its path (the default)")
    parser.add_argument("--scenario", metavar="NAME", type=_checked(_scenario), help="see --list (healthy, or what --state holds)")
    parser.add_argument("--seed", metavar="N", type=_checked(parse_seed), help="which person and electrodes (0, or what --state holds)")
    parser.add_argument("--patient", metavar="FILE", default="", type=_checked(_patient), help="who the person is, TOML or JSON")
    parser.add_argument("--months", metavar="N", type=_checked(parse_months), help="months since activation; the device lived through them")
    parser.add_argument("--later", metavar="TIME", type=_checked(parse_later), default=0, help="how long after --state's last visit: 6mo")
    parser.add_argument("--state", metavar="FILE", type=_checked(_file), help="keep the device in this file")
    parser.add_argument("--faults", metavar="SPEC", default="", type=_checked(_faults), help="faults of the line, see --list")
    parser.add_argument("--fault-seed", metavar="N", type=_checked(parse_seed), help="chance of the faults (as --seed)")
    parser.add_argument("--truth", metavar="FILE", type=_checked(_file), help="append every change of output to this file")
    parser.add_argument("--bench", metavar="HOST:PORT", type=_checked(parse_address), help="bench channel (127.0.0.1, any free port)")
    parser.add_argument("--device", choices=("rn1", opennerve.NAME), default="rn1", help="which device (rn1)")
    opennerve.add_options(parser)
    parser.add_argument("--list", action="store_true", help="list scenarios and faults, and end")
    parser.add_argument("--explain", metavar="NAME", type=_checked(scenario_named), help="print what a scenario teaches, and end")
    parser.add_argument("--json", action="store_true", help="print JSON")
    return parser


def _serve(options: argparse.Namespace) -> int:
    line: Line
    for fault in limited_on(options.faults, "pty" if options.tcp is None else "tcp"):
        if fault.nothing_there:
            return _fail(USAGE, f"The fault {fault.name} is of no use here: {fault.limit}. Use --tcp.")
        print(f"rnprog-emulator: Note on the fault {fault.name}: {fault.limit}.", file=sys.stderr)
    if options.tcp is not None:
        line = TcpLine(_listen(options.tcp, "--tcp"))
    elif os.name == "posix":
        line = PtyLine()
    else:
        return _fail(USAGE, "There are no pseudo-terminals on this system: use --tcp 127.0.0.1:7411.")
    try:
        bench = _listen(options.bench or ("127.0.0.1", 0), "--bench")
    except OSError:
        line.close()
        raise
    try:
        host = _host(options)
    except (StateError, ValueError):
        line.close()
        bench.close()
        raise
    server = Server(host, line, bench)
    for number in (signal.SIGINT, signal.SIGTERM):  # before anybody can know that it runs
        signal.signal(number, lambda *_: server.stop())
    _announce(line, bench, host, as_json=options.json)
    gc.collect()
    gc.freeze()  # what is there now stays: no need to look through it again while a host waits
    try:
        server.run()
    finally:
        server.close()
        host.close()
    return OK


def _host(options: argparse.Namespace) -> Host | OpenNerveHost:
    if options.device == opennerve.NAME:
        if options.later or options.fault_seed is not None:
            raise ValueError("An emulated OpenNerve takes no --later and no --fault-seed.")
        return opennerve.host_from(options)
    return Host(
        options.scenario,
        options.seed,
        virtual=False,
        faults=options.faults,
        state=options.state,
        truth=options.truth,
        patient=options.patient,
        months=options.months,
        later_days=options.later,
        fault_seed=options.fault_seed,
    )


def _announce(line: Line, bench: socket.socket, host: Host | OpenNerveHost, *, as_json: bool) -> None:
    device, address = host.device, address_text(bench)
    url = f"{line.name}?bench={address}"
    answer = device.bench({"cmd": "hello"})
    if as_json:
        document: dict[str, Any] = {"schema": "rnprog-emulator.ready/1", **answer, "port": line.name, "bench": address, "url": url}
        print(json.dumps(document, separators=(",", ":")), flush=True)
    else:
        print(f"EMULATOR {answer['serial']} ({answer['scenario']}, seed {device.seed}) at {url}", flush=True)


def _checked(parse: Any) -> Any:
    """The parser's own sentence instead of argparse's."""

    def convert(text: str) -> Any:
        try:
            return parse(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from error

    return convert


def _scenario(text: str) -> str:
    return scenario_named(text).name


def _patient(text: str) -> str:
    if text:  # the default comes through here too
        read_person(Path(text))
    return text


def _file(text: str) -> Path:
    if not text:
        raise ValueError("It names no file.")
    return Path(text)


def _faults(text: str) -> str:
    parse_faults(text)
    return text


def _listen(address: tuple[str, int], option: str) -> socket.socket:
    """A listening socket; OSError names the option and the address."""
    try:
        return listen(address)
    except OSError as error:
        raise OSError(error.errno, error.strerror, f"{option} {address[0]}:{address[1]}") from error


def _in_words(error: OSError) -> str:
    if error.errno == errno.EADDRINUSE and isinstance(error.filename, str):
        port = int(error.filename.rpartition(":")[2])
        by = holder_of(port) or "another program"
        return f"The port of {error.filename} is in use by {by}. Choose another, or 0 for any free one."
    return f"The emulator cannot start: {error.strerror or error}."


def _print(text: str) -> int:
    """To standard output, and the exit code."""
    try:
        print(text, end="", flush=True)
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is left is lost, without a second complaint
        return OK if isinstance(error, BrokenPipeError) else _fail(CANNOT_WRITE, f"The answer cannot be written: {error.strerror}.")
    return OK


def _fail(code: int, text: str) -> int:
    print(f"rnprog-emulator: {text}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
