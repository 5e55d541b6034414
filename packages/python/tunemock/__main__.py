"""python -m tunemock: the program itself, wherever it was installed."""
import os
import sys

from .binary import find

if __name__ == "__main__":
    path = find()
    os.execv(path, [path, *sys.argv[1:]])
