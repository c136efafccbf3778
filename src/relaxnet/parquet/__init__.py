"""Datasets in Parquet shards that say what they are of: written so that they can be resumed, and read with checks."""
