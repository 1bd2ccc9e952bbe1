"""`python -m floodmark` is the `floodmark` command."""

from runtime.exits import Exit


def main() -> None:
    """Entry point: also who presses Ctrl-C while modules are still imported gets an exit code, and no traceback."""
    try:
        from floodmark.cli import main as run

        run()
    except KeyboardInterrupt:
        raise SystemExit(Exit.INTERRUPTED) from None


if __name__ == "__main__":
    main()
