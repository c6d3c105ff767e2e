"""`python -m reglament.cli`: the same as the command `reglament`."""

import sys

from reglament.cli.app import main

if __name__ == "__main__":
    sys.exit(main())
