"""A Modbus RTU server on a serial port at 115,200 baud: the reference for a typed request and reply. Usage: modbus.py PORT"""

import sys

from pymodbus.server import StartSerialServer
from pymodbus.simulator import DataType, SimData, SimDevice

StartSerialServer(
    SimDevice(1, simdata=[SimData(0, values=list(range(32)), datatype=DataType.REGISTERS)]), port=sys.argv[1], baudrate=115_200
)
