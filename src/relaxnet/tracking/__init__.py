"""Runs, metrics, figures, data lineage and models in MLflow: the only place that talks to MLflow tracking."""
