"""What must hold whatever the input: a broken invariant stops the work, it is never handled."""


class BrokenInvariant(AssertionError):
    """The engine contradicts itself; nobody catches this in order to continue."""


def ensure(condition: bool, fact: str) -> None:
    """Stop unless `condition` holds; `fact` says what should have been true."""
    if not condition:
        raise BrokenInvariant(fact)
