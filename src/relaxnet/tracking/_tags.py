"""Tags of runs and experiments that more than one module knows."""

NOTE = "mlflow.note.content"  # what the MLflow UI shows as a description
SOURCE = "mlflow.source."  # where the code came from
ERROR = "error"  # why a run failed
RELOGGED = "relogged.from"  # of a run that took the place of another: the id of that one
