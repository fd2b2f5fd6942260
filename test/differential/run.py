#!/usr/bin/env python3
"""Merges random adversarial blocks with the reference and with strata and compares what comes out; or downsamples them.

Every comparison ends in one class; the classes are counted and printed. Only those of EXPECTED pass; anything else
fails the run and keeps its input, with the commands, under --keep.
"""
import argparse
import collections
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

HERE = pathlib.Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(HERE))
import blocks as reader  # noqa: E402
import downsample  # noqa: E402
from comparison import Comparison, Difference  # noqa: E402

SKIP = 77

EXPECTED = {
    "identical": "index and chunks equal byte by byte",
    "empty": "nothing is left, both say so",
    "mixed types": "penalty over mixed sample types: the reference drops data; ours are the bytes of the model, which keeps it",
    "hidden error": "the reference's penalty merge hides an error, and loses what follows; with 1:1 both refuse this input",
    "both refuse": "neither makes a block of it",
    "reference refuses": "the reference fails; it reads ours, which of a merge are the bytes of the model",
}


def cache_peer():
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return os.path.join(cache, "strata-peers", "bin", "peer")


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--strata", required=True)
    parser.add_argument("--peer", default=cache_peer())
    parser.add_argument("--seeds", default="1..4", help="A..B, both included")
    parser.add_argument("--downsample", action="store_true", help="instead of merging: to 5m, and from that to 1h")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--keep", default="build/differential", help="where failing inputs stay")
    arguments = parser.parse_args()
    first, _, last = arguments.seeds.partition("..")
    arguments.seeds = range(int(first), int(last or first) + 1)
    return arguments


class Merge(Comparison):
    """One merge of one seed's blocks by both programs."""

    def __init__(self, arguments, folder, inputs, penalty, segment, threads):
        super().__init__(arguments, pathlib.Path(folder), threads)
        self.inputs, self.penalty, self.segment = inputs, penalty, segment

    def name(self):
        return f"{'penalty' if self.penalty else '1:1'}, segment {self.segment or 'default'}, {self.threads} threads"

    def run_reference(self):
        """The new block, None for an empty result, or the error text. Works on copies: it rewrites metas."""
        out, copies = self.folder / "reference", []
        out.mkdir(parents=True)
        for block in self.inputs:
            copies.append(self.folder / "copies" / block.name)
            shutil.copytree(block, copies[-1])
        flags = (["-penalty"] if self.penalty else []) + (["-segment", self.segment] if self.segment else [])
        done = self.call(self.arguments.peer, "compact", "-out", out, *flags, *copies)
        shutil.rmtree(self.folder / "copies")
        if done.returncode:
            return done.stderr.strip()
        made = done.stdout.split()
        return out / made[0] if made else None

    def run_ours(self):
        out = self.folder / "ours"
        flags = [f"--threads={self.threads}"]
        flags += ["--deduplication.func=penalty"] if self.penalty else []
        flags += [f"--segment-size={self.segment}"] if self.segment else []
        return self.call_strata(out, "merge", *flags, out, *self.inputs)

    def compare(self, both_refuse_1to1):
        """The class of this merge, or a Difference."""
        theirs, ours = self.run_reference(), self.run_ours()
        if isinstance(theirs, str):
            return self.judge_refusal(theirs, ours)
        if isinstance(ours, str):
            if self.penalty and both_refuse_1to1:
                return "hidden error"
            raise Difference(f"only strata refuses: {ours}")
        if (theirs is None) != (ours is None):
            raise Difference(f"reference made {theirs}, strata made {ours}")
        if theirs is None:
            return "empty"
        different = self.different_file(theirs, ours)
        if different is None:
            self.compare_meta(theirs, ours)
            self.accept(ours, theirs)
            return "identical"
        mixed = reader.mixed_series([reader.Block(block) for block in self.inputs]) if self.penalty else set()
        if not mixed:
            raise Difference(different)
        self.compare_model(ours)
        self.accept(ours, None)
        return "mixed types"

    def judge_refusal(self, theirs, ours):
        if isinstance(ours, str):
            return "both refuse"
        self.reason = self.digest_refusal(theirs)
        if ours is None:
            raise Difference(f"strata made nothing where the reference says: {theirs}")
        self.compare_model(ours)
        self.accept(ours, None)
        return "reference refuses"

    @staticmethod
    def compare_meta(theirs, ours):
        a, b = reader.read_meta(theirs), reader.read_meta(ours)
        for key in ("minTime", "maxTime", "stats"):
            if a[key] != b[key]:
                raise Difference(f"meta.json differs in {key}: {a[key]} and {b[key]}")
        for key in ("level", "sources"):
            if a["compaction"].get(key) != b["compaction"].get(key):
                raise Difference(f"meta.json differs in compaction.{key}")
        parents = [{str(parent) for parent in meta["compaction"].get("parents", [])} for meta in (a, b)]
        if parents[0] != parents[1]:
            raise Difference("meta.json differs in compaction.parents")

    def compare_model(self, ours):
        """In a process of its own: the model is slow, and these threads share one interpreter."""
        segment = str(self.segment or 512 << 20)
        mode = "penalty-all" if self.penalty else "chain"
        done = self.call(sys.executable, "-B", HERE / "compare_model.py", mode, segment, ours, *self.inputs)
        if done.returncode:
            raise Difference(f"not what the model says: {done.stdout}{done.stderr[-500:]}")


