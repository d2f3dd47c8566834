"""One service's documents at MongoDB, and what rests there until its time: timers, leases, sweeps, references.

Rooms above it and services may import it. Only documents, outboxes and writes know the driver; none knows a broker.
"""
