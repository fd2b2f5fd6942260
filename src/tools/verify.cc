#include "tools/verify.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <ostream>
#include <string>
#include <utility>

#include "base/error.h"
#include "base/mutex.h"
#include "base/task_group.h"
#include "block/filters.h"
#include "block/group_key.h"
#include "block/object_source.h"
#include "block/snapshot.h"
#include "tsdb/verify_block.h"

namespace strata::tools {
namespace {

using Json = nlohmann::ordered_json;
using MetaPtr = std::shared_ptr<const block::Meta>;

constexpr std::uint64_t kMinMemory = std::uint64_t{1} << 20;

void check_meta(const block::BlockEntry& entry, const tsdb::BlockReport& counted,
                const BucketVerifyOptions& options, tsdb::BlockReport& report) {
  const block::Meta& meta = *entry.meta;
  const auto find = [&](std::string message) {
    report.add(
        {.check = "meta",
         .message = std::move(message),
         .place = {.block = meta.ulid.to_string(), .file = "meta.json", .offset = std::nullopt}});
  };
  if (meta.range.min >= meta.range.max) {
    find(fmt::format("minTime {} is not before maxTime {}", meta.range.min, meta.range.max));
  }
  if (meta.compaction.level < 1) {
    find(fmt::format("compaction level {}", meta.compaction.level));
  }
  if (meta.compaction.sources.empty()) {
    find("no sources");
  }
  const auto same = [&](const char* what, std::uint64_t said, std::uint64_t found) {
    if (said != found) {
      find(fmt::format("says {} {}, the block has {}", said, what, found));
    }
  };
  same("series", meta.stats.num_series, counted.stats.num_series);
  same("chunks", meta.stats.num_chunks, counted.stats.num_chunks);
  if (options.chunks) {
    same("samples", meta.stats.num_samples, counted.stats.num_samples);
  }
  for (const block::MetaFile& file : meta.thanos.files) {
    std::optional<std::uint64_t> size;
    if (file.rel_path == "index") {
      size = entry.files.index_size;
    } else if (file.rel_path.starts_with("chunks/")) {
      for (const block::SegmentFile& segment : entry.files.segments) {
        size = "chunks/" + segment.name == file.rel_path ? segment.size : size;
      }
    } else {
      continue;
    }
    if (!size) {
      find(fmt::format("names {}, which does not exist", file.rel_path));
    } else if (file.size_bytes != 0) {
      same(("bytes of " + file.rel_path).c_str(), file.size_bytes, *size);
    }
  }
}

tsdb::BlockReport verify_one(std::stop_token stop, objstore::Bucket& bucket,
                             const block::BlockEntry& entry, const BucketVerifyOptions& options) {
  const block::Meta& meta = *entry.meta;
  tsdb::BlockReport report;
  const auto memory = static_cast<std::size_t>(
      std::max(kMinMemory, options.memory / 4 / std::max(1U, options.threads)));
  try {
    const block::ObjectBlockSource source(stop, bucket, meta.ulid, entry.files);
    report = tsdb::verify_block(
        stop, source, meta.range,
        {.chunks = options.chunks, .spill_directory = options.spill_directory, .memory = memory});
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kCorrupt) {
      throw;
    }
    report.add({.check = "block", .message = error.message(), .place = error.place()});
  }
  const bool readable = !report.counts.contains("index") && !report.counts.contains("symbols") &&
                        !report.counts.contains("series") && !report.counts.contains("chunk") &&
                        !report.counts.contains("block");
  if (readable) {
    const tsdb::BlockReport counted = report;
    check_meta(entry, counted, options, report);
  }
  return report;
}

Json to_json(const Ulid& id, const tsdb::BlockReport& report) {
  Json json;
  json["ulid"] = id.to_string();
  json["ok"] = report.ok();
  json["series"] = report.stats.num_series;
  json["chunks"] = report.stats.num_chunks;
  json["samples"] = report.stats.num_samples;
  json["findings"] = Json::array();
  for (const tsdb::Finding& finding : report.findings) {
    Json one;
    one["check"] = finding.check;
    one["message"] = finding.message;
    one["file"] = finding.place.file;
    if (finding.place.offset) {
      one["offset"] = *finding.place.offset;
    }
    json["findings"].push_back(std::move(one));
  }
  std::uint64_t all = 0;
  for (const auto& [check, count] : report.counts) {
    all += count;
  }
  if (all > report.findings.size()) {
    json["more_findings"] = all - report.findings.size();
  }
  return json;
}

// Chains of blocks of one group whose ranges overlap. Blocks marked for deletion are out of the
// question.
Json find_overlaps(const block::Snapshot& snapshot) {
  std::map<std::string, std::vector<MetaPtr>> groups;
  for (const auto& [id, entry] : snapshot.blocks) {
    if (entry.meta != nullptr && !entry.mark(block::MarkKind::kDeletion)) {
      const block::ThanosSection& thanos = entry.meta->thanos;
      groups[block::group_key(thanos.resolution, entry.meta->labels())].push_back(entry.meta);
    }
  }
  Json overlaps = Json::array();
  for (auto& [key, metas] : groups) {
    std::ranges::sort(metas, {},
                      [](const MetaPtr& meta) { return std::pair(meta->range.min, meta->ulid); });
    std::vector<MetaPtr> chain;
    Timestamp end = 0;
    const auto close = [&] {
      if (chain.size() > 1) {
        Json one;
        one["group"] = key;
        one["blocks"] = Json::array();
        for (const MetaPtr& meta : chain) {
          one["blocks"].push_back(meta->ulid.to_string());
        }
        overlaps.push_back(std::move(one));
      }
      chain.clear();
    };
    for (const MetaPtr& meta : metas) {
      if (!chain.empty() && meta->range.min >= end) {
        close();
      }
      end = chain.empty() ? meta->range.max : std::max(end, meta->range.max);
      chain.push_back(meta);
    }
    close();
  }
  return overlaps;
}

Json find_duplicate_ids(const block::Snapshot& snapshot) {
  std::map<Ulid, MetaPtr> metas;
  for (const auto& [id, entry] : snapshot.blocks) {
    if (entry.meta != nullptr && !entry.mark(block::MarkKind::kDeletion)) {
      metas.emplace(id, entry.meta);
    }
  }
  Json ids = Json::array();
  for (const Ulid& id : block::find_duplicates(metas)) {
    ids.push_back(id.to_string());
  }
  return ids;
}

std::vector<Ulid> chosen(const block::Snapshot& snapshot, const BucketVerifyOptions& options) {
  std::vector<Ulid> ids = options.ids;
  if (ids.empty()) {
    for (const auto& [id, entry] : snapshot.blocks) {
      ids.push_back(id);
    }
  }
  for (const Ulid& id : ids) {
    if (!snapshot.blocks.contains(id)) {
      throw Error(ErrorKind::kNotFound, "no such block",
                  {.block = id.to_string(), .file = {}, .offset = std::nullopt});
    }
  }
  return ids;
}

}  // namespace

