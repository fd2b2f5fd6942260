#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "base/file.h"
#include "tsdb/index/series_reader.h"

namespace strata::tsdb {

// Gathers posting lists while series are written and gives them back in the order of the file: the
// list of all series first, then by name and value. In memory a list is stretches of neighbouring
// series: in label order most labels last for many. When all of it outgrows `memory` it goes to a
// file as one run, sorted by label, and the runs are merged at the end.
class PostingsBuilder {
 public:
  PostingsBuilder(std::filesystem::path spill_directory, std::size_t memory);
  ~PostingsBuilder();
  PostingsBuilder(const PostingsBuilder&) = delete;
  PostingsBuilder& operator=(const PostingsBuilder&) = delete;

  // Ids ascend from call to call. Label positions that hold the same label as in the call before
  // cost least.
  void add(std::uint32_t series_id, std::span<const PackedLabel> labels);

  struct List {
    bool all_series = false;
    PackedLabel label = 0;  // meaningless for the list of all series
    std::uint32_t count = 0;
  };
  // For each list: `begin(list)`, then `ids(piece)` until all `count` ids were given, in order.
  // Consumes the builder.
  void finish(const std::function<void(const List&)>& begin,
              const std::function<void(std::span<const std::uint32_t>)>& ids);

  std::size_t memory_used() const;
  std::size_t runs() const { return runs_.size(); }

 private:
  static constexpr std::uint32_t kNone = ~std::uint32_t{0};
  static constexpr std::size_t kPayload = 28;

  // 32 bytes of a list's stretches. Series are counted from the last spill on. A stretch is
  // uvarint (series skipped since the last one << 1 | longer than one) and, if longer, uvarint
  // (length - 2).
  struct Block {
    std::uint32_t next;
    std::uint8_t bytes[kPayload];
  };
  // What every stretch touches, kept small: with many labels in play, caches decide the speed.
  struct Tail {
    std::uint32_t end;    // of the last stretch
    std::uint32_t count;  // series
    std::uint32_t block;  // being filled
    std::uint32_t used;   // bytes of it
  };
  struct Entry {
    std::uint64_t key;        // (name + 1) << 32 | (value + 1): see key_of()
    std::uint32_t head;       // first block
    std::uint32_t successor;  // what followed at the same label position last time
  };
  // The stretch that is going on at one label position.
  struct Open {
    PackedLabel label;
    std::uint32_t list;
    std::uint32_t begin;
  };
  struct Run {
    std::uint64_t begin;
    std::uint64_t end;
  };
  class Cursor;
  class MemoryCursor;
  class RunCursor;

  static std::uint64_t key_of(PackedLabel label);
  std::uint32_t find(std::uint64_t key);
  std::uint32_t find_after(std::uint32_t list, std::uint64_t key);
  void grow_table();
  void close(const Open& open);
  void close_from(std::size_t position);
  void put_uvarint(std::uint32_t list, std::uint32_t value);
  void put_byte(std::uint32_t list, std::uint8_t byte);
  std::vector<std::uint32_t> sorted() const;
  void spill();
  void clear();

  std::filesystem::path spill_directory_;
  std::size_t memory_;
  std::vector<Entry> entries_;
  std::vector<Tail> tails_;  // beside entries_
  std::vector<Block> blocks_;
  std::vector<std::uint32_t> table_;  // open addressing: positions in entries_
  std::vector<std::uint32_t> ids_;    // of all series since the last spill
  std::vector<Open> open_;            // by label position
  File file_;
  std::uint64_t file_size_ = 0;
  std::vector<Run> runs_;
};

}  // namespace strata::tsdb
