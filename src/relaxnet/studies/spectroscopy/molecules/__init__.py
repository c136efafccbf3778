"""Molecules and where they come from: QM9, folders of .xyz files, one block of text."""
