"""How the system is run: the local stack, and later images and manifests."""
