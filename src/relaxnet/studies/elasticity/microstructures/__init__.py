"""Periodic two-phase images of several morphologies, at the volume fraction asked for."""
