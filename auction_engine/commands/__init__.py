"""One module for each command of the command line: bytes in, answer out, no input or output."""
