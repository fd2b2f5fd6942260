#!/usr/bin/env python3
"""Exit status 0 if a block has the bytes that the model makes of its inputs: compare_model.py MODE SEGMENT BLOCK INPUT..."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "model"))
import blocks as model  # noqa: E402


def main():
    mode, segment, block, *inputs = sys.argv[1:]
    _, _, _, segments, index = model.compact(inputs, mode, int(segment))
    files = sorted((pathlib.Path(block) / "chunks").iterdir())
    wanted = {"index": index, **{f"{i + 1:06}": bytes(content) for i, content in enumerate(segments)}}
    found = {path.name: path.read_bytes() for path in [pathlib.Path(block) / "index", *files]}
    different = sorted(name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name))
    if different:
        print(f"{block}: {', '.join(different)}")
    return int(bool(different))


sys.exit(main())
