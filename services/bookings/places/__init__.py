"""Who gets a place at a meeting: what people and hosts ask for, and what the meeting decides by its rules.
Every other room may import from here; it imports from none of them.
Pure: it knows nobody's name, and never asks the store.
"""
