"""A survey as it runs: officers' decisions, reminders, invitations, and answers from the first saved word to the end.
The results and the store import from here; it imports from the questionnaire only.
Pure: it never asks the store, and never adds answers up.
"""
