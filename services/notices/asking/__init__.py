"""What people ask of the notices service: a case explained, the day's list, whom somebody means, numbers for gauges.
The command line and the app import from here.
It reads, and never changes anything.
"""
