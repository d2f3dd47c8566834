"""Load, decide, save: meetings, their bookings and who came, at the store; and reading them.
The handlers, the pages, the command line and the app import from here.
It never decides a place itself, and never writes a page.
"""
