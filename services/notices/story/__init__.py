"""What is told of a case: the story, its page, what comes next, what waits, the court's bundle, the returns.
The room asking and the command line import from here.
Pure: it never changes a case and never asks the store.
"""
