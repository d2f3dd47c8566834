"""What may be said, by whom and to whom, and saying it: topology, rights, the publisher and the outbox.

Rooms above it and services may import it. It never handles a message that was heard: that is `hearing/`.
"""
