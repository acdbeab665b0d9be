"""OpenNerve Gen2's wire: frames, parameters, log lines, advertisement and signature. Pure, like everything on this floor.

Written from published facts about the OpenNerve IPG (USC CARSS and others, CC-BY 4.0; docs/devices.md). Not affiliated with OpenNerve, not
endorsed by it, and never tried on a board: the recorded frames in the tests come from its firmware run on a computer.
"""
