"""How a service is built and run: consumers, bulk paths, timers, outboxes, health and metrics, in one call.

Only a service's `app.py` and `settings.py`, and tools, import it. It never holds a rule of the domain.
"""
