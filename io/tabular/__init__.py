"""Items, locations, stock and orders from CSV, Parquet and Arrow files.

Three steps: `read` gives a file as columns with the number of each line, `check` turns it into
commands or names what is wrong with it, `send` hands the commands over. Nothing is sent before
every file of an import is checked.
"""
