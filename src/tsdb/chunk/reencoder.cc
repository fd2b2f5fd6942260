#include "tsdb/chunk/reencoder.h"

#include <algorithm>

namespace strata::tsdb {

namespace {

Encoding encoding_for(SampleType type, Timestamp start) {
  switch (type) {
    case SampleType::kFloat:
      return start != 0 ? Encoding::kXor2 : Encoding::kXor;
    case SampleType::kHistogram:
      return start != 0 ? Encoding::kHistogramSt : Encoding::kHistogram;
    case SampleType::kFloatHistogram:
      break;
  }
  return start != 0 ? Encoding::kFloatHistogramSt : Encoding::kFloatHistogram;
}

ResetHeader first_header(const SampleColumns& source, std::size_t index) {
  if (source.type == SampleType::kFloat) {
    return ResetHeader::kUnknown;
  }
  switch (source.histograms[index].hint) {
    case ResetHint::kGauge:
      return ResetHeader::kGauge;
    case ResetHint::kReset:
      return ResetHeader::kReset;
    case ResetHint::kUnknown:
    case ResetHint::kNotReset:
      break;
  }
  return ResetHeader::kUnknown;
}

}  // namespace

void Reencoder::encode_floats(SampleSpan samples, ChunkArena& arena, std::vector<ChunkView>& out) {
  for (std::size_t at = 0; at < samples.size; at += kMaxSamples) {
    out.push_back(encode_xor(samples.part(at, std::min(kMaxSamples, samples.size - at)), arena));
  }
}

void Reencoder::encode(SampleSpan picks, const std::deque<SampleColumns>& sources,
                       ChunkArena& arena, std::vector<ChunkView>& out) {
  open_ = Encoding::kNone;
  for (std::size_t i = 0; i < picks.size; ++i) {
    const SampleColumns& source = sources[picks.values[i] >> 32];
    const std::size_t index = picks.values[i] & 0xffffffff;
    const Timestamp start = source.start(index);
    if (must_cut(source.type, start)) {
      flush(arena, out);
      type_ = source.type;
      open(encoding_for(type_, start), first_header(source, index));
    }
    if (open_ == Encoding::kXor) {
      floats_.times.push_back(source.times[index]);
      floats_.values.push_back(source.values[index]);
    } else if (open_ == Encoding::kXor2) {
      xor2_.append(source.times[index], source.values[index], start);
    } else {
      if (histograms_.size() != 0) {
        const AppendVerdict verdict = histograms_.judge(source, index);
        if (verdict.kind == AppendKind::kNewChunk) {
          const Encoding same = open_;
          flush(arena, out);
          open(same, verdict.header);
        }
      }
      histograms_.append(source, index);
    }
  }
  flush(arena, out);
}

bool Reencoder::must_cut(SampleType type, Timestamp start) const {
  if (open_ == Encoding::kNone || type != type_ || open_size() >= kMaxSamples) {
    return true;
  }
  if (type == SampleType::kFloat) {
    return open_ == Encoding::kXor && start != 0;
  }
  return open_ != encoding_for(type, start);
}

std::size_t Reencoder::open_size() const {
  switch (open_) {
    case Encoding::kXor:
      return floats_.times.size();
    case Encoding::kXor2:
      return xor2_.size();
    default:
      return histograms_.size();
  }
}

void Reencoder::open(Encoding encoding, ResetHeader header) {
  open_ = encoding;
  if (encoding == Encoding::kXor) {
    floats_.resize(0);
  } else if (encoding != Encoding::kXor2) {
    histograms_.open(encoding, header);
  }
}

void Reencoder::flush(ChunkArena& arena, std::vector<ChunkView>& out) {
  if (open_ == Encoding::kXor) {
    out.push_back(encode_xor(floats_.span(), arena));
  } else if (open_ == Encoding::kXor2) {
    out.push_back(xor2_.finish(arena));
  } else if (open_ != Encoding::kNone) {
    out.push_back(histograms_.finish(arena));
  }
  open_ = Encoding::kNone;
}

}  // namespace strata::tsdb
