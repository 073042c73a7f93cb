"""``make lab``: bring the town up, scan it on the link and through the router, say how much was found."""

from __future__ import annotations

import sys
import time

from tests.lab.night import Night
from tests.lab.recall import recall, table
from tests.lab.scoring import score
from tests.lab.topology import Lab, is_possible


def main() -> int:
    """Print the figures; 0 when all is found, matched and none false."""
    if reason := is_possible():
        print(f"The lab cannot be made here: {reason}.", file=sys.stderr)
        return 1
    started = time.monotonic()
    with Lab() as lab:
        print("Bringing up the town: two segments behind a router, real daemons ...")
        night = Night(lab)
        night.install("lab-password-of-anna")
        print(f"Up after {time.monotonic() - started:.1f} s. Scanning ...")
        scanning = time.monotonic()
        night.scan()
        print(f"Scanned in {time.monotonic() - scanning:.1f} s.\n")
        result = score(night)
    print(result.lines())
    with Lab() as lab:
        learnt, looked = recall(lab)
    print(f"\nWhat is learnt of each protocol, evidence of evidence wanted:\n{table(learnt, looked)}")
    is_right = all(told.is_right for each in looked for told in each.told())
    return 0 if result.is_perfect and is_right and all(one.is_whole for one in learnt) else 1


if __name__ == "__main__":
    sys.exit(main())
