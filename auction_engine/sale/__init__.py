"""How a sale runs: its terms, its bidders, its bids, its stays and its end."""
