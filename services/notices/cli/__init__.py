"""The notices service's part of the command line: for the duty line, for officers, and for whoever sets it up."""
