"""What every part uses: configuration, errors, files, processes."""
