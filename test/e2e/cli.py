#!/usr/bin/env python3
"""What is wrong with a command line or its surroundings: one line on stderr, and the exit status: cli.py STRATA."""
import pathlib
import subprocess
import sys
import tempfile


def cases(folder):
    """(arguments, exit status, what the line has to name)."""
    bucket = folder / "bucket"
    bucket.mkdir()
    good = f"--objstore.config={{type: FILESYSTEM, config: {{directory: {bucket}}}}}"
    data = f"--data-dir={folder / 'data'}"
    a_file = folder / "file"
    a_file.write_text("x")
    config = folder / "bucket.yaml"
    config.write_text("type: FILESYSTEM\nconfig:\n  directory: x\n  colour: red\n")

    def compact(*arguments):
        return ["compact", data, *arguments]

    return [
        (["--no-such-flag"], 1, ["no-such-flag"]),
        (["no-such-command"], 1, ["no-such-command"]),
        (compact(good, "--compact.cocurrency=1"), 1, ["compact.cocurrency"]),
        (compact(good, "--compact.concurrency=many"), 2, ["compact.concurrency", "many"]),
        (compact(good, "--delete-delay=1.5h"), 2, ["delete-delay", "1.5h"]),
        (compact(good, "--deduplication.func=best"), 2, ["deduplication.func", "best"]),
        (compact(good, "--log.level=loud"), 2, ["log.level", "loud"]),
        (compact(good, "--min-time=yesterday"), 2, ["min-time", "yesterday"]),
        (compact(good, "--wait"), 1, ["--wait"]),
        (compact(good, "--compact.concurrency=0"), 1, ["compact.concurrency"]),
        (compact(good, f"--objstore.config-file={config}"), 1, ["objstore.config"]),
        (compact(good, "--deduplication.func=penalty"), 1, ["deduplication"]),
        (compact(good, "--tracing.config={type: JAEGER}"), 1, ["tracing"]),
        (compact(f"--objstore.config-file={folder / 'missing.yaml'}"), 1, ["missing.yaml"]),
        (compact(f"--objstore.config-file={config}"), 1, ["colour"]),
        (compact("--objstore.config={type: NOWHERE}"), 1, ["NOWHERE"]),
        (compact("--objstore.config={type: FILESYSTEM, config: {directory: $(STRATA_UNSET)}}"), 1, ["STRATA_UNSET"]),
        (compact("--objstore.config={type: [}"), 1, ["objstore.config"]),
        (compact(), 1, ["objstore"]),
        (["compact", good, "--downsampling.disable", f"--data-dir={a_file}/data"], 1, [str(a_file)]),
        (["tools", "block", "merge", str(folder / "out"), str(folder / "none")], 1, [str(folder / "none")]),
        (["tools", "generate", str(a_file / "out")], 1, [str(a_file)]),
        (["compact", "--help"], 0, []),
        (["--version"], 0, []),
    ]


def main():
    strata, bad = sys.argv[1], 0
    with tempfile.TemporaryDirectory(prefix="strata-cli-") as folder:
        folder = pathlib.Path(folder)
        for arguments, status, words in cases(folder):
            done = subprocess.run([strata, *arguments], capture_output=True, text=True, cwd=folder)
            lines = done.stderr.splitlines()
            problems = []
            if done.returncode != status:
                problems.append(f"exit status {done.returncode}, wanted {status}")
            if len(lines) != (1 if status else 0):
                problems.append(f"{len(lines)} lines on stderr")
            problems += [f"no word of {word}" for word in words if word not in done.stderr]
            if problems:
                bad = 1
                print(f"{' '.join(arguments)}: {'; '.join(problems)}\n  {done.stderr.strip()}")
        if (folder / "out").exists():
            bad = 1
            print("a merge that failed left its directory behind")
    return bad


sys.exit(main())
