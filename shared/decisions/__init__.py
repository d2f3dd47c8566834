"""One way to decide: what every decision is made with, and how a message has its say at the store, once.

`people/` and services import it; it imports from messaging and below. It never knows what is decided, nor of what.
"""
