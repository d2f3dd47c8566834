"""How a service is built and run: consumers, bulk paths, timers, outboxes, health and metrics, in one call.

A service's `app.py` and `settings.py` import it, and nothing else does but tools. It never holds a rule of the domain.
"""
