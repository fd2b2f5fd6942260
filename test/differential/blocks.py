"""Reads a block directory of Prometheus' format (index version 2, chunks version 1) as far as comparing needs it."""
import json
import pathlib
import struct


def read_meta(block):
    return json.loads((pathlib.Path(block) / "meta.json").read_text())


def sorted_blocks(folder):
    """The block directories of a folder by time and then ULID: the order in which a compactor takes them."""
    blocks = [path.parent for path in pathlib.Path(folder).glob("*/meta.json")]
    return sorted(blocks, key=lambda block: (read_meta(block)["minTime"], block.name))


def files_of(block):
    block = pathlib.Path(block)
    return [block / "index", *sorted((block / "chunks").iterdir())]


def symbol_count(block):
    with open(pathlib.Path(block) / "index", "rb") as index:
        index.seek(-52, 2)
        index.seek(struct.unpack(">Q", index.read(8))[0] + 4)
        return struct.unpack(">I", index.read(4))[0]


def uvarint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7


def varint(data, at):
    value, at = uvarint(data, at)
    return (value >> 1) ^ -(value & 1), at


class Chunk:
    def __init__(self, mint, maxt, encoding, data):
        self.mint, self.maxt, self.encoding, self.data = mint, maxt, encoding, data

    def key(self):
        return self.mint, self.maxt, self.encoding, self.data

    def samples(self):
        if self.encoding in (5, 6):
            return struct.unpack(">H", self.data[:2])[0] & 0x3FFF
        return struct.unpack(">H", self.data[:2])[0]


class Block:
    """The whole of a small block in memory: `series` is a list of (labels, [Chunk])."""

    def __init__(self, path):
        path = pathlib.Path(path)
        self.index = (path / "index").read_bytes()
        self.segments = [segment.read_bytes() for segment in sorted((path / "chunks").iterdir())]
        toc = struct.unpack(">6Q", self.index[-52:-4])
        self.symbols = self._read_symbols(toc[0])
        # Series end where the next present section starts.
        end = min(offset for offset in toc[2:] if offset > toc[1])
        self.series = list(self._read_series(toc[1], end))

    def _read_symbols(self, at):
        count = struct.unpack(">I", self.index[at + 4:at + 8])[0]
        at += 8
        symbols = []
        for _ in range(count):
            size, at = uvarint(self.index, at)
            symbols.append(self.index[at:at + size].decode(errors="surrogateescape"))
            at += size
        return symbols

    def _read_series(self, at, end):
        while at < end:
            at = (at + 15) // 16 * 16
            size, body = uvarint(self.index, at) if at < end else (0, at)
            if size == 0:
                return
            yield self._read_entry(self.index[body:body + size])
            at = body + size + 4

    def _read_entry(self, data):
        count, at = uvarint(data, 0)
        labels = []
        for _ in range(count):
            name, at = uvarint(data, at)
            value, at = uvarint(data, at)
            labels.append((self.symbols[name], self.symbols[value]))
        count, at = uvarint(data, at)
        chunks, mint, ref = [], 0, 0
        for i in range(count):
            if i == 0:
                mint, at = varint(data, at)
                length, at = uvarint(data, at)
                ref, at = uvarint(data, at)
            else:
                gap, at = uvarint(data, at)
                mint += gap
                length, at = uvarint(data, at)
                step, at = varint(data, at)
                ref += step
            chunks.append(self._read_chunk(mint, mint + length, ref))
            mint += length
        return tuple(labels), chunks

    def _read_chunk(self, mint, maxt, ref):
        segment = self.segments[ref >> 32]
        size, at = uvarint(segment, ref & 0xFFFFFFFF)
        return Chunk(mint, maxt, segment[at], segment[at + 1:at + 1 + size])


def kind(encoding):
    """Chunks of one kind hold one type of sample: floats, histograms, float histograms."""
    return {1: "float", 2: "histogram", 3: "float histogram", 4: "float", 5: "histogram", 6: "float histogram"}.get(
        encoding, f"encoding {encoding}")


def mixed_series(blocks):
    """Labels of the series that have, over all inputs, more than one type of sample."""
    kinds = {}
    for block in blocks:
        for labels, chunks in block.series:
            kinds.setdefault(labels, set()).update(kind(chunk.encoding) for chunk in chunks)
    return {labels for labels, found in kinds.items() if len(found) > 1}
