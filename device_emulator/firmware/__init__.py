"""RN-1's firmware: what the reference device does with a request and with time. Knows the wire's messages, not the line, not the
patient.
"""
