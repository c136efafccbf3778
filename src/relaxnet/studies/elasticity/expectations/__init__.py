"""Judgement of datasets of cells."""
