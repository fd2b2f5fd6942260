#include "tsdb/index/postings_builder.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/big_endian.h"
#include "base/error.h"
#include "base/varint.h"

namespace strata::tsdb {
namespace {

constexpr std::size_t kWriteBuffer = 64 << 10;
constexpr std::size_t kRunWindow = 32 << 10;
constexpr std::size_t kPiece = 4096;  // ids handed out at once
// What skips and lengths of stretches can say.
constexpr std::size_t kMaxSeries = std::size_t{1} << 30;

std::size_t hash(std::uint64_t key) {
  key *= 0x9E3779B97F4A7C15ULL;  // 2^64 / golden ratio: spreads ranks, which are dense
  return static_cast<std::size_t>(key ^ (key >> 29));
}

}  // namespace

PostingsBuilder::PostingsBuilder(std::filesystem::path spill_directory, std::size_t memory)
    : spill_directory_(std::move(spill_directory)), memory_(memory) {
  clear();
}

PostingsBuilder::~PostingsBuilder() = default;

std::uint64_t PostingsBuilder::key_of(PackedLabel label) {
  // Ranks are below 2^32 - 1, so no label meets key 0 and order is kept.
  return label + ((std::uint64_t{1} << 32) | 1);
}

void PostingsBuilder::clear() {
  entries_.clear();
  tails_.clear();
  blocks_.clear();
  table_.assign(1024, kNone);
  ids_.clear();
  open_.clear();
}

std::size_t PostingsBuilder::memory_used() const {
  return entries_.size() * (sizeof(Entry) + sizeof(Tail)) + blocks_.size() * sizeof(Block) +
         (table_.size() + ids_.size()) * sizeof(std::uint32_t);
}

void PostingsBuilder::grow_table() {
  table_.assign(table_.size() * 2, kNone);
  const std::size_t mask = table_.size() - 1;
  for (std::uint32_t i = 0; i < entries_.size(); ++i) {
    std::size_t slot = hash(entries_[i].key) & mask;
    while (table_[slot] != kNone) {
      slot = (slot + 1) & mask;
    }
    table_[slot] = i;
  }
}

std::uint32_t PostingsBuilder::find(std::uint64_t key) {
  const std::size_t mask = table_.size() - 1;
  std::size_t slot = hash(key) & mask;
  while (table_[slot] != kNone) {
    if (entries_[table_[slot]].key == key) {
      return table_[slot];
    }
    slot = (slot + 1) & mask;
  }
  const auto position = static_cast<std::uint32_t>(entries_.size());
  entries_.push_back({.key = key, .head = kNone, .successor = kNone});
  tails_.push_back({.end = 0, .count = 0, .block = kNone, .used = kPayload});
  table_[slot] = position;
  if (entries_.size() * 2 > table_.size()) {
    grow_table();
  }
  return position;
}

// Series of one metric name walk through the same targets in the same order as those of the name
// before: mostly the list that came next last time comes next again, and needs no search.
std::uint32_t PostingsBuilder::find_after(std::uint32_t list, std::uint64_t key) {
  const std::uint32_t likely = entries_[list].successor;
  if (likely != kNone && entries_[likely].key == key) {
    return likely;
  }
  const std::uint32_t found = find(key);
  entries_[list].successor = found;
  return found;
}

void PostingsBuilder::put_byte(std::uint32_t list, std::uint8_t byte) {
  Tail& tail = tails_[list];
  if (tail.used == kPayload) {
    const auto fresh = static_cast<std::uint32_t>(blocks_.size());
    blocks_.emplace_back();
    blocks_.back().next = kNone;
    if (tail.block == kNone) {
      entries_[list].head = fresh;
    } else {
      blocks_[tail.block].next = fresh;
    }
    tail.block = fresh;
    tail.used = 0;
  }
  blocks_[tail.block].bytes[tail.used++] = byte;
}

void PostingsBuilder::put_uvarint(std::uint32_t list, std::uint32_t value) {
  Tail& tail = tails_[list];
  if (value < 0x80 && tail.used < kPayload) [[likely]] {
    blocks_[tail.block].bytes[tail.used++] = static_cast<std::uint8_t>(value);
    return;
  }
  for (; value >= 0x80; value >>= 7) {
    put_byte(list, static_cast<std::uint8_t>(value | 0x80));
  }
  put_byte(list, static_cast<std::uint8_t>(value));
}

// The stretch ends before the series that comes next.
void PostingsBuilder::close(const Open& open) {
  const auto end = static_cast<std::uint32_t>(ids_.size());
  const std::uint32_t length = end - open.begin;
  Tail& tail = tails_[open.list];
  if (open.begin < tail.end) {
    throw Error(ErrorKind::kCorrupt, "a series has the same label twice");
  }
  const std::uint32_t skipped = open.begin - tail.end;
  tail.end = end;
  tail.count += length;
  put_uvarint(open.list, skipped << 1 | (length > 1 ? 1 : 0));
  if (length > 1) {
    put_uvarint(open.list, length - 2);
  }
}

void PostingsBuilder::close_from(std::size_t position) {
  for (std::size_t i = position; i < open_.size(); ++i) {
    close(open_[i]);
  }
  open_.resize(std::min(position, open_.size()));
}

void PostingsBuilder::add(std::uint32_t series_id, std::span<const PackedLabel> labels) {
  if (memory_used() > memory_ || ids_.size() == kMaxSeries) {
    spill();
  }
  const auto series = static_cast<std::uint32_t>(ids_.size());
  close_from(labels.size());
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (i == open_.size()) {
      open_.push_back({.label = labels[i], .list = find(key_of(labels[i])), .begin = series});
    } else if (open_[i].label != labels[i]) {
      close(open_[i]);
      open_[i] = {.label = labels[i],
                  .list = find_after(open_[i].list, key_of(labels[i])),
                  .begin = series};
    }
  }
  ids_.push_back(series_id);
}

