"""The studies: what the workflow must be told of each."""
