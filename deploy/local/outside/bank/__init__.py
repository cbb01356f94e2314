"""A tiny bank: takes transfers, carries out payment orders, and writes notices and statements."""
