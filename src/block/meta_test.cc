#include "block/meta.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "base/error.h"
#include "base/file.h"

namespace strata::block {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

const std::string kUlid = "01M8181V1E093H76DQEEE79GH5";

// A whole meta with `members` in front; a later "version" of theirs would win.
std::string with(const std::string& members) {
  return R"({"version":1,)" + members + "}";
}

ErrorKind kind_of_failure(const std::string& json) {
  try {
    parse_meta(json, "meta.json");
  } catch (const Error& error) {
    EXPECT_EQ(error.place().file, "meta.json");
    return error.kind();
  }
  ADD_FAILURE() << "parsed: " << json;
  return ErrorKind::kTransient;
}

std::string thanos_part(const std::string& json) {
  const std::string text = format_meta(parse_meta(json, "meta.json"));
  return text.substr(text.find("\t\"thanos\""));
}

TEST(Meta, RoundTripsWhatTheReferenceWrote) {
  std::size_t seen = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(
           std::filesystem::path(STRATA_TEST_DATA) / "golden")) {
    if (entry.path().filename() != "meta.json") {
      continue;
    }
    const std::string json = read_file(entry.path(), kMaxMetaSize);
    // What lies in `in` comes from a generator, and Prometheus alone writes no such section.
    const bool is_output = entry.path().string().find("/out") != std::string::npos;
    if (!is_output || json.find("\"thanos\"") == std::string::npos) {
      continue;
    }
    SCOPED_TRACE(entry.path());
    const Meta meta = parse_meta(json, "meta.json");
    EXPECT_EQ(format_meta(meta), json);
    EXPECT_EQ(meta.ulid.to_string(), entry.path().parent_path().filename());
    ++seen;
  }
  EXPECT_GT(seen, 80U);
}

TEST(Meta, WritesEveryKeyInTheOrderOfTheReference) {
  Meta meta;
  meta.ulid = *Ulid::parse(kUlid);
  meta.range = {-1, 2};
  meta.stats = {1, 2, 3, 4, 5, 6};
  meta.compaction = {.level = 2,
                     .sources = {meta.ulid},
                     .deletable = true,
                     .parents = {{meta.ulid, {3, 4}}},
                     .failed = true,
                     .hints = {"from-out-of-order"}};
  meta.thanos = {.version = 1,
                 .labels = Labels{{"b", "2"}, {"a", "1"}},
                 .resolution = k5m,
                 .source = "compactor",
                 .segment_files = {"000001"},
                 .files = {{"index", 9, "SHA256", "ab"}, {"meta.json", 0, "", ""}},
                 .rewrites = R"([{"sources":["x"]}])",
                 .index_stats = {7, 8},
                 .extensions = R"({"k":{}})",
                 .upload_time = "2026-01-02T03:04:05.6Z"};
  const std::string want = R"({
	"ulid": "01M8181V1E093H76DQEEE79GH5",
	"minTime": -1,
	"maxTime": 2,
	"stats": {
		"numSamples": 1,
		"numFloatSamples": 2,
		"numHistogramSamples": 3,
		"numSeries": 4,
		"numChunks": 5,
		"numTombstones": 6
	},
	"compaction": {
		"level": 2,
		"sources": [
			"01M8181V1E093H76DQEEE79GH5"
		],
		"deletable": true,
		"parents": [
			{
				"ulid": "01M8181V1E093H76DQEEE79GH5",
				"minTime": 3,
				"maxTime": 4
			}
		],
		"failed": true,
		"hints": [
			"from-out-of-order"
		]
	},
	"version": 1,
	"thanos": {
		"version": 1,
		"labels": {
			"a": "1",
			"b": "2"
		},
		"downsample": {
			"resolution": 300000
		},
		"source": "compactor",
		"segment_files": [
			"000001"
		],
		"files": [
			{
				"rel_path": "index",
				"size_bytes": 9,
				"hash": {
					"hashFunc": "SHA256",
					"value": "ab"
				}
			},
			{
				"rel_path": "meta.json"
			}
		],
		"rewrites": [
			{
				"sources": [
					"x"
				]
			}
		],
		"index_stats": {
			"series_max_size": 7,
			"chunk_max_size": 8
		},
		"extensions": {
			"k": {}
		},
		"upload_time": "2026-01-02T03:04:05.6Z"
	}
}
)";
  EXPECT_EQ(format_meta(meta), want);
  EXPECT_EQ(format_meta(parse_meta(want, "meta.json")), want);
}

