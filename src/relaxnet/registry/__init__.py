"""The model registry: the best candidate becomes a version with an alias, and can be loaded by it."""
