"""The fit: from heating scans, each with its own thermal history, to an estimate with its uncertainty."""
