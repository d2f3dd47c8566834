"""One person across the services: their names and ids, invitations for their diary, erasure, the audit trail.

Services and the command line may import it; it imports from messaging and below.
It never keeps the name of an erased person.
"""
