"""What `estimators.py` and `calibration.py` have in common: samples, estimators, results that can be resumed, tables."""
