#include "objstore/config.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <span>
#include <sstream>
#include <utility>
#include <vector>

#include "base/error.h"
#include "objstore/filesystem.h"
#include "objstore/metrics_bucket.h"
#include "objstore/prefix_bucket.h"
#include "objstore/retrying_bucket.h"

namespace strata::objstore {
namespace {

constexpr std::size_t kLongestConfig = std::size_t{1} << 20;

constexpr std::array<std::string_view, 3> kTopKeys = {"type", "config", "prefix"};
constexpr std::array<std::string_view, 1> kFilesystemKeys = {"directory"};

constexpr std::array<std::pair<Provider, std::string_view>, 10> kProviders = {{
    {Provider::kFilesystem, "FILESYSTEM"},
    {Provider::kS3, "S3"},
    {Provider::kGcs, "GCS"},
    {Provider::kAzure, "AZURE"},
    {Provider::kSwift, "SWIFT"},
    {Provider::kCos, "COS"},
    {Provider::kAliyunOss, "ALIYUNOSS"},
    {Provider::kBos, "BOS"},
    {Provider::kOci, "OCI"},
    {Provider::kObs, "OBS"},
}};

[[noreturn]] void refuse(const YAML::Mark& mark, std::string_view why) {
  if (mark.is_null()) {
    throw_invalid(fmt::format("object storage configuration: {}", why));
  }
  throw_invalid(fmt::format("object storage configuration, line {}, column {}: {}", mark.line + 1,
                            mark.column + 1, why));
}

// The values of `keys` in a mapping, undefined where absent. A null node is an empty mapping.
std::vector<YAML::Node> read_map(const YAML::Node& node, std::string_view what,
                                 std::span<const std::string_view> keys) {
  std::vector<YAML::Node> values(keys.size(), YAML::Node(YAML::NodeType::Undefined));
  if (!node.IsDefined() || node.IsNull()) {
    return values;
  }
  if (!node.IsMap()) {
    refuse(node.Mark(), fmt::format("{} is no mapping", what));
  }
  std::vector<bool> seen(keys.size());
  for (const auto& member : node) {
    const YAML::Mark mark = member.first.Mark();
    if (!member.first.IsScalar()) {
      refuse(mark, fmt::format("a key of {} is no plain word", what));
    }
    const std::string& key = member.first.Scalar();
    if (key == "<<") {
      refuse(mark, "merge key \"<<\" is not supported");
    }
    const auto found = std::ranges::find(keys, key);
    if (found == keys.end()) {
      refuse(mark, fmt::format("unknown key \"{}\" in {}", key, what));
    }
    const auto at = static_cast<std::size_t>(found - keys.begin());
    if (seen[at]) {
      refuse(mark, fmt::format("duplicate key \"{}\" in {}", key, what));
    }
    seen[at] = true;
    values[at].reset(member.second);
  }
  return values;
}

std::string read_text(const YAML::Node& node, std::string_view key) {
  if (!node.IsDefined() || node.IsNull()) {
    return {};
  }
  if (!node.IsScalar()) {
    refuse(node.Mark(), fmt::format("\"{}\" is no text", key));
  }
  if (node.Scalar().find('\0') != std::string::npos) {
    refuse(node.Mark(), fmt::format("\"{}\" has a NUL character", key));
  }
  return node.Scalar();
}

// Notes whether a document holds anything.
class DocumentProbe final : public YAML::EventHandler {
 public:
  bool has_content() const { return has_content_; }
  const YAML::Mark& start() const { return start_; }

