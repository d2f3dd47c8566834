"""The parts of the command line that belong to no service: sending, watching, parked messages, the clock."""
