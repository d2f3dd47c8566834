"""Which version of the software this is: in every line of log, in the metrics, and of the package."""

VERSION = "0.1.0"
