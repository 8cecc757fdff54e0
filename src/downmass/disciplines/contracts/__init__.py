"""Contracts: clauses as data, clocks, settlement to zero over the parties, and the law around them."""
