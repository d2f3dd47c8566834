"""What people ask of the notifications service: what was sent, what is held of somebody and may be erased, gauges.
The command line and the app import from here.
It never sends anything; the only thing it changes is what it erases.
"""
