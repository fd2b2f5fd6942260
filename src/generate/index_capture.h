#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "tsdb/byte_source.h"

namespace strata::generate {

// Keeps a copy of the index that passes through, to learn where its writer put the series. For
// small blocks.
class IndexCapture : public tsdb::BlockSink {
 public:
  explicit IndexCapture(tsdb::BlockSink& sink) : sink_(sink) {}

  std::unique_ptr<tsdb::ByteSink> create_index() override;
  std::unique_ptr<tsdb::ByteSink> create_segment(std::uint32_t number) override {
    return sink_.create_segment(number);
  }

  // Of a finished index of format 2, in its order.
  std::vector<std::uint64_t> series_ids() const;

 private:
  tsdb::BlockSink& sink_;
  Buffer index_;
};

}  // namespace strata::generate
