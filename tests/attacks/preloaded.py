"""What a pair of processes needs, loaded once in the server that they are forked from."""

import device_emulator.__main__
import rnprog.commands.app
import rnprog.commands.context
import rnprog.commands.session
import rnprog.commands.titrate
import rnprog.entry
import rnprog.session.appointment
import rnprog.session.wiring
import rnprog.tui.running
import tests.attacks.calls_on_a_terminal
import tests.attacks.kills_apart
import tests.attacks.lease
import tests.attacks.signals
import tests.attacks.signals_at_terminals

__all__ = ["device_emulator", "rnprog", "tests"]
