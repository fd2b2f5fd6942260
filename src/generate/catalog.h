#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace strata::generate {

enum class Kind {
  kCounter,  // whole events
  kSeconds,  // a counter of hundredths of a second
  kSum,      // a counter with every bit of a double
  kBucket,   // cumulative count up to `le`
  kBytes,    // a gauge in pages
  kLevel,    // a gauge of small whole numbers
  kRatio,    // a gauge with every bit of a double
  kConstant,
  kStartTime,  // of the process
  kNative,     // native histogram
};

// One series of a target: the label values that sort behind those of the target.
struct Leaf {
  std::vector<std::string> values;
  unsigned priority = 0;     // below the number of series that a target exposes: it does
  double share = 1;          // of the events that it counts
  std::uint64_t events = 0;  // what it counts; equal for the parts of one histogram
};

// Series that agree in the labels that sort before those of the target.
struct Group {
  std::vector<std::string> values;
  std::vector<Leaf> leaves;  // ascending
};

struct Family {
  std::string name;
  Kind kind = Kind::kConstant;
  std::vector<std::string> names_before;  // ascending, below "instance"
  std::vector<std::string> names_after;  // ascending, above "instance", without job, namespace, pod
  std::vector<Group> groups;             // ascending
};

// What one target exposes, in label order. A pure function of its arguments.
class Catalog {
 public:
  // Keeps the first `most` series by priority; the kinds stay mixed however few those are.
  Catalog(double native_share, std::uint64_t most);

  // Series of a target that is not cut short.
  static std::uint64_t full_size();

  const std::vector<Family>& families() const { return families_; }
  // Every string of the families, not sorted, with repeats.
  std::vector<std::string> symbols() const;

 private:
  std::vector<Family> families_;
};

}  // namespace strata::generate
