"""What happens to money: how it is split, charged, forfeited, booked and paid out."""
