"""The study *relaxation*: what the study-agnostic parts need to know of TNM signals."""