std::vector<std::uint32_t> PostingsBuilder::sorted() const {
  std::vector<std::uint32_t> order(entries_.size());
  for (std::uint32_t i = 0; i < order.size(); ++i) {
    order[i] = i;
  }
  std::ranges::sort(order, {}, [this](std::uint32_t i) { return entries_[i].key; });
  return order;
}

// One sorted sequence of lists, positioned at a list.
class PostingsBuilder::Cursor {
 public:
  virtual ~Cursor() = default;
  virtual bool next_list() = 0;  // loads key_ and count_
  // The next ids of the list; all calls together ask for count_.
  virtual void read(std::span<std::uint32_t> ids) = 0;

  std::uint64_t key() const { return key_; }
  std::uint32_t count() const { return count_; }

 protected:
  std::uint64_t key_ = 0;
  std::uint32_t count_ = 0;
};

class PostingsBuilder::MemoryCursor : public Cursor {
 public:
  // Of lists without stretches going on.
  explicit MemoryCursor(const PostingsBuilder& builder)
      : builder_(builder), order_(builder.sorted()) {}

  bool next_list() override {
    if (!all_given_) {
      all_given_ = true;
      key_ = 0;
      count_ = left_ = static_cast<std::uint32_t>(builder_.ids_.size());
      return true;
    }
    if (position_ == order_.size()) {
      return false;
    }
    const std::uint32_t list = order_[position_++];
    key_ = builder_.entries_[list].key;
    count_ = builder_.tails_[list].count;
    block_ = builder_.entries_[list].head;
    byte_ = 0;
    at_ = left_ = 0;
    return true;
  }

  void read(std::span<std::uint32_t> ids) override {
    for (std::size_t i = 0; i < ids.size();) {
      if (left_ == 0) {
        next_stretch();
      }
      const auto taken = std::min<std::size_t>(left_, ids.size() - i);
      for (std::size_t k = 0; k < taken; ++k) {
        ids[i + k] = builder_.ids_[at_ + k];
      }
      i += taken;
      at_ += static_cast<std::uint32_t>(taken);
      left_ -= static_cast<std::uint32_t>(taken);
    }
  }

 private:
  void next_stretch() {
    const std::uint32_t head = next_uvarint();
    at_ += head >> 1;
    left_ = (head & 1) != 0 ? next_uvarint() + 2 : 1;
  }

  std::uint8_t next_byte() {
    if (byte_ == kPayload) {
      block_ = builder_.blocks_[block_].next;
      byte_ = 0;
    }
    return builder_.blocks_[block_].bytes[byte_++];
  }

  std::uint32_t next_uvarint() {
    std::uint8_t byte = next_byte();
    std::uint32_t value = byte & 0x7fU;
    for (unsigned shift = 7; byte >= 0x80; shift += 7) {
      byte = next_byte();
      value |= static_cast<std::uint32_t>(byte & 0x7fU) << shift;
    }
    return value;
  }

  const PostingsBuilder& builder_;
  std::vector<std::uint32_t> order_;
  std::size_t position_ = 0;
  bool all_given_ = false;
  std::uint32_t block_ = kNone;
  std::size_t byte_ = 0;
  std::uint32_t at_ = 0;    // the stretch: series that come next
  std::uint32_t left_ = 0;  // and how many of it
};

