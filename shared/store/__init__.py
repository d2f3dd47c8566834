"""One service's documents in MongoDB, and what waits there: timers, leases, sweeps, references.

Rooms above it and services may import it. Only documents, outboxes and writes know the driver; none knows a broker.
"""
