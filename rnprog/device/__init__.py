"""The hands. Ports, links and drivers: everything that knows how to reach a device; nothing that knows why."""
