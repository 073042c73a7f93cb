"""Feed every decoder mutated input within bounded time and memory: ``python -m tests.fuzz [--inputs N] [--seed N] [--only NAME]``.

Prints a line a decoder, and each input that failed as hex with the line that feeds it again; exit 1 when one did.
"""

from __future__ import annotations

import argparse
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial

from tests.fuzz.decoders import decoders
from tests.fuzz.process import feed_named

MOST_SHOWN = 5


def _again(name: str, data: bytes) -> int:
    (decoder,) = (one for one in decoders() if one.name == name)
    print(decoder.read(data))
    return 0


def main() -> int:
    """Feed them; 1 when an exception escaped, or one input took too long or gave too much."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--inputs", type=int, default=1_000_000, help="in all, shared by the decoders")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", help="one decoder")
    parser.add_argument("--hex", help="feed this to --only, unmutated")
    args = parser.parse_args()
    if args.hex is not None:
        return _again(args.only, bytes.fromhex(args.hex))
    names = [one.name for one in decoders() if args.only in {None, one.name}]
    each = -(-args.inputs // len(names))
    began = time.perf_counter()
    failed = 0
    print(f"{'decoder':14} {'inputs':>9} {'refused':>9} {'slowest ms':>11} {'peak MB':>8} {'failed':>7}")
    with ProcessPoolExecutor(2, max_tasks_per_child=1) as pool:
        for fed in pool.map(partial(feed_named, args.seed, each), names):
            failed += len(fed.failures)
            print(
                f"{fed.name:14} {fed.inputs:9,} {fed.refused:9,} {fed.slowest * 1000:11.1f} {fed.peak_mb:8.0f} {len(fed.failures):7}",
                flush=True,
            )
            for why, data in fed.failures[:MOST_SHOWN]:
                print(f"  {why}\n  python -m tests.fuzz --only {fed.name} --hex {data.hex()[:4000]}")
    seconds = time.perf_counter() - began
    print(f"{each * len(names):,} inputs in {seconds:.0f} s, {failed} failed.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
