#include "block/marks.h"

#include <fmt/format.h>

#include "base/error.h"
#include "block/json_decoder.h"
#include "block/json_text.h"
#include "block/object_name.h"

namespace strata::block {
namespace {

constexpr int kVersion = 1;
constexpr std::uint64_t kMaxMarkSize = std::uint64_t{1} << 20;

struct MarkNames {
  std::string_view file;
  std::string_view time_key;
};

constexpr std::array<MarkNames, kMarkKinds.size()> kNames = {{
    {"deletion-mark.json", "deletion_time"},
    {"no-compact-mark.json", "no_compact_time"},
    {"no-downsample-mark.json", "no_downsample_time"},
}};

const MarkNames& names_of(MarkKind kind) {
  return kNames[static_cast<std::size_t>(kind)];
}

}  // namespace

std::string_view mark_file(MarkKind kind) {
  return names_of(kind).file;
}

std::string mark_object(MarkKind kind, const Ulid& block) {
  return object_name(block, mark_file(kind));
}

Mark parse_mark(MarkKind kind, std::string_view json, const std::string& file) {
  const JsonTape tape(json, file, kMaxMarkSize);
  const JsonDecoder decode(file);
  Mark mark{.kind = kind, .block = {}, .details = {}, .time_s = 0, .reason = {}};
  int version = 0;
  const auto member = [&](std::string_view name, JsonView value) {
    if (key_matches(name, "id")) {
      std::string id = Ulid().to_string();
      decode.read("id", value, id);
      if (id.size() != Ulid::kTextSize || id[0] > '7') {
        decode.fail("id", "a ULID");
      }
      // Whom a mark is for is said by where it lies; the id need not make sense.
      mark.block = Ulid::parse(id).value_or(Ulid());
    } else if (key_matches(name, "version")) {
      decode.read("version", value, version);
    } else if (key_matches(name, "details")) {
      decode.read("details", value, mark.details);
    } else if (key_matches(name, names_of(kind).time_key)) {
      decode.read(names_of(kind).time_key, value, mark.time_s);
    } else if (key_matches(name, "reason") && kind != MarkKind::kDeletion) {
      decode.read("reason", value, mark.reason);
    }
  };
  if (decode.enter_object("", tape.root())) {
    tape.root().each_member(member);
  }
  if (version != kVersion) {
    decode.decline("version", fmt::format("{} is not known", version));
  }
  return mark;
}

std::string format_mark(const Mark& mark) {
  std::string out = fmt::format(R"({{"id":"{}","version":{})", mark.block.to_string(), kVersion);
  if (!mark.details.empty()) {
    out += R"(,"details":)";
    append_json_string(out, mark.details);
  }
  fmt::format_to(std::back_inserter(out), R"(,"{}":{})", names_of(mark.kind).time_key, mark.time_s);
  if (mark.kind != MarkKind::kDeletion) {
    out += R"(,"reason":)";
    append_json_string(out, mark.reason);
  }
  return out + '}';
}

MarkPut put_mark(std::stop_token stop, objstore::Bucket& bucket, const Mark& mark) {
  const std::string object = mark_object(mark.kind, mark.block);
  if (bucket.stat(stop, object)) {
    return MarkPut::kAlreadyThere;
  }
  try {
    bucket.put(stop, object, as_bytes(format_mark(mark)), {.create_only = true, .if_etag = {}});
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kConflict) {
      throw;
    }
    return MarkPut::kAlreadyThere;
  }
  return MarkPut::kWritten;
}

std::optional<Mark> read_mark(std::stop_token stop, objstore::Bucket& bucket, MarkKind kind,
                              const Ulid& block) {
  const std::string object = mark_object(kind, block);
  const auto content = bucket.get(stop, object, kMaxMarkSize);
  if (!content) {
    return std::nullopt;
  }
  return parse_mark(kind, as_text(*content), object);
}

bool remove_mark(std::stop_token stop, objstore::Bucket& bucket, MarkKind kind, const Ulid& block) {
  const std::string object = mark_object(kind, block);
  if (!bucket.stat(stop, object)) {
    return false;
  }
  try {
    bucket.remove(stop, object);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kNotFound) {
      throw;
    }
    return false;
  }
  return true;
}

}  // namespace strata::block
