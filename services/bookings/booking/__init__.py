"""One person's booking: what was decided about it, what falls due, the register, and what the person is told.
The store, the pages and the command line import from here; it imports from places only.
Pure: it never decides who gets a place, and never asks the store.
"""
