"""What every study's data have in common: samples, targets, their split, their validation."""
