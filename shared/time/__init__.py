"""The one clock, and working days: instants in UTC, dates in Europe/London.

Everything may import it, and it imports nothing of ours. It never waits: timers do (`store/timers.py`).
"""
