"""`make container-run`: the images built, and the manifests' own pods run in containers, for want of a cluster."""
