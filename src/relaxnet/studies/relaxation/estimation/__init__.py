"""Yardsticks of estimation: measured scans, the Cramér-Rao bound, and the plain fit that an estimator must beat."""
