"""Load, decide, save: registers and cases at the store, their log lines, and what is removed when its time is over.
The handlers, the room asking and the app import from here.
It never decides a case itself, and never speaks to a person.
"""
