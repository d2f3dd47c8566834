"""The version of the software: in every log line, in the metrics, and of the package."""

VERSION = "0.1.0"
