"""Which messages exist, who may publish and receive them, and publishing: topology, rights, publisher, outbox.

Rooms above it and services may import it. It never handles a received message: that is `hearing/`.
"""
