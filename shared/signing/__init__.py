"""Who decides, and the proof: credentials, signatures, and which commands need one.

`hearing/`, `running/`, the command line and services may import it. It never keeps a person's own key.
"""
