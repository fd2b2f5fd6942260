#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.h"
#include "base/ulid.h"

namespace strata::block {

inline constexpr std::string_view kMetaFile = "meta.json";
// More than a million sources; whatever is larger was not written by a compactor.
inline constexpr std::uint64_t kMaxMetaSize = std::uint64_t{32} << 20;

using Labels = std::map<std::string, std::string>;  // sorted by bytes, as Go's JSON writes maps

// ms; the three that exist: raw, 5 minutes, 1 hour.
using Resolution = std::int64_t;
inline constexpr Resolution kRaw = 0;
inline constexpr Resolution k5m = 300'000;
inline constexpr Resolution k1h = 3'600'000;

struct MetaStats {
  std::uint64_t num_samples = 0;
  std::uint64_t num_float_samples = 0;
  std::uint64_t num_histogram_samples = 0;
  std::uint64_t num_series = 0;
  std::uint64_t num_chunks = 0;
  std::uint64_t num_tombstones = 0;
};

struct BlockDesc {
  Ulid ulid;
  TimeRange range;
};

struct Compaction {
  int level = 0;
  std::vector<Ulid> sources;
  bool deletable = false;
  std::vector<BlockDesc> parents;
  bool failed = false;
  std::vector<std::string> hints;
};

struct MetaFile {
  std::string rel_path;
  std::uint64_t size_bytes = 0;  // 0: not said
  std::string hash_function;     // "SHA256" or empty
  std::string hash_value;        // lower hex
};

struct IndexStats {
  std::int64_t series_max_size = 0;
  std::int64_t chunk_max_size = 0;
};

struct ThanosSection {
  int version = 0;
  std::optional<Labels> labels;  // empty optional: JSON null or absent
  Resolution resolution = kRaw;
  std::string source;
  std::vector<std::string> segment_files;
  std::vector<MetaFile> files;
  std::string rewrites;  // compact JSON of the array, empty: none
  IndexStats index_stats;
  std::string extensions;   // compact JSON with sorted keys, empty: none
  std::string upload_time;  // RFC 3339 as Go writes it; "" is Go's zero time
};

// meta.json with every key that Prometheus v0.309 and Thanos 0.43 write.
struct Meta {
  Ulid ulid;
  TimeRange range;  // minTime, maxTime
  MetaStats stats;
  Compaction compaction;
  int version = 1;
  ThanosSection thanos;
  // Keys that neither knows, per enclosing object ("", "stats", "compaction", "thanos",
  // "thanos.downsample", "thanos.index_stats"): name and compact JSON in their order, written after
  // the known ones. They survive where one meta is copied; a merge takes none.
  std::map<std::string, std::vector<std::pair<std::string, std::string>>> unknown;

  // Of the Thanos section; an empty set where it says null or nothing.
  const Labels& labels() const;
};

// Takes what Go's decoder takes: unknown keys, keys in any letter case, null for any value. Throws
// corrupt for what that refuses too (with the byte offset, or the key for a value of the wrong
// type). Throws invalid for a whole document that we decline: a version other than 1, a foreign
// character in a ULID, more than kMaxMetaSize bytes or 500 levels. The two kinds differ in what may
// happen to the block: only a corrupt meta counts as an aborted upload.
Meta parse_meta(std::string_view json, const std::string& file);
// Tab-indented with a final newline: the bytes that Go's encoder writes.
std::string format_meta(const Meta& meta);
// What Prometheus itself writes: no Thanos section, nothing unknown, no final newline.
std::string format_prometheus_meta(const Meta& meta);

// Unix ms, rounded down; empty for the zero time.
std::optional<Timestamp> upload_time_ms(const Meta& meta);

}  // namespace strata::block
