"""Estimates for anyone: tidy tables of measured scans in; parameters, standard deviations and flags out.

What a logged model runs, in a process that may know nothing of the project: it imports only what its requirements name.
"""
