"""What every study's data have in common: samples, targets, split, validation."""
