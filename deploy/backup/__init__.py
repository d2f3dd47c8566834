"""`python -m deploy.backup`: a copy of every database as of one moment, and the way back."""
