"""Joins two pseudo-terminals into one cable with a serial port at each end. Prints both ports, then serves."""

import os
import pty
import select
import tty

pairs = [pty.openpty() for _ in range(2)]
for _, slave in pairs:
    tty.setraw(slave)
print(*(os.ttyname(slave) for _, slave in pairs), flush=True)
near, far = (master for master, _ in pairs)
while True:
    for ready in select.select([near, far], [], [])[0]:
        os.write(far if ready == near else near, os.read(ready, 4096))
