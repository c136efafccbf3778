"""The model registry: the best candidate becomes a version with an alias, and can be loaded by it."""

from .register import Candidate, Registered, load, register_best, resolve

__all__ = ["Candidate", "Registered", "load", "register_best", "resolve"]
