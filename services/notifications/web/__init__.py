"""The addresses that others call: links in messages, and providers' receipts.
Only the app imports from here.
Looking at a link never changes anything: pressing its button does.
"""
