"""How somebody can be reached, and what it costs: addresses and phone numbers in one form, the parts of a text.
Every other room may import from here; it imports from none of them.
Pure: it never asks the store or a provider.
"""
