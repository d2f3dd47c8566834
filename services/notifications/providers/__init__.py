"""Those who carry messages: our mail server, GOV.UK Notify, Sinch; whose turn it is, how fast, and how each stands.
The room sending imports what a provider is given and may answer (`outcomes.py`).
It never decides who is told, and never moves a delivery.
"""
