"""The package pyserial looks into for `emu://`: append "device_emulator.port" to serial.protocol_handler_packages."""
