#include "block/snapshot.h"

#include <fmt/format.h>

#include <set>
#include <utility>

#include "base/error.h"
#include "base/task_group.h"
#include "block/meta_cache.h"
#include "block/object_name.h"

namespace strata::block {
namespace {

// A failure to read what is there. Kinds that waiting does not cure stay as they are.
Error incomplete_view(const Error& error) {
  const Error described = error.while_doing("incomplete view of the bucket");
  switch (error.kind()) {
    case ErrorKind::kDenied:
    case ErrorKind::kCancelled:
    case ErrorKind::kExhausted:
      return described;
    default:
      return {ErrorKind::kTransient, described.message(), described.place()};
  }
}

void set_aside(BlockEntry& entry, BlockState state, std::string reason) {
  entry.state = state;
  entry.reason = std::move(reason);
  entry.meta = nullptr;
}

bool same_object(const std::optional<ObjectVersion>& a, const std::optional<ObjectVersion>& b) {
  return a && b && a->same_as(*b);
}

// What one read of a bucket works with.
struct Reading {
  objstore::Bucket& bucket;
  MetaCache& cache;
  const Snapshot* last;
  bool listing_is_consistent;
};

// One block's entry, by one thread.
class EntryReader {
 public:
  EntryReader(const Reading& reading, const Ulid& block, BlockEntry& entry)
      : reading_(reading), block_(block), entry_(entry) {
    if (reading.last != nullptr) {
      const auto found = reading.last->blocks.find(block);
      last_ = found == reading.last->blocks.end() ? nullptr : &found->second;
    }
  }

  void read(const std::stop_token& stop) {
    try {
      read_meta(stop);
      for (const MarkKind kind : kMarkKinds) {
        read_one_mark(stop, kind);
      }
    } catch (const Error& error) {
      throw incomplete_view(error);
    }
  }

  bool fetched_meta() const { return fetched_meta_; }
  const std::string& warning() const { return warning_; }

 private:
  void read_meta(const std::stop_token& stop);
  void fetch_meta(const std::stop_token& stop);
  void read_one_mark(const std::stop_token& stop, MarkKind kind);

  const Reading& reading_;
  const Ulid block_;
  BlockEntry& entry_;
  const BlockEntry* last_ = nullptr;
  bool fetched_meta_ = false;
  std::string warning_;
};

void EntryReader::read_meta(const std::stop_token& stop) {
  if (!entry_.files.meta) {
    set_aside(entry_, BlockState::kNoMeta, "no meta.json");
    return;
  }
  if (last_ != nullptr && same_object(entry_.files.meta, last_->files.meta)) {
    entry_.state = last_->state;
    entry_.reason = last_->reason;
    entry_.meta = last_->meta;
    return;
  }
  entry_.meta = reading_.cache.find(block_, *entry_.files.meta);
  if (entry_.meta != nullptr) {
    entry_.state = BlockState::kWhole;
    return;
  }
  fetch_meta(stop);
}

void EntryReader::fetch_meta(const std::stop_token& stop) {
  const std::string object = object_name(block_, kMetaFile);
  if (entry_.files.meta->size > kMaxMetaSize) {
    set_aside(entry_, BlockState::kFailed,
              fmt::format("meta.json has {} bytes, at most {} are read", entry_.files.meta->size,
                          kMaxMetaSize));
    return;
  }
  const auto content = reading_.bucket.get(stop, object, kMaxMetaSize);
  fetched_meta_ = true;
  if (!content) {
    entry_.files.meta.reset();
    set_aside(entry_, BlockState::kNoMeta, "no meta.json");
    return;
  }
  try {
    auto meta = std::make_shared<const Meta>(parse_meta(as_text(*content), object));
    if (meta->ulid != block_) {
      set_aside(entry_, BlockState::kFailed,
                fmt::format("meta.json says that it is of block {}", meta->ulid.to_string()));
      return;
    }
    entry_.meta = std::move(meta);
    entry_.state = BlockState::kWhole;
  } catch (const Error& error) {
    const bool is_corrupt = error.kind() == ErrorKind::kCorrupt;
    set_aside(entry_, is_corrupt ? BlockState::kCorruptMeta : BlockState::kFailed, error.what());
    return;
  }
  reading_.cache.store(block_, *entry_.files.meta, *content);
}

void EntryReader::read_one_mark(const std::stop_token& stop, MarkKind kind) {
  const auto i = static_cast<std::size_t>(kind);
  auto& listed = entry_.files.marks[i];
  if (!listed && reading_.listing_is_consistent) {
    return;
  }
  if (last_ != nullptr && same_object(listed, last_->files.marks[i])) {
    entry_.marks[i] = last_->marks[i];
    return;
  }
  try {
    auto mark = read_mark(stop, reading_.bucket, kind, block_);
    if (!mark) {
      listed.reset();
      return;
    }
    mark->block = block_;
    entry_.marks[i] = BlockMark{.mark = std::move(*mark), .error = {}};
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::kInvalid) {
      entry_.marks[i] = BlockMark{
          .mark = {.kind = kind, .block = block_, .details = {}, .time_s = 0, .reason = {}},
          .error = error.what()};
    } else if (error.kind() == ErrorKind::kCorrupt) {
      warning_ += fmt::format("{}a mark that does not parse counts as none: {}",
                              warning_.empty() ? "" : "; ", error.what());
    } else {
      throw;
    }
  }
}

}  // namespace

SnapshotReader::SnapshotReader(objstore::Bucket& bucket, SnapshotOptions options)
    : bucket_(bucket),
      options_(std::move(options)),
      cache_(std::make_unique<MetaCache>(options_.cache_directory)) {}

SnapshotReader::~SnapshotReader() = default;

std::shared_ptr<const Snapshot> SnapshotReader::read(std::stop_token stop, const Clock& clock) {
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->taken = clock.now_ms();
  std::vector<std::pair<Ulid, BlockEntry*>> work;
  for (auto& [id, files] : list_blocks(stop, bucket_)) {
    BlockEntry& entry = snapshot->blocks[id];
    entry.files = std::move(files);
    work.emplace_back(id, &entry);
  }
  const Reading reading{.bucket = bucket_,
                        .cache = *cache_,
                        .last = last_.get(),
                        .listing_is_consistent = options_.listing_is_consistent};
  std::vector<std::string> warnings(work.size());
  std::vector<char> fetched(work.size());
  parallel_for(stop, options_.concurrency, work.size(),
               [&](const std::stop_token& token, std::size_t i) {
                 EntryReader reader(reading, work[i].first, *work[i].second);
                 reader.read(token);
                 warnings[i] = reader.warning();
                 fetched[i] = reader.fetched_meta() ? 1 : 0;
               });
  if (stop.stop_requested()) {
    throw Error(ErrorKind::kCancelled, "stopped while reading the bucket's blocks");
  }
  std::set<Ulid> whole;
  for (std::size_t i = 0; i < work.size(); ++i) {
    snapshot->metas_fetched += static_cast<std::size_t>(fetched[i]);
    if (!warnings[i].empty()) {
      snapshot->warnings.push_back(std::move(warnings[i]));
    }
    if (work[i].second->state == BlockState::kWhole) {
      whole.insert(work[i].first);
    }
  }
  cache_->keep_only(whole);
  for (auto& warning : cache_->take_warnings()) {
    snapshot->warnings.push_back(std::move(warning));
  }
  last_ = snapshot;
  return snapshot;
}

}  // namespace strata::block