TEST(Meta, WritesAnEmptyOneAsTheReferenceDoes) {
  EXPECT_EQ(format_meta(Meta()), R"({
	"ulid": "00000000000000000000000000",
	"minTime": 0,
	"maxTime": 0,
	"stats": {},
	"compaction": {
		"level": 0
	},
	"version": 1,
	"thanos": {
		"labels": null,
		"downsample": {
			"resolution": 0
		},
		"source": "",
		"index_stats": {},
		"upload_time": "0001-01-01T00:00:00Z"
	}
}
)");
}

TEST(Meta, EscapesStringsAsGoDoes) {
  const struct {
    std::string name, raw, want;
  } cases[] = {
      {"HTML characters", "<>&", R"(\u003c\u003e\u0026)"},
      {"short escapes", "\"\\\b\f\n\r\t", R"(\"\\\b\f\n\r\t)"},
      {"other controls", std::string("\0\x01\x1f", 3), R"(\u0000\u0001\u001f)"},
      {"delete stays", "\x7f", "\x7f"},
      {"line separators", "\u2028\u2029", R"(\u2028\u2029)"},
      {"valid UTF-8 stays", "é€😀", "é€😀"},
      {"a stray byte", "a\xff!", R"(a\ufffd!)"},
      {"a cut sequence", "\xe2\x82", R"(\ufffd\ufffd)"},
      {"an overlong form", "\xc0\x80", R"(\ufffd\ufffd)"},
      {"a surrogate", "\xed\xa0\x80", R"(\ufffd\ufffd\ufffd)"},
      {"beyond Unicode", "\xf4\x90\x80\x80", R"(\ufffd\ufffd\ufffd\ufffd)"},
  };
  for (const auto& [name, raw, want] : cases) {
    SCOPED_TRACE(name);
    Meta meta;
    meta.thanos.source = raw;
    EXPECT_THAT(format_meta(meta), HasSubstr("\"source\": \"" + want + "\""));
  }
}

TEST(Meta, TakesWhatGoTakes) {
  const struct {
    std::string name, json, want;
  } cases[] = {
      {"keys in another case", R"({"VERSION":1,"Thanos":{"SOURCE":"x"}})", "\"source\": \"x\""},
      {"the long s and the Kelvin sign", with("\"thano\u017f\":{\"source\":\"x\"}"),
       "\"source\": \"x\""},
      {"the last of equal keys", with(R"("thanos":{"source":"x","Source":"y"})"),
       "\"source\": \"y\""},
      {"repeated sections merge", with(R"("thanos":{"source":"x"},"thanos":{"labels":{}})"),
       "\"source\": \"x\""},
      {"null for anything", with(R"("thanos":{"source":null,"files":null,"labels":null})"),
       "\"labels\": null"},
      {"a null label", with(R"("thanos":{"labels":{"a":null}})"), "\"a\": \"\""},
      {"a stray byte", with("\"thanos\":{\"source\":\"\xff\"}"), "\"source\": \"\uFFFD\""},
      {"a lone surrogate", with(R"("thanos":{"source":"\ud800x\udc00"})"),
       "\"source\": \"\uFFFDx\uFFFD\""},
      {"a surrogate pair", with(R"("thanos":{"source":"\ud83d\ude00"})"), "\"source\": \"😀\""},
      {"an unset time", with(R"("thanos":{"upload_time":"0001-01-01T00:00:00Z"})"),
       "\"upload_time\": \"0001-01-01T00:00:00Z\""},
      {"a time with zeros",
       with(R"("thanos":{"upload_time":"2026-02-28T23:59:59.120000000+00:00"})"),
       "\"upload_time\": \"2026-02-28T23:59:59.12Z\""},
      {"a time elsewhere", with(R"("thanos":{"upload_time":"2024-02-29T00:00:00-07:30"})"),
       "\"upload_time\": \"2024-02-29T00:00:00-07:30\""},
  };
  for (const auto& [name, json, want] : cases) {
    SCOPED_TRACE(name);
    EXPECT_THAT(thanos_part(json), HasSubstr(want));
  }
}

