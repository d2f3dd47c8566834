"""Which sessions count for a child, and whether they meet the national threshold.
Marks, school weeks, school age, the code of conduct and the evidence: every other room may import from here.
Pure: it never asks the store, never reads the clock, and knows nothing of cases.
"""
