"""Datasets of cells: drawn and homogenised into Parquet shards, read back, or loaded from a folder of images."""
