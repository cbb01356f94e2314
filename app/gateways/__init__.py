"""Everything outside the platform, one gateway each. None of them knows the tables."""
