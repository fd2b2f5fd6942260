#include "block/meta_cache.h"

#include <fmt/format.h>
#include <xxhash.h>

#include <charconv>
#include <chrono>
#include <system_error>
#include <utility>

#include "base/error.h"
#include "base/file.h"

namespace strata::block {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kVersionsFile = "versions";
constexpr std::string_view kHeader = "strata meta cache 1";
constexpr std::uint64_t kMaxVersionsSize = std::uint64_t{1} << 30;

std::uint64_t hash_of(std::string_view text) {
  return XXH64(text.data(), text.size(), 0);
}

template <class Integer>
bool parse_number(std::string_view text, Integer& out, int base = 10) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out, base);
  return error == std::errc() && end == text.data() + text.size();
}

// Up to the next tab or newline, which it takes away.
std::string_view take(std::string_view& text, char separator) {
  const std::size_t end = std::min(text.find(separator), text.size());
  const std::string_view part = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return part;
}

std::optional<Timestamp> modified_ms(const fs::path& path) {
  std::error_code error;
  const auto time = fs::last_write_time(path, error);
  if (error) {
    return std::nullopt;
  }
  const auto system = std::chrono::file_clock::to_sys(time);
  return std::chrono::duration_cast<std::chrono::milliseconds>(system.time_since_epoch()).count();
}

// What the reference left has no version: it stands for the object if it is as long and was written
// later.
bool written_after(const fs::path& path, std::size_t size, const ObjectVersion& version) {
  const auto written = modified_ms(path);
  return size == version.size && version.modified && written && *written >= *version.modified;
}

}  // namespace

MetaCache::MetaCache(fs::path directory) : directory_(std::move(directory)) {
  if (directory_.empty()) {
    return;
  }
  try {
    fs::create_directories(directory_);
    load_versions();
  } catch (const std::exception& error) {
    warn(fmt::format("meta cache: {}", error.what()));
  }
}

fs::path MetaCache::path_of(const Ulid& block) const {
  return directory_ / block.to_string() / kMetaFile;
}

void MetaCache::load_versions() {
  if (!fs::exists(directory_ / kVersionsFile)) {
    return;
  }
  const std::string content = read_file(directory_ / kVersionsFile, kMaxVersionsSize);
  std::string_view rest = content;
  if (take(rest, '\n') != kHeader) {
    return;
  }
  MutexLock lock(mutex_);
  while (!rest.empty()) {
    std::string_view fields = take(rest, '\n');
    const auto id = Ulid::parse(take(fields, '\t'));
    Line line;
    const bool has_size = parse_number(take(fields, '\t'), line.version.size);
    const auto modified = take(fields, '\t');
    if (Timestamp at = 0; parse_number(modified, at)) {
      line.version.modified = at;
    }
    const bool has_hash = parse_number(take(fields, '\t'), line.hash, 16);
    line.version.etag = fields;
    if (id && has_size && has_hash) {
      lines_.insert_or_assign(*id, std::move(line));
    }
  }
}

void MetaCache::save_versions() {
  std::string content(kHeader);
  content += '\n';
  {
    MutexLock lock(mutex_);
    if (!std::exchange(changed_, false)) {
      return;
    }
    for (const auto& [id, line] : lines_) {
      const auto& modified = line.version.modified;
      fmt::format_to(std::back_inserter(content), "{}\t{}\t{}\t{:x}\t{}\n", id.to_string(),
                     line.version.size, modified ? std::to_string(*modified) : "-", line.hash,
                     line.version.etag);
    }
  }
  write_file_atomically(directory_ / kVersionsFile, as_bytes(content));
}

std::optional<MetaCache::Line> MetaCache::line_of(const Ulid& block) const {
  MutexLock lock(mutex_);
  const auto found = lines_.find(block);
  return found == lines_.end() ? std::nullopt : std::optional(found->second);
}

void MetaCache::set_line(const Ulid& block, const Line& line) {
  // A tag that would break the file's lines is not kept, nor is what it stands for.
  if (line.version.etag.find_first_of("\t\n") != std::string::npos) {
    return;
  }
  MutexLock lock(mutex_);
  lines_.insert_or_assign(block, line);
  changed_ = true;
}

void MetaCache::drop(const Ulid& block) {
  std::error_code ignored;
  fs::remove_all(directory_ / block.to_string(), ignored);
  MutexLock lock(mutex_);
  changed_ = lines_.erase(block) > 0 || changed_;
}

void MetaCache::warn(std::string text) {
  MutexLock lock(mutex_);
  warnings_.push_back(std::move(text));
}

std::vector<std::string> MetaCache::take_warnings() {
  MutexLock lock(mutex_);
  return std::exchange(warnings_, {});
}

std::shared_ptr<const Meta> MetaCache::find(const Ulid& block, const ObjectVersion& version) {
  const fs::path path = path_of(block);
  std::error_code ignored;
  if (directory_.empty() || !fs::exists(path, ignored)) {
    return nullptr;
  }
  const auto line = line_of(block);
  if (line && !line->version.same_as(version)) {
    return nullptr;
  }
  try {
    const std::string json = read_file(path, kMaxMetaSize);
    const bool is_current =
        line ? hash_of(json) == line->hash : written_after(path, json.size(), version);
    if (is_current) {
      auto meta = std::make_shared<const Meta>(parse_meta(json, path.string()));
      if (meta->ulid == block) {
        if (!line) {
          set_line(block, {version, hash_of(json)});
        }
        return meta;
      }
    }
  } catch (const Error& error) {
    warn(fmt::format("meta cache: {}", error.what()));
  }
  drop(block);
  return nullptr;
}

void MetaCache::store(const Ulid& block, const ObjectVersion& version, Bytes json) {
  if (directory_.empty()) {
    return;
  }
  const fs::path path = path_of(block);
  fs::path temporary;
  try {
    fs::create_directories(path.parent_path());
    File file = File::create_temporary(path);
    temporary = file.path();
    file.write(json);
    file.close();
    fs::rename(temporary, path);
    set_line(block, {version, hash_of(as_text(json))});
  } catch (const std::exception& error) {
    std::error_code ignored;
    if (!temporary.empty()) {
      fs::remove(temporary, ignored);
    }
    warn(fmt::format("meta cache: {}", error.what()));
  }
}

void MetaCache::keep_only(const std::set<Ulid>& blocks) {
  if (directory_.empty()) {
    return;
  }
  try {
    std::vector<Ulid> gone;
    for (const auto& entry : fs::directory_iterator(directory_)) {
      const auto id = Ulid::parse(entry.path().filename().string());
      if (id && !blocks.contains(*id)) {
        gone.push_back(*id);
      }
    }
    for (const Ulid& id : gone) {
      drop(id);
    }
    save_versions();
  } catch (const std::exception& error) {
    warn(fmt::format("meta cache: {}", error.what()));
  }
}

}  // namespace strata::block
