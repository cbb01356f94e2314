"""The contract's `distribute` once more, in the plainest words, to hold the engine against.

Written from the text alone: exact fractions, dictionaries, no care for speed.
"""

from fractions import Fraction

ORDER = [
    "home_reserve",
    "medical",
    "consumer_buyer",
    "construction_price",
    "tax_before_security",
    "secured",
    "victim_restitution",
    "livelihood",
    "tax",
    "ordinary",
    "late_interest",
    "fine",
    "confiscation",
]
ON_THINGS = {
    "home_reserve",
    "consumer_buyer",
    "construction_price",
    "tax_before_security",
    "secured",
}
JOINS = {
    "consumer_buyer": "ordinary",
    "construction_price": "ordinary",
    "secured": "ordinary",
    "tax_before_security": "tax",
}
LAST = "9999-12-31"


def largest_remainder(total, weights, tie, unit=1):
    """weights: name -> weight; tie: name -> what decides between equal remainders."""
    whole = sum(weights.values())
    exact = {name: Fraction(total * weight, whole) for name, weight in weights.items()}
    shares = {name: int(value // unit) * unit for name, value in exact.items()}
    left = total - sum(shares.values())
    for name in sorted(weights, key=lambda name: (shares[name] - exact[name], tie(name))):
        extra = min(left, unit, weights[name] - shares[name] if unit > 1 else unit)
        shares[name] += extra
        left -= extra
    assert left == 0
    return shares


def share(available, owed, filed, unit):
    owed = {name: amount for name, amount in owed.items() if amount}
    if sum(owed.values()) <= available:
        return owed
    return largest_remainder(
        available, owed, lambda name: (-owed[name], filed.get(name) or LAST, name), unit
    )


def plain(document):
    options = document.get("options", {})
    unit = options.get("unit", 1)
    joint = options.get("joint_security", "by_value")
    owner = {p["id"]: p.get("owner", "debtor") for p in document["properties"]}
    hold = {p["id"]: p["proceeds"] for p in document["properties"]}
    mine = sorted(p for p in owner if owner[p] == "debtor")
    claims = {c["id"]: c for c in document["claims"]}
    filed = {c: claims[c].get("filed_at") for c in claims}
    unpaid = {c: claims[c]["amount"] for c in claims}
    parts, steps = {c: {} for c in claims}, []

    def on(claim):
        return claims[claim].get("on", mine)

    def pay(claim, step, place, amount):
        unpaid[claim] -= amount
        if amount:
            key = (step, place)
            parts[claim][key] = parts[claim].get(key, 0) + amount

    def draw(amount, things):
        weights = {p: hold[p] for p in things if hold[p]}
        amount = min(amount, sum(weights.values()))
        if amount:
            cut = largest_remainder(amount, weights, lambda p: (-weights[p], p))
            for p, taken in cut.items():
                hold[p] -= taken
        return amount

    claimed_things = {p for c in claims if claims[c]["class"] in ON_THINGS for p in on(c)}
    layers = [
        [p for p in mine if p not in claimed_things],
        [p for p in mine if p in claimed_things],
    ]

    # Costs.
    due = sum(c["amount"] for c in document.get("costs", []))
    costs_paid = 0
    for p in document["properties"]:
        own = min(p["proceeds"], p.get("costs", 0))
        hold[p["id"]] -= own
        costs_paid += own
        due += p.get("costs", 0) - own
    for layer in [*layers, [p for p in owner if owner[p] != "debtor"]]:
        taken = draw(due, layer)
        due -= taken
        costs_paid += taken

    # Classes.
    members = {name: [] for name in ORDER}
    for c in claims:
        name = claims[c]["class"]
        if name == "livelihood" and not options.get("livelihood_tier"):
            name = "ordinary"
        members[name].append(c)
    for name in ORDER:
        there = [c for c in members[name] if unpaid[c]]
        if not there:
            continue
        things = name in ON_THINGS
        available = sum(hold.values()) if things else sum(hold[p] for p in mine)
        before = sum(unpaid[c] for c in there)
        if things:
            for rank in sorted({claims[c].get("rank", 1) for c in there}):
                equals = [c for c in there if claims[c].get("rank", 1) == rank]
                pay_rank(equals, name, joint, unit, hold, owner, on, unpaid, filed, pay)
        elif name == "ordinary" and document["debtor_kind"] == "enterprise":
            left = available
            for day in sorted({claims[c].get("seized_at") or LAST for c in there}):
                equals = [c for c in there if (claims[c].get("seized_at") or LAST) == day]
                for c, amount in share(left, {c: unpaid[c] for c in equals}, filed, unit).items():
                    pay(c, name, None, amount)
                    left -= amount
            drawn = draw(available - left, layers[0])
            draw(available - left - drawn, layers[1])
        else:
            shares = share(available, {c: unpaid[c] for c in there}, filed, unit)
            for c, amount in shares.items():
                pay(c, name, None, amount)
            total = sum(shares.values())
            draw(total - draw(total, layers[0]), layers[1])
        steps.append((name, available, before, before - sum(unpaid[c] for c in there)))
        if name in JOINS:
            members[JOINS[name]] += [c for c in there if unpaid[c]]

    surplus = {"debtor": sum(hold[p] for p in mine)}
    for name in sorted({o for o in owner.values() if o != "debtor"}):
        surplus[name] = sum(hold[p] for p in owner if owner[p] == name)
    return {
        "pool": sum(p["proceeds"] for p in document["properties"]),
        "costs_paid": costs_paid,
        "parts": parts,
        "surplus": surplus,
        "steps": steps,
    }


def pay_rank(claims, step, joint, unit, hold, owner, on, unpaid, filed, pay):
    while True:
        asked = {}
        for c in claims:
            things = [p for p in on(c) if hold[p]]
            if joint == "in_order":
                things = things[:1]
            if joint == "debtor_first":
                things = [p for p in things if owner[p] == "debtor"] or things
            if not things or not unpaid[c]:
                continue
            weights = {p: hold[p] for p in things}
            tie = {p: (-hold[p], p) for p in things}
            for p, part in largest_remainder(unpaid[c], weights, tie.get).items():
                if part:
                    asked.setdefault(p, {})[c] = part
        if not asked:
            return
        for p, asks in asked.items():
            for c, amount in share(hold[p], asks, filed, unit).items():
                hold[p] -= amount
                pay(c, step, p, amount)
