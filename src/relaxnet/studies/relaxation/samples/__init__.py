"""Stored and streamed quartets as training samples."""
