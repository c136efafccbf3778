"""Metrics, verdicts and figures of trained models; nothing here knows which study it serves."""
