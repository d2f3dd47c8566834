"""What people open in a browser, and the HTTP API beneath it, with its document.
The app imports from here, and the command line what shows a draft; `make contracts` writes what `openapi.py` says.
It never decides: it hands to the store what it was given.
"""
