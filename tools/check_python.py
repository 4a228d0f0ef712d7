"""Compiles every Python file below the given folders in memory, and says which do not."""

import pathlib
import sys


def main(folders):
    broken = 0
    for file in sorted(file for folder in folders for file in pathlib.Path(folder).rglob("*.py")):
        try:
            compile(file.read_bytes(), str(file), "exec")
        except SyntaxError as error:
            print(f"{file}:{error.lineno}: {error.msg}", file=sys.stderr)
            broken += 1
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