bool verify_bucket(std::stop_token stop, objstore::Bucket& bucket, const Clock& clock,
                   const BucketVerifyOptions& options, std::ostream& out) {
  block::SnapshotReader reader(bucket, {});
  const auto snapshot = reader.read(stop, clock);
  const std::vector<Ulid> ids = chosen(*snapshot, options);
  std::vector<Json> blocks(ids.size());
  Json partial = Json::array();
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const block::BlockEntry& entry = snapshot->blocks.at(ids[i]);
    if (entry.state == block::BlockState::kNoMeta ||
        entry.state == block::BlockState::kCorruptMeta) {
      partial.push_back(Json{{"ulid", ids[i].to_string()}, {"reason", entry.reason}});
    } else if (entry.state == block::BlockState::kFailed) {
      tsdb::BlockReport report;
      report.add(
          {.check = "meta",
           .message = entry.reason,
           .place = {.block = ids[i].to_string(), .file = "meta.json", .offset = std::nullopt}});
      blocks[i] = to_json(ids[i], report);
    }
  }
  parallel_for(stop, options.threads, ids.size(), [&](const std::stop_token& token, std::size_t i) {
    const block::BlockEntry& entry = snapshot->blocks.at(ids[i]);
    if (entry.meta != nullptr) {
      blocks[i] = to_json(ids[i], verify_one(token, bucket, entry, options));
    }
  });
  Json report;
  report["blocks"] = Json::array();
  std::size_t bad = 0;
  for (Json& block : blocks) {
    if (!block.is_null()) {
      bad += block["ok"].get<bool>() ? 0 : 1;
      report["blocks"].push_back(std::move(block));
    }
  }
  report["overlaps"] = find_overlaps(*snapshot);
  report["duplicates"] = find_duplicate_ids(*snapshot);
  report["partial"] = std::move(partial);
  report["summary"] = Json{{"blocks", report["blocks"].size()},
                           {"bad_blocks", bad},
                           {"overlaps", report["overlaps"].size()},
                           {"duplicates", report["duplicates"].size()},
                           {"partial", report["partial"].size()}};
  out << report.dump(2, ' ', false, Json::error_handler_t::replace) << "\n";
  return bad == 0 && report["overlaps"].empty();
}

}  // namespace strata::tools
