#include "downsample/testing/plain_floats.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <span>

namespace strata::downsample::testing {

namespace {

constexpr Timestamp k5m = 300'000;
constexpr Timestamp k1h = 3'600'000;

Timestamp end_of(Timestamp time, Timestamp size) {
  return time - time % size + size - 1;
}

PlainSamples usable(const PlainSamples& samples) {
  PlainSamples kept;
  Timestamp last = 0;
  for (const auto& [time, value] : samples) {
    if (std::bit_cast<std::uint64_t>(value) != 0x7ff0000000000002 && time >= last) {
      last = time;
      kept.emplace_back(time, value);
    }
  }
  return kept;
}

std::size_t chunk_count(double samples, Timestamp span, std::array<Timestamp, 2> resolutions) {
  const auto [in, out] = resolutions;
  const auto windows = static_cast<double>(span / out);
  const double filled =
      span == 0 ? 1
                : std::min(1.0, samples / (static_cast<double>(span) / static_cast<double>(in)));
  const auto expected = static_cast<std::uint64_t>(windows * filled) + 1;
  std::size_t count = 1;
  while (expected / count > 140) {
    ++count;
  }
  return count;
}

struct Aggregator {
  std::uint64_t total = 0;
  double last = 0;
  double counter = 0;
  double count = 0;
  double sum = 0;
  double min = 0;
  double max = 0;

  void reset() {
    count = 0;
    sum = 0;
    min = std::numeric_limits<double>::max();
    max = -std::numeric_limits<double>::max();
  }

  void add(double value) {
    if (total == 0) {
      counter = value;
    } else if (value < last) {
      counter += value;
    } else {
      counter += value - last;
    }
    last = value;
    ++total;
    count += 1;
    sum += value;
    if (value < min) {
      min = value;
    }
    if (value > max) {
      max = value;
    }
  }
};

Timestamp each_window(const PlainSamples& samples, Timestamp size,
                      const std::function<void(Timestamp, const Aggregator&)>& emit) {
  Aggregator aggregator;
  Timestamp end = -1;
  for (const auto& [time, value] : samples) {
    if (time > end) {
      if (end != -1) {
        emit(end, aggregator);
      }
      aggregator.reset();
      end = std::min(end_of(time, size), samples.back().first);
    }
    aggregator.add(value);
  }
  emit(end, aggregator);
  return end;
}

PlainChunk raw_batch(const PlainSamples& batch) {
  PlainChunk chunk;
  chunk.streams[4].push_back(batch.front());
  const Timestamp last = each_window(batch, k5m, [&](Timestamp time, const Aggregator& window) {
    const double values[] = {window.count, window.sum, window.min, window.max, window.counter};
    for (std::size_t i = 0; i < 5; ++i) {
      chunk.streams[i].emplace_back(time, values[i]);
    }
  });
  chunk.streams[4].emplace_back(last, batch.back().second);
  chunk.min_time = chunk.streams[0].front().first;
  chunk.max_time = last;
  return chunk;
}

// The totals of a batch, and the last value.
std::pair<PlainSamples, double> totals(std::span<const PlainChunk> batch) {
  PlainSamples result;
  bool started = false;
  Timestamp last_time = 0;
  double last = 0;
  double total = 0;
  std::size_t chunks = 0;
  for (const PlainChunk& chunk : batch) {
    chunks += chunk.streams[4].empty() ? 0 : 1;
    for (const auto& [time, value] : chunk.streams[4]) {
      if (std::isnan(value)) {
        continue;
      }
      if (!started) {
        started = true;
        last_time = time;
        last = total = value;
        if (chunks == 1 || time >= 1) {
          result.emplace_back(time, total);
        }
      } else if (time > last_time) {
        total += value >= last ? value - last : value;
        last_time = time;
        last = value;
        result.emplace_back(time, total);
      } else if (time == last_time) {
        last = value;
      }
    }
  }
  return {usable(result), last};
}

PlainChunk aggregate_batch(std::span<const PlainChunk> batch) {
  PlainChunk out;
  for (std::size_t i = 0; i < 4; ++i) {
    PlainSamples all;
    for (const PlainChunk& chunk : batch) {
      const PlainSamples part = usable(chunk.streams[i]);
      all.insert(all.end(), part.begin(), part.end());
    }
    if (!all.empty()) {
      each_window(all, k1h, [&](Timestamp time, const Aggregator& window) {
        const double values[] = {window.sum, window.sum, window.min, window.max};
        out.streams[i].emplace_back(time, values[i]);
      });
    }
  }
  const auto [counter, last] = totals(batch);
  if (!counter.empty()) {
    out.streams[4].push_back(counter.front());
    const Timestamp end = each_window(counter, k1h, [&](Timestamp time, const Aggregator& window) {
      out.streams[4].emplace_back(time, window.counter);
    });
    out.streams[4].emplace_back(end, last);
  }
  out.min_time = out.streams[0].front().first;
  out.max_time = out.streams[0].back().first;
  return out;
}

}  // namespace

std::vector<PlainChunk> downsample_raw(const std::vector<PlainSamples>& chunks) {
  PlainSamples all;
  for (const PlainSamples& chunk : chunks) {
    const PlainSamples part = usable(chunk);
    all.insert(all.end(), part.begin(), part.end());
  }
  std::vector<PlainChunk> out;
  if (all.empty()) {
    return out;
  }
  const std::size_t size =
      all.size() / chunk_count(static_cast<double>(all.size()),
                               all.back().first - all.front().first, {60'000, k5m}) +
      1;
  for (auto at = all.begin(); at != all.end();) {
    auto end = at + std::min<std::ptrdiff_t>(static_cast<std::ptrdiff_t>(size), all.end() - at);
    const Timestamp stop = end_of((end - 1)->first, k5m);
    while (end != all.end() && end->first <= stop) {
      ++end;
    }
    PlainSamples batch;
    std::copy_if(at, end, std::back_inserter(batch),
                 [](const auto& sample) { return !std::isnan(sample.second); });
    if (!batch.empty()) {
      out.push_back(raw_batch(batch));
    }
    at = end;
  }
  return out;
}

std::vector<PlainChunk> downsample_aggregates(const std::vector<PlainChunk>& chunks) {
  std::vector<PlainChunk> out;
  if (chunks.empty()) {
    return out;
  }
  double samples = 0;
  for (const PlainChunk& chunk : chunks) {
    samples += static_cast<double>(chunk.streams[0].size());
  }
  const std::size_t count =
      chunk_count(samples, chunks.back().max_time - chunks.front().min_time, {k5m, k1h});
  const std::size_t size = std::max<std::size_t>(1, chunks.size() / count);
  const std::span<const PlainChunk> all = chunks;
  for (std::size_t at = 0; at < chunks.size(); at += size) {
    out.push_back(aggregate_batch(all.subspan(at, std::min(size, chunks.size() - at))));
  }
  return out;
}

}  // namespace strata::downsample::testing
