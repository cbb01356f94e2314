"""What enforcement costs and adds in China: the application fee and late-performance interest."""

from typing import Final

# Application fee, law/distribution.md section 6. Bands of the amount enforced, in fen: a band
# reaches up to its first number and is charged its second, in thousandths. Together they add up.
LEAST_FEE: Final = 50_00
LEAST_FEE_UP_TO: Final = 10_000_00
FEE_BANDS: Final = (
    (500_000_00, 15),
    (5_000_000_00, 10),
    (10_000_000_00, 5),
    (None, 1),
)

# Doubled part of late-performance interest: 0.0175 % a day, in millionths.
LATE_INTEREST_MILLIONTHS_A_DAY: Final = 175
