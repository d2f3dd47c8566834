"""Sending a delivery: given to one provider, once, and what became of it, from wherever that is reported.
The receipts, the app and the room `asking` import from here.
It never decides who is told, or the words.
"""
