"""What came of a survey: counts with small numbers protected, rates, comments, themes, the ledger, the report.
The store, the pages and the command line import from here.
Pure: it never shows what protection hides, and never asks the store.
"""
