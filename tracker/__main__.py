"""``python -m tracker`` is the same as ``enhetskoll``."""

from __future__ import annotations


def main() -> None:
    """Run the command line; a TrackerError becomes one sentence and its exit code."""
    from tracker.cli.running import run  # noqa: PLC0415 -- who imports this module need not run it

    run()


if __name__ == "__main__":
    main()
