"""The least that could be done with a STOP key: a process that has nothing else to do passes it on.

What is left is the terminal and the machine.

`pass_on.py PORT DIRECTORY READY`, as `loaded_tui.py`.
"""

from __future__ import annotations

import os
import socket
import sys
import tty

from rnprog.protocol.connection import STOP_FRAME

if __name__ == "__main__":
    port, _, ready = sys.argv[1:]
    host, _, number = port.removeprefix("socket://").rpartition(":")
    tty.setraw(0)
    with socket.create_connection((host, int(number))) as line:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while True:
            os.write(int(ready), b".")
            os.read(0, 64)
            line.sendall(STOP_FRAME)
            line.recv(4096)
