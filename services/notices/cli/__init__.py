"""The notices service's part of the command line: for the duty line, for officers, and for whoever sets it up.
Only the table of commands (`services/cli.py`) and the papers of all services import from here.
It never writes to a store: what changes something is sent as a command.
"""
