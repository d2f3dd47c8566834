"""Alert rules for Prometheus, and their unit tests."""
