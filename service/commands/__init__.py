"""Subcommands of the command line, one module each, loaded when it is asked for."""
