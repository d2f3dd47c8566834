"""What a service says of its own work: lines of log, numbers for Prometheus, traces.

Every room above it may import it; it imports contracts, time and writing.
It never changes what happens, and holds no personal data.
"""