// One run: per list, ascending by key (0: all series): BE64 key | BE32 count | BE32 first id |
// uvarint deltas. The count tells how many deltas follow.
void PostingsBuilder::spill() {
  close_from(0);
  if (!file_.is_open()) {
    file_ = File::create_unnamed(spill_directory_);
  }
  const std::uint64_t begin = file_size_;
  Buffer out;
  std::vector<std::uint32_t> piece;
  const auto flush = [&](std::size_t limit) {
    if (out.size() >= limit && !out.empty()) {
      file_.write(out);
      file_size_ += out.size();
      out.clear();
    }
  };
  for (MemoryCursor lists(*this); lists.next_list();) {
    append_be(out, lists.key());
    append_be(out, lists.count());
    std::uint32_t last = 0;
    for (std::uint32_t done = 0; done < lists.count();) {
      piece.resize(std::min<std::size_t>(lists.count() - done, kPiece));
      lists.read(piece);
      for (const std::uint32_t id : piece) {
        if (done++ == 0) {
          append_be(out, id);
        } else {
          append_uvarint(out, id - last);
        }
        last = id;
      }
      flush(kWriteBuffer);
    }
  }
  flush(0);
  runs_.push_back({.begin = begin, .end = file_size_});
  clear();
}

class PostingsBuilder::RunCursor : public Cursor {
 public:
  RunCursor(const File& file, Run run) : file_(file), offset_(run.begin), end_(run.end) {}

  bool next_list() override {
    if (at_ == window_.size() && offset_ == end_) {
      return false;
    }
    std::array<std::uint8_t, 16> head;
    for (auto& byte : head) {
      byte = next_byte();
    }
    key_ = load_be<std::uint64_t>(head.data());
    count_ = load_be<std::uint32_t>(head.data() + 8);
    id_ = load_be<std::uint32_t>(head.data() + 12);
    given_ = 0;
    return true;
  }

  void read(std::span<std::uint32_t> ids) override {
    for (std::uint32_t& id : ids) {
      if (given_++ > 0) {
        std::uint8_t byte = next_byte();
        std::uint32_t delta = byte & 0x7fU;
        for (unsigned shift = 7; byte >= 0x80; shift += 7) {
          byte = next_byte();
          delta |= static_cast<std::uint32_t>(byte & 0x7fU) << shift;
        }
        id_ += delta;
      }
      id = id_;
    }
  }

 private:
  std::uint8_t next_byte() {
    if (at_ == window_.size()) {
      const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(kRunWindow, end_ - offset_));
      if (n == 0) {
        throw_corrupt("spilled postings end early", file_.path(), offset_);
      }
      window_.resize(n);
      file_.read_at(offset_, window_);
      offset_ += n;
      at_ = 0;
    }
    return window_[at_++];
  }

  const File& file_;
  std::uint64_t offset_;
  std::uint64_t end_;
  Buffer window_;
  std::size_t at_ = 0;
  std::uint32_t given_ = 0;
  std::uint32_t id_ = 0;
};

void PostingsBuilder::finish(const std::function<void(const List&)>& begin,
                             const std::function<void(std::span<const std::uint32_t>)>& ids) {
  close_from(0);
  // In order of time: ids of an earlier run are below those of a later one.
  std::vector<std::unique_ptr<Cursor>> cursors;
  for (const Run& run : runs_) {
    cursors.push_back(std::make_unique<RunCursor>(file_, run));
  }
  cursors.push_back(std::make_unique<MemoryCursor>(*this));
  std::erase_if(cursors, [](const auto& cursor) { return !cursor->next_list(); });
  std::vector<std::uint32_t> piece;
  while (!cursors.empty()) {
    std::uint64_t key = ~std::uint64_t{0};
    for (const auto& cursor : cursors) {
      key = std::min(key, cursor->key());
    }
    std::uint64_t count = 0;
    for (const auto& cursor : cursors) {
      count += cursor->key() == key ? cursor->count() : 0;
    }
    begin({.all_series = key == 0,
           .label = key == 0 ? 0 : key - key_of(0),
           .count = static_cast<std::uint32_t>(count)});
    for (const auto& cursor : cursors) {
      if (cursor->key() != key) {
        continue;
      }
      for (std::uint32_t left = cursor->count(); left > 0;) {
        piece.resize(std::min<std::size_t>(left, kPiece));
        cursor->read(piece);
        ids(piece);
        left -= static_cast<std::uint32_t>(piece.size());
      }
    }
    std::erase_if(cursors, [key](const auto& cursor) {
      return cursor->key() == key && !cursor->next_list();
    });
  }
}

}  // namespace strata::tsdb
