"""What a search, a list, a lot's page and a bid cost in a database with a nation's lots."""
