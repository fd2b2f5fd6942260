#include <fmt/format.h>

#include "block/json_decoder.h"
#include "block/json_text.h"
#include "block/meta.h"

namespace strata::block {
namespace {

constexpr int kVersion = 1;

class MetaParser {
 public:
  MetaParser(Meta& meta, const std::string& file) : meta_(meta), decode_(file) {}

  void document(JsonView root);

 private:
  using Member = void (MetaParser::*)(std::string_view, JsonView);

  // Calls `member` for every member of an object.
  void each(std::string_view key, JsonView value, Member member) {
    if (decode_.enter_object(key, value)) {
      value.each_member([&](std::string_view name, JsonView v) { (this->*member)(name, v); });
    }
  }
  template <class T, class ReadOne>
  void list(std::string_view key, JsonView value, std::vector<T>& out, ReadOne read_one) {
    out.clear();
    if (decode_.enter_array(key, value)) {
      value.each_element([&](JsonView element) { read_one(element, out.emplace_back()); });
    }
  }
  void texts(std::string_view key, JsonView value, std::vector<std::string>& out) {
    list(key, value, out, [&](JsonView v, std::string& one) { decode_.read(key, v, one); });
  }
  void keep_unknown(const std::string& object, std::string_view name, JsonView value);

  void top(std::string_view name, JsonView value);
  void stats(std::string_view name, JsonView value);
  void compaction(std::string_view name, JsonView value);
  void thanos(std::string_view name, JsonView value);
  void downsample(std::string_view name, JsonView value);
  void index_stats(std::string_view name, JsonView value);
  void labels(JsonView value);
  void parent(JsonView value, BlockDesc& out);
  void file(JsonView value, MetaFile& out);
  void rewrites(JsonView value);
  void extensions(JsonView value);
  void upload_time(JsonView value);

