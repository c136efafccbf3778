"""Datasets of molecules: geometries and levels in Parquet shards, made, resumed and read back."""
