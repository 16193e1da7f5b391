"""`python -m madoguchi` is the command `madoguchi`."""

from __future__ import annotations


def main() -> None:
    """Run the command line. One that is interrupted, be it while it is still loading, says nothing and exits 130."""
    try:
        from madoguchi import cli

        cli.main()
    except KeyboardInterrupt:
        raise SystemExit(130) from None


if __name__ == "__main__":
    main()
