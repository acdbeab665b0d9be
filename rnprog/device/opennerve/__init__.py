"""OpenNerve Gen2 (docs/devices.md): an open implantable stimulator. Not affiliated with it, not endorsed by it, never tried on a board."""
