"""``python -m tracker`` is the same as ``enhetskoll``."""

from __future__ import annotations


def main() -> None:
    """Run the command line; a TrackerError becomes one sentence and its exit code."""
    from tracker.cli.running import run  # noqa: PLC0415 -- the commands import much; --help of others need not

    run()


if __name__ == "__main__":
    main()
