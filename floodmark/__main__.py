"""`python -m floodmark` is the `floodmark` command."""

from floodmark.cli import main

if __name__ == "__main__":
    main()
