"""One service's documents in MongoDB, and what waits there: timers, leases, sweeps, references.

Rooms above it and services may import it. Only `documents.py` knows the driver; nothing here knows a message broker.
"""
