"""The demonstration: courts, lots in every phase and bidders, made by people who rehearse.

Everything here goes through the pages of the running platform, as in life; only the first
operators are made by the command that makes operators. Nothing is inserted past the rules.
"""
