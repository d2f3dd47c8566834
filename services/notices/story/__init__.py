"""What people read about a case: the story, its page, what comes next, what waits, the court bundle, the returns.
The room asking and the command line import from here.
Pure: it never changes a case and never asks the store.
"""
