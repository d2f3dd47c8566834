"""The providers that carry messages: our mail server, GOV.UK Notify, Sinch; which is next, how fast, how each is doing.
The room `sending` imports what a provider is given and may answer (`outcomes.py`).
It never decides who is told, and never moves a delivery.
"""