TEST(Meta, WritesExtensionsAsGoDoesAfterDecodingThem) {
  const struct {
    std::string name, in, want;
  } cases[] = {
      {"sorted keys, the last of equals", R"({"b":1,"a":2,"b":3})",
       "{\n\t\t\t\"a\": 2,\n\t\t\t\"b\": 3\n\t\t}"},
      {"empty object", "{}", "{}"},
      {"empty array", "[]", "[]"},
      {"a string", R"("<")", R"("\u003c")"},
      {"a flag", "false", "false"},
      {"whole", "1.0", "1"},
      {"negative zero", "-0", "-0"},
      {"fraction", "0.1", "0.1"},
      {"small", "0.000001", "0.000001"},
      {"smaller", "0.0000001", "1e-7"},
      {"large", "123456789012345678901", "123456789012345680000"},
      {"larger", "1.5e21", "1.5e+21"},
      {"three digits of exponent", "-2e300", "-2e+300"},
      {"beyond 2^53", "9007199254740993", "9007199254740992"},
      {"many digits", "1234.5678", "1234.5678"},
  };
  for (const auto& [name, in, want] : cases) {
    SCOPED_TRACE(name);
    EXPECT_THAT(thanos_part(with(R"("thanos":{"extensions":)" + in + "}")),
                HasSubstr("\"extensions\": " + want + ","));
  }
  EXPECT_TRUE(parse_meta(with(R"("thanos":{"extensions":null})"), "m").thanos.extensions.empty());
}

TEST(Meta, KeepsUnknownKeysWhereTheyStood) {
  const Meta meta = parse_meta(
      with(R"("x":[1.50,{"<":null}],"stats":{"s":1e2},"compaction":{"c":"é"},"thanos":{"t":{},)"
           R"("downsample":{"d":true},"index_stats":{"i":[]}})"),
      "meta.json");
  EXPECT_THAT(meta.unknown.at(""), ElementsAre(Pair("x", R"([1.50,{"\u003c":null}])")));
  EXPECT_THAT(meta.unknown.at("stats"), ElementsAre(Pair("s", "1e2")));
  const std::string text = format_meta(meta);
  for (const char* part : {"\"s\": 1e2", "\"c\": \"é\"", "\"t\": {}", "\"d\": true", "\"i\": []",
                           "\t\"x\": [\n\t\t1.50,\n"}) {
    EXPECT_THAT(text, HasSubstr(part));
  }
  EXPECT_EQ(format_meta(parse_meta(text, "again")), text);
}

