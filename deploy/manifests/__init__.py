"""The Kubernetes manifests as Python sees them: what is generated, rendered and checked."""
