#include <fmt/format.h>

#include <concepts>

#include "block/json_text.h"
#include "block/meta.h"

namespace strata::block {
namespace {

// Compact JSON of one object, member by member.
class ObjectWriter {
 public:
  explicit ObjectWriter(std::string& out) : out_(out) { out_ += '{'; }

  std::string& member(std::string_view name) {
    if (!first_) {
      out_ += ',';
    }
    first_ = false;
    append_json_string(out_, name);
    out_ += ':';
    return out_;
  }
  void text(std::string_view name, std::string_view value) {
    append_json_string(member(name), value);
  }
  void number(std::string_view name, std::integral auto value) {
    fmt::format_to(std::back_inserter(member(name)), "{}", value);
  }
  void number_unless_zero(std::string_view name, std::integral auto value) {
    if (value != 0) {
      number(name, value);
    }
  }
  void flag_if_set(std::string_view name, bool value) {
    if (value) {
      member(name) += "true";
    }
  }
  template <class List, class Append>
  void list_unless_empty(std::string_view name, const List& list, Append append_one) {
    if (list.empty()) {
      return;
    }
    char separator = '[';
    std::string& out = member(name);
    for (const auto& one : list) {
      out += separator;
      append_one(out, one);
      separator = ',';
    }
    out += ']';
  }
  void unknown(const Meta& meta, const std::string& object) {
    const auto found = meta.unknown.find(object);
    if (found == meta.unknown.end()) {
      return;
    }
    for (const auto& [name, value] : found->second) {
      member(name) += value;
    }
  }
  void end() { out_ += '}'; }

 private:
  std::string& out_;
  bool first_ = true;
};

void append_ulid(std::string& out, const Ulid& id) {
  append_json_string(out, id.to_string());
}

void append_desc(std::string& out, const BlockDesc& desc) {
  ObjectWriter object(out);
  object.text("ulid", desc.ulid.to_string());
  object.number("minTime", desc.range.min);
  object.number("maxTime", desc.range.max);
  object.end();
}

void append_file(std::string& out, const MetaFile& file) {
  ObjectWriter object(out);
  object.text("rel_path", file.rel_path);
  object.number_unless_zero("size_bytes", file.size_bytes);
  if (!file.hash_function.empty() || !file.hash_value.empty()) {
    ObjectWriter hash(object.member("hash"));
    hash.text("hashFunc", file.hash_function);
    hash.text("value", file.hash_value);
    hash.end();
  }
  object.end();
}

void append_stats(std::string& out, const Meta& meta) {
  ObjectWriter object(out);
  object.number_unless_zero("numSamples", meta.stats.num_samples);
  object.number_unless_zero("numFloatSamples", meta.stats.num_float_samples);
  object.number_unless_zero("numHistogramSamples", meta.stats.num_histogram_samples);
  object.number_unless_zero("numSeries", meta.stats.num_series);
  object.number_unless_zero("numChunks", meta.stats.num_chunks);
  object.number_unless_zero("numTombstones", meta.stats.num_tombstones);
  object.unknown(meta, "stats");
  object.end();
}

void append_compaction(std::string& out, const Meta& meta) {
  const Compaction& compaction = meta.compaction;
  ObjectWriter object(out);
  object.number("level", compaction.level);
  object.list_unless_empty("sources", compaction.sources, append_ulid);
  object.flag_if_set("deletable", compaction.deletable);
  object.list_unless_empty("parents", compaction.parents, append_desc);
  object.flag_if_set("failed", compaction.failed);
  object.list_unless_empty("hints", compaction.hints, append_json_string);
  object.unknown(meta, "compaction");
  object.end();
}

void append_labels(std::string& out, const std::optional<Labels>& labels) {
  if (!labels) {
    out += "null";
    return;
  }
  ObjectWriter object(out);
  for (const auto& [name, value] : *labels) {
    object.text(name, value);
  }
  object.end();
}

void append_thanos(std::string& out, const Meta& meta) {
  const ThanosSection& thanos = meta.thanos;
  ObjectWriter object(out);
  object.number_unless_zero("version", thanos.version);
  append_labels(object.member("labels"), thanos.labels);
  ObjectWriter downsample(object.member("downsample"));
  downsample.number("resolution", thanos.resolution);
  downsample.unknown(meta, "thanos.downsample");
  downsample.end();
  object.text("source", thanos.source);
  object.list_unless_empty("segment_files", thanos.segment_files, append_json_string);
  object.list_unless_empty("files", thanos.files, append_file);
  if (!thanos.rewrites.empty()) {
    object.member("rewrites") += thanos.rewrites;
  }
  ObjectWriter index(object.member("index_stats"));
  index.number_unless_zero("series_max_size", thanos.index_stats.series_max_size);
  index.number_unless_zero("chunk_max_size", thanos.index_stats.chunk_max_size);
  index.unknown(meta, "thanos.index_stats");
  index.end();
  if (!thanos.extensions.empty()) {
    object.member("extensions") += thanos.extensions;
  }
  object.text("upload_time",
              thanos.upload_time.empty() ? "0001-01-01T00:00:00Z" : thanos.upload_time);
  object.unknown(meta, "thanos");
  object.end();
}

enum class Sections { kPrometheus, kAll };

std::string format(const Meta& meta, Sections sections) {
  std::string compact;
  ObjectWriter object(compact);
  object.text("ulid", meta.ulid.to_string());
  object.number("minTime", meta.range.min);
  object.number("maxTime", meta.range.max);
  append_stats(object.member("stats"), meta);
  append_compaction(object.member("compaction"), meta);
  object.number("version", meta.version);
  if (sections == Sections::kAll) {
    append_thanos(object.member("thanos"), meta);
    object.unknown(meta, "");
  }
  object.end();
  return indent_json(compact);
}

}  // namespace

std::string format_meta(const Meta& meta) {
  return format(meta, Sections::kAll);
}

std::string format_prometheus_meta(const Meta& meta) {
  std::string text = format(meta, Sections::kPrometheus);
  text.pop_back();
  return text;
}

}  // namespace strata::block
