#!/usr/bin/env python3
"""Runs `strata compact` over a copy of a golden bucket and requires what the reference left: golden.py STRATA NAME.

Compared are the new blocks (index and chunks by bytes, meta.json but for ULIDs and upload time) and the marks.
"""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "differential"))
import blocks as reader  # noqa: E402

MARKS = {"deletion-mark.json": "deletion_time", "no-compact-mark.json": "no_compact_time",
         "no-downsample-mark.json": "no_downsample_time"}
REPLICA = ["--deduplication.replica-label=replica"]
FLAGS = {"h8": [], "ladder": [], "native": [], "vert": REPLICA, "penalty": [*REPLICA, "--deduplication.func=penalty"],
         "e2e": REPLICA}
THREE_DAYS = 3 * 86400

failures = []


def require(good, message):
    if not good:
        failures.append(message)


def compact(strata, bucket, *flags):
    config = f"{{type: FILESYSTEM, config: {{directory: {bucket}}}}}"
    command = [strata, "compact", f"--data-dir={bucket.parent / 'data'}", f"--objstore.config={config}",
               "--consistency-delay=0s", *flags]
    done = subprocess.run(command, capture_output=True, text=True)
    require(done.returncode == 0, f"exit status {done.returncode}: {done.stderr[-3000:]}")


def is_block(folder):
    return (folder / "meta.json").exists()


def identity(meta):
    thanos, compaction = meta["thanos"], meta["compaction"]
    return (thanos["downsample"]["resolution"], meta["minTime"], meta["maxTime"], compaction["level"],
            tuple(compaction["sources"]), tuple(sorted(thanos["labels"].items())))


def comparable(folder, inputs):
    """The text of a meta.json without what differs from run to run."""
    text = (folder / "meta.json").read_text()
    meta = json.loads(text)
    meta["ulid"] = ""
    meta["thanos"]["upload_time"] = ""
    for parent in meta["compaction"].get("parents", []):
        if parent["ulid"] not in inputs:
            parent["ulid"] = ""
    meta["compaction"].get("parents", []).sort(key=lambda parent: (parent["minTime"], parent["ulid"]))
    require(json.dumps(json.loads(text), indent="\t") + "\n" == text or not text.isascii(),
            f"{folder.name}: meta.json is not laid out as the reference's")
    return json.dumps(meta, indent=1)


def compare_marks(want, have, what):
    for name, time_key in MARKS.items():
        if not (want / name).exists():
            require(not (have / name).exists(), f"{what}: {name} where the reference wrote none")
            continue
        require((have / name).exists(), f"{what}: no {name}")
        if (have / name).exists():
            texts = [re.sub(rf'("{time_key}": ?)\d+', r"\1", (side / name).read_text()) for side in (want, have)]
            texts = [re.sub(r'("id": ?)"\w+"', r"\1", text) for text in texts]
            require(texts[0] == texts[1], f"{what}: {name} is {texts[1]}, wanted {texts[0]}")


def compare_blocks(want, have, inputs):
    """New blocks, found by what they hold."""
    made = {identity(reader.read_meta(folder)): folder for folder in have.iterdir()
            if folder.name not in inputs and is_block(folder)}
    for folder in sorted(want.iterdir()):
        if folder.name in inputs or not is_block(folder):
            continue
        found = made.pop(identity(reader.read_meta(folder)), None)
        what = f"block {folder.name}"
        require(found is not None, f"{what} of the reference has no counterpart")
        if found is None:
            continue
        names = [[str(path.relative_to(side)) for path in reader.files_of(side)] for side in (folder, found)]
        require(names[0] == names[1], f"{what}: files {names[1]}, wanted {names[0]}")
        for name in names[0]:
            require((folder / name).read_bytes() == (found / name).read_bytes(), f"{what}: {name} differs")
        texts = [comparable(side, inputs) for side in (folder, found)]
        require(texts[0] == texts[1], f"{what}: meta.json is {texts[1]}\nwanted {texts[0]}")
        compare_marks(folder, found, what)
    require(not made, f"blocks that the reference did not make: {sorted(folder.name for folder in made.values())}")


def compare_inputs(golden, want, have):
    for folder in sorted((golden / "in").iterdir()):
        left, now = want / folder.name, have / folder.name
        if golden.name == "e2e" and not left.exists():
            require(not now.exists() or not any(now.iterdir()), f"input {folder.name} should be gone")
        elif left.exists():
            require(now.exists(), f"input {folder.name} should be there")
            compare_marks(left, now, f"input {folder.name}")
        else:
            compare_marks(folder, now, f"input {folder.name}")


def age(folder):
    for path in folder.rglob("*"):
        if path.is_file():
            os.utime(path, (time.time() - THREE_DAYS,) * 2)


def main():
    strata, name = sys.argv[1:]
    golden = ROOT / "golden" / name
    with tempfile.TemporaryDirectory(prefix="strata-golden-") as folder:
        bucket = pathlib.Path(folder) / "bucket"
        shutil.copytree(golden / "in", bucket, copy_function=shutil.copy)
        if name == "e2e":
            age(bucket / "01M8Z00000000000000000PA01")
            age(bucket / "01M8Z0000000000000000BAD01")
        inputs = {path.name for path in bucket.iterdir()}
        for want, flags in (("out", []), ("out-delete-now", ["--delete-delay=0s"])):
            if (golden / want).exists():
                compact(strata, bucket, *FLAGS[name], *flags)
                compare_blocks(golden / want, bucket, inputs)
                compare_inputs(golden, golden / want, bucket)
    for failure in failures:
        print(f"{name}: {failure}")
    return int(bool(failures))


sys.exit(main())
