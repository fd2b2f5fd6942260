"""Downsamples blocks with the reference and with strata and compares what comes out."""
import re
import shutil
import subprocess

import blocks as reader
from comparison import Comparison, Difference

LEVELS = {300_000: "5m", 3_600_000: "1h"}
# The reference may loop for ever, with growing memory.
REFERENCE_SECONDS = 60

# What the reference alone fails with, as strata does better.
KNOWN_REFUSALS = {
    "hangs": "more chunks are wanted than there are",
}


class Downsample(Comparison):
    """One block, to one level."""

    def __init__(self, arguments, folder, block, resolution, threads):
        super().__init__(arguments, folder, threads)
        self.block, self.resolution = block, resolution

    def name(self):
        return f"{self.block.name} to {LEVELS[self.resolution]}, {self.threads} threads"

    def run_reference(self):
        out = self.folder / "reference"
        out.mkdir(parents=True)
        try:
            done = self.call(self.arguments.peer, "downsample", "-out", out, "-resolution", self.resolution, self.block,
                             timeout=REFERENCE_SECONDS)
        except subprocess.TimeoutExpired:
            return "hangs"
        return done.stderr.strip() if done.returncode else out / done.stdout.split()[0]

    def run_ours(self):
        out = self.folder / "ours"
        return self.call_strata(out, "downsample", f"--threads={self.threads}",
                                f"--resolution={LEVELS[self.resolution]}", out, self.block)

    def compare(self):
        """The class of this step and the block to go on with, if any; or a Difference."""
        theirs, ours = self.run_reference(), self.run_ours()
        if isinstance(theirs, str):
            if isinstance(ours, str):
                return "both refuse", None
            self.reason = self.digest_refusal(theirs)
            if not any(re.search(known, self.reason) for known in KNOWN_REFUSALS):
                raise Difference(f"only the reference refuses: {theirs[:3000]}")
            self.accept(ours, None)
            return "reference refuses", ours
        if isinstance(ours, str):
            raise Difference(f"only strata refuses: {ours}")
        different = self.different_file(theirs, ours)
        if different:
            raise Difference(different)
        self.compare_meta(theirs, ours)
        self.accept(ours, theirs)
        return "identical", theirs

    @staticmethod
    def compare_meta(theirs, ours):
        a, b = reader.read_meta(theirs), reader.read_meta(ours)
        for meta in (a, b):
            meta["ulid"] = ""
            meta["thanos"]["index_stats"] = {}  # the reference sets them later
        if a != b:
            raise Difference(f"meta.json differs: {a} and {b}")


def raw_blocks(arguments, folder, seed):
    """Raw blocks of three kinds by turns, each as it is and, where both can be had, all merged into one."""
    folder.mkdir()
    if seed % 3 == 0:
        command = [arguments.peer, "gen", "-out", folder, "-series", 60, "-blocks", 1, "-hours", 30 + seed % 31,
                   "-interval", (15, 30, 60)[seed // 3 % 3], "-native", (0, 0.5, 1)[seed // 9 % 3], "-seed", seed]
    else:
        command = [arguments.strata, "tools", "generate", "--adversarial", f"--seed={seed}"]
        if seed % 3 == 1:
            command += [f"--block={20 + seed % 31}h", "--adversarial-samples=3000"]
        command.append(folder)
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if done.returncode:
        raise Difference(f"no blocks were generated: {done.stderr}")
    blocks = reader.sorted_blocks(folder)
    if len(blocks) > 1:
        merged = folder.with_name("merged")
        # Adversarial blocks are not all to be merged.
        subprocess.run([arguments.strata, "tools", "block", "merge", str(merged), *map(str, blocks)], capture_output=True)
        blocks += reader.sorted_blocks(merged) if merged.exists() else []
    return blocks


def steps(arguments, folder, seed):
    """Every (comparison, class) of a seed, the comparison first with None, so that whoever catches knows it."""
    for number, block in enumerate(raw_blocks(arguments, folder / "in", seed)):
        for resolution in LEVELS:
            step = Downsample(arguments, folder / f"step-{number}-{LEVELS[resolution]}", block, resolution,
                              (1, 2, 5)[(seed + number) % 3])
            yield step, None
            found, block = step.compare()
            yield step, found
            if block is None:
                break
        shutil.rmtree(folder / f"step-{number}-1h", ignore_errors=True)
