"""What becomes of a message that is heard: taken, one by one or in bulk, tried again, parked, brought back.

`running/` and the command line import it; it imports from messaging and below. It never knows what a message means.
"""
