#include "generate/index_capture.h"

#include "base/big_endian.h"
#include "base/error.h"
#include "base/varint.h"

namespace strata::generate {
namespace {

constexpr std::size_t kTocSize = 52;
constexpr std::uint64_t kSeriesAlignment = 16;
constexpr std::size_t kChecksumSize = 4;

class CopyingSink : public tsdb::ByteSink {
 public:
  CopyingSink(std::unique_ptr<tsdb::ByteSink> sink, Buffer& copy)
      : sink_(std::move(sink)), copy_(copy) {}
  void append(Bytes bytes) override {
    strata::append(copy_, bytes);
    sink_->append(bytes);
  }
  std::uint64_t size() const override { return sink_->size(); }
  void commit() override { sink_->commit(); }

 private:
  std::unique_ptr<tsdb::ByteSink> sink_;
  Buffer& copy_;
};

}  // namespace

std::unique_ptr<tsdb::ByteSink> IndexCapture::create_index() {
  index_.clear();
  return std::make_unique<CopyingSink>(sink_.create_index(), index_);
}

std::vector<std::uint64_t> IndexCapture::series_ids() const {
  if (index_.size() < kTocSize) {
    throw_corrupt("index is shorter than its table of contents", "index", index_.size());
  }
  const std::uint8_t* const toc = index_.data() + index_.size() - kTocSize;
  const auto series_begin = load_be<std::uint64_t>(toc + 8);
  const auto series_end = load_be<std::uint64_t>(toc + 16);
  std::vector<std::uint64_t> ids;
  for (std::uint64_t at = series_begin; at < series_end;) {
    at = (at + kSeriesAlignment - 1) / kSeriesAlignment * kSeriesAlignment;
    ids.push_back(at / kSeriesAlignment);
    std::uint64_t length = 0;
    const std::uint8_t* const payload =
        get_uvarint(index_.data() + at, index_.data() + index_.size(), length);
    if (payload == nullptr || length > index_.size()) {
      throw_corrupt("series entry has no length", "index", at);
    }
    at = static_cast<std::uint64_t>(payload - index_.data()) + length + kChecksumSize;
  }
  return ids;
}

}  // namespace strata::generate