  void OnDocumentStart(const YAML::Mark& mark) override { start_ = mark; }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& /*mark*/, YAML::anchor_t /*anchor*/) override {}
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override { note(mark); }
  void OnScalar(const YAML::Mark& mark, const std::string& /*tag*/, YAML::anchor_t /*anchor*/,
                const std::string& /*value*/) override {
    note(mark);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& /*tag*/,
                       YAML::anchor_t /*anchor*/, YAML::EmitterStyle::value /*style*/) override {
    note(mark);
  }
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark& mark, const std::string& /*tag*/, YAML::anchor_t /*anchor*/,
                  YAML::EmitterStyle::value /*style*/) override {
    note(mark);
  }
  void OnMapEnd() override {}

 private:
  void note(const YAML::Mark& mark) {
    if (!has_content_) {
      start_ = mark;
    }
    has_content_ = true;
  }

  bool has_content_ = false;
  YAML::Mark start_ = YAML::Mark::null_mark();
};

// The library stops behind the first document, whatever follows, and hands out empty documents for
// ever where something follows that starts none.
void check_one_document(const std::string& yaml) {
  std::istringstream stream(yaml);
  YAML::Parser parser(stream);
  DocumentProbe first;
  if (!parser.HandleNextDocument(first)) {
    return;
  }
  for (int empty = 0; empty < 2; ++empty) {
    DocumentProbe next;
    if (!parser.HandleNextDocument(next)) {
      return;
    }
    if (next.has_content()) {
      refuse(next.start(), "a second document");
    }
    if (empty > 0) {
      refuse(next.start(), "unexpected text behind the document");
    }
  }
}

YAML::Node load_one_document(std::string_view yaml) {
  if (yaml.size() > kLongestConfig) {
    throw_invalid(fmt::format("object storage configuration: {} bytes are more than {}",
                              yaml.size(), kLongestConfig));
  }
  try {
    const std::string text(yaml);
    check_one_document(text);
    return YAML::Load(text);
  } catch (const YAML::Exception& error) {
    refuse(error.mark, error.msg);
  }
}

Provider parse_provider(const std::string& type) {
  std::string upper = type;
  std::ranges::transform(upper, upper.begin(), [](unsigned char c) {
    return static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  });
  const auto found =
      std::ranges::find(kProviders, upper, &decltype(kProviders)::value_type::second);
  if (found == kProviders.end()) {
    throw_invalid(fmt::format("bucket with type {} is not supported", type));
  }
  return found->first;
}

}  // namespace

std::string_view to_string(Provider provider) {
  const auto found =
      std::ranges::find(kProviders, provider, &decltype(kProviders)::value_type::first);
  return found == kProviders.end() ? "unknown" : found->second;
}

BucketConfig parse_bucket_config(std::string_view yaml) {
  const YAML::Node document = load_one_document(yaml);
  const std::vector<YAML::Node> top = read_map(document, "the top level", kTopKeys);
  BucketConfig config;
  config.prefix = read_text(top[2], "prefix");
  config.provider = parse_provider(read_text(top[0], "type"));
  if (config.provider == Provider::kFilesystem) {
    const std::vector<YAML::Node> values = read_map(top[1], "\"config\"", kFilesystemKeys);
    config.directory = read_text(values[0], "directory");
    if (config.directory.empty()) {
      throw_invalid("create FILESYSTEM client: missing directory for filesystem bucket");
    }
  }
  return config;
}

std::unique_ptr<Bucket> open_bucket(const BucketConfig& config, telemetry::Registry& registry,
                                    const Clock& clock) {
  if (config.provider != Provider::kFilesystem) {
    throw_invalid(fmt::format("bucket with type {} is not supported by this version yet",
                              to_string(config.provider)));
  }
  std::unique_ptr<Bucket> bucket = std::make_unique<FilesystemBucket>(config.directory, clock);
  if (!trim_slashes(config.prefix).empty()) {
    bucket = std::make_unique<PrefixBucket>(std::move(bucket), config.prefix);
  }
  bucket = std::make_unique<MetricsBucket>(std::move(bucket), registry, clock);
  return std::make_unique<RetryingBucket>(std::move(bucket), RetryPolicy{}, clock);
}

}  // namespace strata::objstore
