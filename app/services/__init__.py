"""The operations of the platform; transactions begin and end here."""
