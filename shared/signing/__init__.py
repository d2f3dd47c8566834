"""Who decides, and the proof of it: credentials, signatures, and which commands want one.

`hearing/`, `running/`, the command line and services may import it. It never keeps a person's own key.
"""
