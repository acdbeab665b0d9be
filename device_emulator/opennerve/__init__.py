"""An emulated OpenNerve Gen2: the published behaviour of its firmware, quirks included, with the bundled patient behind its contacts.

Written from published facts (OpenNerve IPG, USC CARSS and others, CC-BY 4.0; docs/devices.md).
Not affiliated, no endorsement, no board tried.
"""
