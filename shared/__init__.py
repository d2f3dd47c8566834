"""What every service shares, in rooms: each `__init__.py` says what is in it. Imports run downwards only."""
