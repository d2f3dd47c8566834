"""The file of one child's case and its notices: states, entries and dates, and how each stands now.
Everything that decides, shows or stores a case may import from here; it imports from attendance only.
Pure: it never decides what a message does, and never asks the store.
"""
