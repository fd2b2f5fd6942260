#!/usr/bin/env python3
"""Blocks of a real Prometheus, merged by `strata tools block merge` and by `strata compact`: real.py STRATA."""
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "differential"))
import blocks as reader  # noqa: E402

GOLDEN = ROOT / "golden" / "real"


def run(*command):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))}: exit status {done.returncode}\n{done.stderr[-3000:]}")
    return done.stdout


def require_equal(want, have):
    names = [[path.relative_to(side) for path in reader.files_of(side)] for side in (want, have)]
    if names[0] != names[1] or any((want / name).read_bytes() != (have / name).read_bytes() for name in names[0]):
        sys.exit(f"{have}: not the bytes of {want}")


def add_external_labels(block):
    meta = reader.read_meta(block)
    meta["thanos"] = {"labels": {"cluster": "real"}, "downsample": {"resolution": 0}, "source": "sidecar"}
    (block / "meta.json").write_text(json.dumps(meta, indent="\t"))


def main():
    strata = sys.argv[1]
    inputs, (wanted,) = reader.sorted_blocks(GOLDEN / "in"), reader.sorted_blocks(GOLDEN / "out")
    with tempfile.TemporaryDirectory(prefix="strata-real-") as folder:
        folder = pathlib.Path(folder)
        run(strata, "tools", "block", "merge", folder / "merged", *inputs)
        (merged,) = reader.sorted_blocks(folder / "merged")
        require_equal(wanted, merged)

        bucket = folder / "bucket"
        for block in inputs:
            shutil.copytree(block, bucket / block.name)
            add_external_labels(bucket / block.name)
        config = f"--objstore.config={{type: FILESYSTEM, config: {{directory: {bucket}}}}}"
        run(strata, "tools", "bucket", "verify", config)
        # Ranges of a minute up: the planner merges all but the newest of these short blocks step by step.
        run(strata, "compact", config, f"--data-dir={folder / 'data'}", "--consistency-delay=0s",
            "--downsampling.disable", "--debug.compaction-ranges=2m,4m,8m,16m")
        made = [block for block in reader.sorted_blocks(bucket) if reader.read_meta(block)["compaction"]["level"] > 1]
        if not made:
            sys.exit("nothing was compacted")
        run(strata, "tools", "bucket", "verify", config)
    return 0


sys.exit(main())
