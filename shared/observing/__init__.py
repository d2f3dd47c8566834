"""What a service reports about its own work: log lines, metrics for Prometheus, traces.

Every room above it may import it; it imports contracts, time and writing.
It never changes what happens, and holds no personal data.
"""
