#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/bytes.h"

namespace strata::tsdb {

// Where the bytes of one file come from: a local file, or ranged reads of an object.
// Safe to read from several threads at once.
class ByteSource {
 public:
  virtual ~ByteSource() = default;

  // For messages: "index", "chunks/000001".
  virtual const std::string& name() const = 0;
  virtual std::uint64_t size() const = 0;
  // Fills `out` from `offset`. A range beyond size() is a corrupt error: sizes are checked before
  // bytes are.
  virtual void read_at(std::uint64_t offset, MutableBytes out) const = 0;
  // Whoever reads forwards says so; where that helps, the next window is fetched ahead.
  virtual void will_need(std::uint64_t offset, std::uint64_t length) const {
    (void)offset;
    (void)length;
  }
};

// Where the bytes of one new file go: a local file or a multipart upload. Destroyed without
// commit(), it leaves nothing behind. Used by one thread at a time.
class ByteSink {
 public:
  virtual ~ByteSink() = default;

  virtual void append(Bytes bytes) = 0;
  virtual std::uint64_t size() const = 0;
  // The file is durable and whole once this returns.
  virtual void commit() = 0;
};

// The files of one existing block, opened by its owner. Everything borrowed from it lives as long
// as it does.
class BlockSource {
 public:
  virtual ~BlockSource() = default;

  virtual const std::string& name() const = 0;  // the ULID or directory, for messages
  virtual const ByteSource& index() const = 0;
  // Segment files in the order that references number them (directory name order).
  virtual std::size_t segment_count() const = 0;
  virtual const ByteSource& segment(std::size_t number) const = 0;
  // nullptr where the block has none.
  virtual const ByteSource* tombstones() const = 0;
};

// The files of one block that is being written.
class BlockSink {
 public:
  virtual ~BlockSink() = default;

  virtual std::unique_ptr<ByteSink> create_index() = 0;
  // Numbered from 1: chunks/000001.
  virtual std::unique_ptr<ByteSink> create_segment(std::uint32_t number) = 0;
};

}  // namespace strata::tsdb
