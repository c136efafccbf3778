"""Parts of benchmarks/spectroscopy.py."""
