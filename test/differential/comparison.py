"""What comparisons of the two programs have in common."""
import re
import subprocess

import blocks as reader


class Difference(Exception):
    pass


class Comparison:
    """One block made by both programs. Subclasses say how."""

    def __init__(self, arguments, folder, threads):
        self.arguments, self.folder, self.threads = arguments, folder, threads
        self.commands = []
        self.reason = ""  # why the reference alone refuses

    def call(self, *command, timeout=None):
        command = [str(part) for part in command]
        self.commands.append(" ".join(command))
        return subprocess.run(command, capture_output=True, text=True, timeout=timeout)

    def call_strata(self, out, *command):
        """The new block below `out`, None where none was made, or the error text."""
        done = self.call(self.arguments.strata, "tools", "block", *command)
        if done.returncode < 0 or "Sanitizer" in done.stderr:
            raise Difference(f"strata crashed ({done.returncode}): {done.stderr[-2000:]}")
        if done.returncode:
            return done.stderr.strip() or f"exit status {done.returncode}"
        made = reader.sorted_blocks(out) if out.exists() else []
        if len(made) > 1:
            raise Difference(f"strata made {len(made)} blocks")
        return made[0] if made else None

    @staticmethod
    def digest_refusal(text):
        """Without what differs from seed to seed; of a panic the innermost function of the libraries."""
        if "panic:" in text:
            frames = [line for line in text.splitlines() if line.startswith("github.com/")]
            return "panic in " + re.sub(r"\(\{?0x.*", "", frames[0]) if frames else "panic"
        return re.sub(r"[0-9A-HJKMNP-TV-Z]{26}|/\S+|\d+", "…", text.splitlines()[-1])[:160]

    @staticmethod
    def different_file(theirs, ours):
        names = [[path.relative_to(block) for path in reader.files_of(block)] for block in (theirs, ours)]
        if names[0] != names[1]:
            return f"files differ: {len(names[0])} of the reference, {len(names[1])} of strata"
        for name in names[0]:
            a, b = (theirs / name).read_bytes(), (ours / name).read_bytes()
            if a != b:
                at = next((i for i, (x, y) in enumerate(zip(a, b)) if x != y), min(len(a), len(b)))
                return f"{name} differs at byte {at} (sizes {len(a)} and {len(b)})"
        return None

    def accept(self, ours, theirs):
        """The reference's own reader takes our block; where bytes are equal, so is its verdict on both."""
        verdicts = []
        for block in filter(None, (ours, theirs)):
            done = self.call(self.arguments.peer, "verify", block)
            verdicts.append(re.sub(r"\b[0-9A-HJKMNP-TV-Z]{26}\b|/\S+", "", done.stdout + done.stderr))
            if done.returncode and theirs is None:
                raise Difference(f"peer verify refuses our block: {done.stderr}")
        if len(set(verdicts)) > 1:
            raise Difference(f"peer verify says: {verdicts}")
        done = self.call(self.arguments.peer, "digest", ours)
        if done.returncode:
            raise Difference(f"peer digest refuses our block: {done.stderr}")
