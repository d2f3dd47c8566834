"""Who is told what: one intent for each event and rule, and its deliveries, until they may be sent.
The rooms that send, run circulars and answer questions import from here.
It never speaks to a provider.
"""
