"""The file of one child's case and its notices: states, entries, dates, and where all of it stands.
Everything that decides, tells or keeps a case may import from here; it imports from attendance alone.
Pure: it never decides what a message does, and never asks the store.
"""
