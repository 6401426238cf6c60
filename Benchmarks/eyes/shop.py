"""A shop of 100,000 customers with 1,000,000 orders in 1,000 days, the same each time."""
import math
import random
from datetime import date, timedelta

CUSTOMERS, ORDERS = 100_000, 1_000_000
FIRST_DAY, DAYS = date(2024, 2, 1), 1_000
# Share of the customers, days between two orders, days until they leave for good, usual amount.
KINDS = [(0.22, 21, 1_200, 70), (0.35, 48, 500, 35), (0.43, 110, 200, 20)]


def orders(share=1.0):
    """(customer, day, cents), customer by customer: buyers of three kinds who order at their own pace and leave one day."""
    draw = random.Random(7)
    found = []
    for customer in range(round(CUSTOMERS * share)):
        [(_, gap, life, amount)] = draw.choices(KINDS, [kind[0] for kind in KINDS])
        pace = gap * draw.gammavariate(3, 1 / 3) + 1
        usual = amount * math.exp(draw.gauss(0, 0.4))
        day = draw.random() * DAYS * 0.95
        end = min(DAYS, day + draw.expovariate(1 / life))
        first = True
        while first or day < end:
            found.append((customer, int(day), max(100, round(usual * math.exp(draw.gauss(0, 0.5)) * 100)), first))
            day += draw.expovariate(1 / pace)
            first = False
    # Exactly as many as the shop shall have: what is too much goes by lot, a first order never.
    later = [place for place, order in enumerate(found) if not order[3]]
    spare = len(found) - round(ORDERS * share)
    assert spare >= 0, f"{-spare} orders too few"
    gone = set(draw.sample(later, spare))
    return [order[:3] for place, order in enumerate(found) if place not in gone]


def write(file, rows):
    dates = [(FIRST_DAY + timedelta(days=day)).isoformat() for day in range(DAYS)]
    file.write("customer_id,date,quantity,amount\n")
    for customer, day, cents in rows:
        file.write(f"{customer:06d},{dates[day]},{1 + cents % 3},{cents // 100}.{cents % 100:02d}\n")


if __name__ == "__main__":
    import sys
    write(sys.stdout, orders())
