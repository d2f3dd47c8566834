"""`make container-run`: the images built and the manifests' own pods run in containers, where no cluster is to be had."""
