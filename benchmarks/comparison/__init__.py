"""What `estimators.py` and `calibration.py` have in common: samples, estimators, results, tables."""
