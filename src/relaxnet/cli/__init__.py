"""The ``relaxnet`` command, a module a subcommand."""