def merges(arguments, folder, seed):
    """Every (merge, class) of a seed, the merge first with None, so that whoever catches knows it."""
    bucket = folder / "in"
    done = subprocess.run([arguments.strata, "tools", "generate", "--adversarial", f"--seed={seed}", str(bucket)],
                          capture_output=True, text=True)
    if done.returncode:
        raise Difference(f"tools generate fails: {done.stderr}")
    inputs = reader.sorted_blocks(bucket)
    # A segment of a few kilobytes cuts often; an odd one cuts inside of runs.
    small = 2048 + seed * 977 % 30000
    variants = [(False, None, 2), (False, small, 1), (True, None, 1), (True, small, 2)]
    both_refuse = False
    for number, (penalty, segment, threads) in enumerate(variants):
        merge = Merge(arguments, folder / f"merge-{number}", inputs, penalty, segment, threads)
        yield merge, None
        found = merge.compare(both_refuse)
        both_refuse = both_refuse or found == "both refuse"
        yield merge, found


def run_seed(arguments, seed):
    """(class, reason) of every comparison, up to the first failure."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix=f"strata-differential-{seed}-"))
    comparison, results = None, []
    try:
        for comparison, found in (downsample.steps if arguments.downsample else merges)(arguments, folder, seed):
            if found:
                results.append((found, comparison.reason))
        shutil.rmtree(folder)
        return results
    except Difference as difference:
        kept = pathlib.Path(arguments.keep) / f"seed-{seed}"
        shutil.rmtree(kept, ignore_errors=True)
        kept.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(folder, kept)
        name = comparison.name() if comparison else "generate"
        (kept / "COMMANDS").write_text("\n".join(comparison.commands if comparison else []) + "\n")
        print(f"seed {seed} ({name}): {difference}\n  input and outputs are kept in {kept}", flush=True)
        return results + [("FAILED", "")]


def main():
    arguments = parse_arguments()
    if not os.access(arguments.peer, os.X_OK):
        print(f"skipped: no {arguments.peer} (make peers builds it)")
        return SKIP
    classes, reasons = collections.Counter(), collections.Counter()
    with ThreadPoolExecutor(arguments.jobs) as pool:
        for results in pool.map(lambda seed: run_seed(arguments, seed), arguments.seeds):
            classes.update(found for found, _ in results)
            reasons.update(reason for _, reason in results if reason)
    for found, count in sorted(classes.items()):
        print(f"{count:6}  {found}: {EXPECTED.get(found, 'see above')}")
    for reason, count in reasons.most_common():
        print(f"{count:6}  the reference alone refuses with: {reason}")
    return int(any(found not in EXPECTED for found in classes) or not classes)


if __name__ == "__main__":
    sys.exit(main())
