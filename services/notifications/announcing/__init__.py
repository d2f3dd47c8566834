"""From an event to the deliveries that tell of it: what is said is settled, held or told, and to whom it goes.
The app and the handlers import from here.
It never sends anything, nor writes the words.
"""
