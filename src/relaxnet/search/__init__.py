"""Hyper-parameter search with Optuna: resumable, reproducible, pruned."""
