"""Load, decide, save: surveys, invitations, answers and their mixing at the store; and reading them.
The handlers, the pages, the command line and the app import from here.
It never decides what an answer or a result is, and never writes a page.
"""
