"""The stages of a study's pipeline, each a function of one `Study`, its `Project` and its params."""
