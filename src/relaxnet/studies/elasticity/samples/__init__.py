"""Cells as training samples."""
