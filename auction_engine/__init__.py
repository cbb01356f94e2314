"""The rules of a judicial sale: pure functions over frozen values, standard library only.

`docs/engine.md` is the map. Nothing here reads a clock, a file or a socket; `cli` alone reads
standard input and writes standard output.
"""
