#include "objstore/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "base/error.h"
#include "objstore/testing/bucket_contract.h"
#include "objstore/testing/temporary_directory.h"
#include "telemetry/metrics.h"

namespace strata::objstore {
namespace {

std::string refusal(std::string_view yaml) {
  try {
    (void)parse_bucket_config(yaml);
    return "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kInvalid);
    return error.what();
  }
}

TEST(BucketConfig, ReadsWhatTheReferenceReads) {
  struct Case {
    const char* yaml;
    Provider provider;
    const char* directory;
    const char* prefix;
  };
  const Case cases[] = {
      {"type: FILESYSTEM\nconfig:\n  directory: /data\n", Provider::kFilesystem, "/data", ""},
      {"type: filesystem\nconfig: {directory: \"./a b\"}\nprefix: /x/", Provider::kFilesystem,
       "./a b", "/x/"},
      {"{\"type\": \"FileSystem\", \"config\": {\"directory\": 123}, \"prefix\": null}",
       Provider::kFilesystem, "123", ""},
      {"---\nprefix: ''\ntype: FILESYSTEM\nconfig:\n  directory: d\n---\n", Provider::kFilesystem,
       "d", ""},
      {"type: s3\nconfig:\n  bucket: b\n  any: [1]\n", Provider::kS3, "", ""},
      {"type: GCS", Provider::kGcs, "", ""},
      {"type: AZURE", Provider::kAzure, "", ""},
      {"type: SWIFT", Provider::kSwift, "", ""},
      {"type: COS", Provider::kCos, "", ""},
      {"type: AliyunOSS", Provider::kAliyunOss, "", ""},
      {"type: BOS", Provider::kBos, "", ""},
      {"type: OCI", Provider::kOci, "", ""},
      {"type: OBS", Provider::kObs, "", ""},
  };
  for (const Case& test : cases) {
    SCOPED_TRACE(test.yaml);
    const BucketConfig config = parse_bucket_config(test.yaml);
    EXPECT_EQ(config.provider, test.provider);
    EXPECT_EQ(config.directory, test.directory);
    EXPECT_EQ(config.prefix, test.prefix);
  }
}

TEST(BucketConfig, RefusesTheRestByPlaceAndKey) {
  struct Case {
    const char* yaml;
    const char* want;
  };
  const Case cases[] = {
      {"", "bucket with type  is not supported"},
      {"config: {}", "bucket with type  is not supported"},
      {"type: Floppy", "bucket with type Floppy is not supported"},
      {"type: FILESYSTEM", "create FILESYSTEM client: missing directory for filesystem bucket"},
      {"type: FILESYSTEM\nconfig: {directory: ''}",
       "create FILESYSTEM client: missing directory for filesystem bucket"},
      {"type: FILESYSTEM\nconfig: {directory: a}\nhedging_config: {}\n",
       "object storage configuration, line 3, column 1: unknown key \"hedging_config\" in the top "
       "level"},
      {"type: FILESYSTEM\nconfig:\n  directory: a\n  dir: b\n",
       "object storage configuration, line 4, column 3: unknown key \"dir\" in \"config\""},
      {"type: FILESYSTEM\ntype: S3\n",
       "object storage configuration, line 2, column 1: duplicate key \"type\" in the top level"},
      {"type: FILESYSTEM\nconfig:\n  directory: a\n  directory: a\n",
       "object storage configuration, line 4, column 3: duplicate key \"directory\" in "
       "\"config\""},
      {"type: FILESYSTEM\nconfig:\n  <<: {directory: a}\n",
       "object storage configuration, line 3, column 3: merge key \"<<\" is not supported"},
      {"type: FILESYSTEM\nconfig: {directory: a}\n---\ntype: S3\n",
       "object storage configuration, line 4, column 1: a second document"},
      {"type: S3\n]", "object storage configuration, line 2"},
      {"]", "object storage configuration, line 1"},
      {"- type: S3\n",
       "object storage configuration, line 1, column 1: the top level is no mapping"},
      {"- a\nb: c", "object storage configuration"},
      {"type: [S3]\n", "object storage configuration, line 1, column 7: \"type\" is no text"},
      {"type: FILESYSTEM\nconfig: [a]\n",
       "object storage configuration, line 2, column 9: \"config\" is no mapping"},
      {"type: FILESYSTEM\nconfig: {directory: {}}\n",
       "object storage configuration, line 2, column 21: \"directory\" is no text"},
      {"? [a]\n: b\n",
       "object storage configuration, line 1, column 3: a key of the top level is no plain word"},
      {"type: [S3\n", "object storage configuration, line "},
      {"type: FILESYSTEM\nconfig: {directory: \"a\\0b\"}",
       "object storage configuration, line 2, column 21: \"directory\" has a NUL character"},
  };
  for (const Case& test : cases) {
    SCOPED_TRACE(test.yaml);
    EXPECT_THAT(refusal(test.yaml), ::testing::StartsWith(test.want));
  }
  EXPECT_THAT(refusal(std::string((1U << 20) + 1, ' ')), ::testing::HasSubstr("more than 1048576"));
  EXPECT_THAT(refusal(std::string(100'000, '[')), ::testing::StartsWith("object storage"));
}

TEST(BucketConfig, ErrorsKeepSecretsToThemselves) {
  for (const std::string_view yaml :
       {"type: S3\nsecret_key: hunter2\n", "type: FILESYSTEM\nconfig: hunter2\n",
        "type: S3\nconfig: {a: hunter2\n", "type: {a: hunter2}\n",
        "type: S3\nconfig:\n  secret: \"hunter2\n"}) {
    EXPECT_THAT(refusal(yaml), ::testing::Not(::testing::HasSubstr("hunter2"))) << yaml;
  }
}

TEST(OpenBucket, WrapsTheDirectoryInPrefixAndMetrics) {
  const testing::TemporaryDirectory directory;
  const SystemClock clock;
  telemetry::Registry registry;
  const auto bucket = open_bucket({.provider = Provider::kFilesystem,
                                   .prefix = "/team//",
                                   .directory = directory.path().string()},
                                  registry, clock);
  testing::put_text(*bucket, "object", "x");
  EXPECT_TRUE(std::filesystem::exists(directory.path() / "team/object"));
  EXPECT_EQ(bucket->name(), "fs: " + directory.path().string());
  EXPECT_EQ(telemetry::read_value(registry, "thanos_objstore_bucket_operations_total",
                                  {{"bucket", bucket->name()}, {"operation", "upload"}}),
            1);
  const auto plain = open_bucket(
      {.provider = Provider::kFilesystem, .prefix = "//", .directory = directory.path().string()},
      registry, clock);
  EXPECT_EQ(testing::get_text(*plain, "team/object"), "x");
}

TEST(OpenBucket, RefusesWhatThisVersionLacks) {
  const SystemClock clock;
  telemetry::Registry registry;
  for (const char* type :
       {"S3", "GCS", "AZURE", "SWIFT", "COS", "ALIYUNOSS", "BOS", "OCI", "OBS"}) {
    try {
      (void)open_bucket(parse_bucket_config(std::string("type: ") + type), registry, clock);
      ADD_FAILURE() << type;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kInvalid);
      EXPECT_EQ(std::string(error.what()),
                std::string("bucket with type ") + type + " is not supported by this version yet");
    }
  }
}

}  // namespace
}  // namespace strata::objstore
