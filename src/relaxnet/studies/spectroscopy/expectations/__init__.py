"""What a dataset of molecules must fulfil."""
