"""Parts of benchmarks/elasticity.py."""