TEST(Meta, TellsWhatIsDamagedFromWhatItDeclines) {
  const struct {
    std::string name, json;
    ErrorKind want;
  } cases[] = {
      {"nothing", "", ErrorKind::kCorrupt},
      {"cut short", R"({"version":1)", ErrorKind::kCorrupt},
      {"something after it", "{} {}", ErrorKind::kCorrupt},
      {"a byte order mark", "\xEF\xBB\xBF{\"version\":1}", ErrorKind::kCorrupt},
      {"another type", "[]", ErrorKind::kCorrupt},
      {"a string for a number", with(R"("minTime":"1")"), ErrorKind::kCorrupt},
      {"a fraction for an integer", with(R"("minTime":1.5)"), ErrorKind::kCorrupt},
      {"an exponent for an integer", with(R"("minTime":1e3)"), ErrorKind::kCorrupt},
      {"too large an integer", with(R"("minTime":9223372036854775808)"), ErrorKind::kCorrupt},
      {"a negative count", with(R"("stats":{"numSamples":-1})"), ErrorKind::kCorrupt},
      {"a short ULID", with(R"("ulid":"01")"), ErrorKind::kCorrupt},
      {"a ULID beyond 128 bits", with(R"("ulid":"81M8181V1E093H76DQEEE79GH5")"),
       ErrorKind::kCorrupt},
      {"no time", with(R"("thanos":{"upload_time":""})"), ErrorKind::kCorrupt},
      {"a day that is none", with(R"("thanos":{"upload_time":"2023-02-29T00:00:00Z"})"),
       ErrorKind::kCorrupt},
      {"a time without a zone", with(R"("thanos":{"upload_time":"2023-02-28T00:00:00"})"),
       ErrorKind::kCorrupt},
      {"a label that is a number", with(R"("thanos":{"labels":{"a":1}})"), ErrorKind::kCorrupt},
      {"rewrites that are no list", with(R"("thanos":{"rewrites":{}})"), ErrorKind::kCorrupt},
      {"another version", R"({"version":2})", ErrorKind::kInvalid},
      {"no version", "{}", ErrorKind::kInvalid},
      {"null", "null", ErrorKind::kInvalid},
      {"a foreign character in a ULID", with(R"("ulid":"0UM8181V1E093H76DQEEE79GH5")"),
       ErrorKind::kInvalid},
      {"too deep", with("\"x\":" + std::string(100'000, '[')), ErrorKind::kInvalid},
      {"a number beyond doubles", with("\"x\":1e400"), ErrorKind::kInvalid},
      {"too large", std::string(kMaxMetaSize + 1, ' '), ErrorKind::kInvalid},
  };
  for (const auto& [name, json, want] : cases) {
    SCOPED_TRACE(name);
    EXPECT_EQ(kind_of_failure(json), want);
  }
}

TEST(Meta, NamesTheOffsetOrTheKeyOfDamage) {
  try {
    parse_meta(R"({"version":1,"minTime":x})", "meta.json");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.place().offset, 23U);
  }
  try {
    parse_meta(with(R"("stats":{"numSeries":{}})"), "meta.json");
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("stats.numSeries"));
  }
}

TEST(Meta, SurvivesTruncationAndABitFlipInEveryByte) {
  const std::string json = read_file(std::filesystem::path(STRATA_TEST_DATA) /
                                         "golden/h8/out/01M8181V1E093H76DQEEE79GH5/meta.json",
                                     kMaxMetaSize);
  const auto parses = [](const std::string& text) {
    try {
      parse_meta(text, "meta.json");
      return true;
    } catch (const Error&) {
      return false;
    }
  };
  // Without its last newline it is still whole.
  for (std::size_t length = 0; length + 1 < json.size(); ++length) {
    EXPECT_FALSE(parses(json.substr(0, length))) << length;
  }
  for (std::size_t i = 0; i < json.size(); ++i) {
    std::string flipped = json;
    flipped[i] = static_cast<char>(flipped[i] ^ (1 << (i % 8)));
    parses(flipped);
  }
}

TEST(Meta, KnowsWhenItWasUploaded) {
  Meta meta;
  EXPECT_EQ(upload_time_ms(meta), std::nullopt);
  meta.thanos.upload_time = "1970-01-01T01:00:01.0019+01:00";
  EXPECT_EQ(upload_time_ms(meta), 1001);
  meta.thanos.upload_time = "1969-12-31T23:59:59.5Z";
  EXPECT_EQ(upload_time_ms(meta), -500);
}

}  // namespace
}  // namespace strata::block
