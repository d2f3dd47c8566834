"""One service's documents at MongoDB, and what rests there until its time: timers, leases, sweeps, references.

Rooms above it and services may import it. Only `documents.py` knows the driver; none of it knows a message broker.
"""
