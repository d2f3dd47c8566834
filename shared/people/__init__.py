"""One person across the services: by which names they are known, what is said to them, erasure, who has looked.

Services and the command line may import it; it imports from messaging and below.
It never keeps a name of somebody erased.
"""
