"""The one clock, and working days: instants in UTC, dates in Europe/London.

Everything may import it, and it imports nothing of ours. It never waits: that is the timers' (`store/timers.py`).
"""
