"""`python -m madoguchi` is the command `madoguchi`."""

from madoguchi.cli import main

if __name__ == "__main__":
    main()
