"""snippet.py LANGUAGE WORDS: prints the one block of docs/ci.md in this language that has all of these words."""
import os
import pathlib
import re
import sys

text = (pathlib.Path(os.environ["PROJECT"]) / "docs" / "ci.md").read_text(encoding="utf-8")
[found] = [block for language, block in re.findall(r"^```(\w+)\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
           if language == sys.argv[1] and all(word in block for word in sys.argv[2:])]
print(found, end="")