  Meta& meta_;
  JsonDecoder decode_;
};

void MetaParser::document(JsonView root) {
  meta_.version = 0;
  each("", root, &MetaParser::top);
  if (meta_.version != kVersion) {
    decode_.decline("version", fmt::format("{} is not known", meta_.version));
  }
}

void MetaParser::keep_unknown(const std::string& object, std::string_view name, JsonView value) {
  std::string text;
  append_json(text, value);
  meta_.unknown[object].emplace_back(name, std::move(text));
}

void MetaParser::top(std::string_view name, JsonView value) {
  if (key_matches(name, "ulid")) {
    decode_.read("ulid", value, meta_.ulid);
  } else if (key_matches(name, "minTime")) {
    decode_.read("minTime", value, meta_.range.min);
  } else if (key_matches(name, "maxTime")) {
    decode_.read("maxTime", value, meta_.range.max);
  } else if (key_matches(name, "stats")) {
    each("stats", value, &MetaParser::stats);
  } else if (key_matches(name, "compaction")) {
    each("compaction", value, &MetaParser::compaction);
  } else if (key_matches(name, "version")) {
    decode_.read("version", value, meta_.version);
  } else if (key_matches(name, "thanos")) {
    each("thanos", value, &MetaParser::thanos);
  } else {
    keep_unknown("", name, value);
  }
}

void MetaParser::stats(std::string_view name, JsonView value) {
  static constexpr std::pair<std::string_view, std::uint64_t MetaStats::*> kFields[] = {
      {"numSamples", &MetaStats::num_samples},
      {"numFloatSamples", &MetaStats::num_float_samples},
      {"numHistogramSamples", &MetaStats::num_histogram_samples},
      {"numSeries", &MetaStats::num_series},
      {"numChunks", &MetaStats::num_chunks},
      {"numTombstones", &MetaStats::num_tombstones},
  };
  for (const auto& [field_name, field] : kFields) {
    if (key_matches(name, field_name)) {
      decode_.read(fmt::format("stats.{}", field_name), value, meta_.stats.*field);
      return;
    }
  }
  keep_unknown("stats", name, value);
}

void MetaParser::compaction(std::string_view name, JsonView value) {
  Compaction& out = meta_.compaction;
  if (key_matches(name, "level")) {
    decode_.read("compaction.level", value, out.level);
  } else if (key_matches(name, "sources")) {
    list("compaction.sources", value, out.sources,
         [&](JsonView v, Ulid& id) { decode_.read("compaction.sources", v, id); });
  } else if (key_matches(name, "deletable")) {
    decode_.read("compaction.deletable", value, out.deletable);
  } else if (key_matches(name, "parents")) {
    list("compaction.parents", value, out.parents,
         [&](JsonView v, BlockDesc& desc) { parent(v, desc); });
  } else if (key_matches(name, "failed")) {
    decode_.read("compaction.failed", value, out.failed);
  } else if (key_matches(name, "hints")) {
    texts("compaction.hints", value, out.hints);
  } else {
    keep_unknown("compaction", name, value);
  }
}

void MetaParser::parent(JsonView value, BlockDesc& out) {
  if (!decode_.enter_object("compaction.parents", value)) {
    return;
  }
  value.each_member([&](std::string_view name, JsonView v) {
    if (key_matches(name, "ulid")) {
      decode_.read("compaction.parents.ulid", v, out.ulid);
    } else if (key_matches(name, "minTime")) {
      decode_.read("compaction.parents.minTime", v, out.range.min);
    } else if (key_matches(name, "maxTime")) {
      decode_.read("compaction.parents.maxTime", v, out.range.max);
    }
  });
}

void MetaParser::thanos(std::string_view name, JsonView value) {
  ThanosSection& out = meta_.thanos;
  if (key_matches(name, "version")) {
    decode_.read("thanos.version", value, out.version);
  } else if (key_matches(name, "labels")) {
    labels(value);
  } else if (key_matches(name, "downsample")) {
    each("thanos.downsample", value, &MetaParser::downsample);
  } else if (key_matches(name, "source")) {
    decode_.read("thanos.source", value, out.source);
  } else if (key_matches(name, "segment_files")) {
    texts("thanos.segment_files", value, out.segment_files);
  } else if (key_matches(name, "files")) {
    list("thanos.files", value, out.files, [&](JsonView v, MetaFile& one) { file(v, one); });
  } else if (key_matches(name, "rewrites")) {
    rewrites(value);
  } else if (key_matches(name, "index_stats")) {
    each("thanos.index_stats", value, &MetaParser::index_stats);
  } else if (key_matches(name, "extensions")) {
    extensions(value);
  } else if (key_matches(name, "upload_time")) {
    upload_time(value);
  } else {
    keep_unknown("thanos", name, value);
  }
}

void MetaParser::labels(JsonView value) {
  auto& out = meta_.thanos.labels;
  if (!decode_.enter_object("thanos.labels", value)) {
    out.reset();
    return;
  }
  if (!out) {
    out.emplace();
  }
  value.each_member([&](std::string_view name, JsonView v) {
    std::string text;
    decode_.read("thanos.labels", v, text);
    out->insert_or_assign(std::string(name), std::move(text));
  });
}

void MetaParser::downsample(std::string_view name, JsonView value) {
  if (key_matches(name, "resolution")) {
    decode_.read("thanos.downsample.resolution", value, meta_.thanos.resolution);
  } else {
    keep_unknown("thanos.downsample", name, value);
  }
}

void MetaParser::index_stats(std::string_view name, JsonView value) {
  IndexStats& out = meta_.thanos.index_stats;
  if (key_matches(name, "series_max_size")) {
    decode_.read("thanos.index_stats.series_max_size", value, out.series_max_size);
  } else if (key_matches(name, "chunk_max_size")) {
    decode_.read("thanos.index_stats.chunk_max_size", value, out.chunk_max_size);
  } else {
    keep_unknown("thanos.index_stats", name, value);
  }
}

void MetaParser::file(JsonView value, MetaFile& out) {
  if (!decode_.enter_object("thanos.files", value)) {
    return;
  }
  value.each_member([&](std::string_view name, JsonView v) {
    if (key_matches(name, "rel_path")) {
      decode_.read("thanos.files.rel_path", v, out.rel_path);
    } else if (key_matches(name, "size_bytes")) {
      std::int64_t size = 0;
      decode_.read("thanos.files.size_bytes", v, size);
      if (size < 0) {
        decode_.decline("thanos.files.size_bytes", "is negative");
      }
      out.size_bytes = static_cast<std::uint64_t>(size);
    } else if (key_matches(name, "hash") && decode_.enter_object("thanos.files.hash", v)) {
      v.each_member([&](std::string_view part, JsonView text) {
        if (key_matches(part, "hashFunc")) {
          decode_.read("thanos.files.hash.hashFunc", text, out.hash_function);
        } else if (key_matches(part, "value")) {
          decode_.read("thanos.files.hash.value", text, out.hash_value);
        }
      });
    }
  });
}

void MetaParser::rewrites(JsonView value) {
  std::string& out = meta_.thanos.rewrites;
  out.clear();
  if (!decode_.enter_array("thanos.rewrites", value)) {
    return;
  }
  append_json(out, value);
  if (out == "[]") {
    out.clear();
  }
}

void MetaParser::extensions(JsonView value) {
  meta_.thanos.extensions.clear();
  if (!value.is_null()) {
    append_untyped_json(meta_.thanos.extensions, value);
  }
}

void MetaParser::upload_time(JsonView value) {
  if (value.is_null()) {
    return;
  }
  const auto time = parse_json_time(value.kind() == JsonKind::kString ? value.text() : "");
  if (!time) {
    decode_.fail("thanos.upload_time", "an RFC 3339 time");
  }
  meta_.thanos.upload_time = time->text;
}

}  // namespace

Meta parse_meta(std::string_view json, const std::string& file) {
  const JsonTape tape(json, file, kMaxMetaSize);
  Meta meta;
  MetaParser(meta, file).document(tape.root());
  return meta;
}

}  // namespace strata::block
