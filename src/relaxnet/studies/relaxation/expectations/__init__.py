"""What a relaxation dataset must fulfil, judged by Great Expectations."""
