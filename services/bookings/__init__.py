"""Network meetings and webcasts: places, waiting lists and who came."""
