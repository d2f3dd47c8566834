"""A delivery's way: handed to one provider, once, and what became of it, from wherever that is heard.
The receipts, the app and what answers questions import from here.
It never decides who is told, or in which words.
"""
