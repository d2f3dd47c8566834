"""What becomes of a received message: handled one by one or in bulk, retried, parked, replayed.

`running/` and the command line import it; it imports from messaging and below. It never knows what a message means.
"""
