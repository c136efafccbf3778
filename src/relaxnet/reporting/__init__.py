"""Reports over trained models."""
