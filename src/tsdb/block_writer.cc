#include "tsdb/block_writer.h"

#include <utility>

#include "tsdb/block_assembler.h"

namespace strata::tsdb {

struct BlockWriter::State {
  State(BlockSink& sink, const WriterOptions& options) : assembler(sink, options) {}

  BlockAssembler assembler;
  std::vector<PackedLabel> labels;
  Buffer encoded_labels;
  Buffer records;
  std::vector<ChunkRecord> chunks;
};

BlockWriter::BlockWriter(BlockSink& sink, const WriterOptions& options)
    : state_(std::make_unique<State>(sink, options)) {}

BlockWriter::~BlockWriter() = default;

void BlockWriter::add_symbol(std::string_view symbol) {
  state_->assembler.add_symbol(symbol);
}

void BlockWriter::add_series(std::span<const LabelRef> labels, std::span<const ChunkView> chunks) {
  State& state = *state_;
  state.labels.clear();
  for (const LabelRef label : labels) {
    state.labels.push_back((static_cast<std::uint64_t>(label.name) << 32) | label.value);
  }
  state.encoded_labels.clear();
  IndexWriter::append_labels(state.encoded_labels, state.labels);
  state.records.clear();
  state.chunks.clear();
  for (const ChunkView& chunk : chunks) {
    state.chunks.push_back(append_record(state.records, chunk));
  }
  state.assembler.begin_series();
  state.assembler.add_chunks(state.records, state.chunks);
  state.assembler.end_series(state.labels, state.encoded_labels);
  state.assembler.flush();
}

WrittenBlock BlockWriter::finish() {
  return state_->assembler.finish();
}

}  // namespace strata::tsdb
