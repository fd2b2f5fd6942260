#pragma once

#include <cstddef>
#include <utility>
#include <vector>

namespace strata::tsdb {

// A binary heap whose order among equal items is that of Go's container/heap: it decides which of
// two samples or chunks with the same times comes first. The standard library leaves that order
// open.
template <class T, class Less>
class TieHeap {
 public:
  explicit TieHeap(Less less = {}) : less_(less) {}

  bool empty() const { return items_.empty(); }
  std::size_t size() const { return items_.size(); }
  const T& top() const { return items_.front(); }
  void clear() { items_.clear(); }

  void push(T item) {
    items_.push_back(std::move(item));
    std::size_t at = items_.size() - 1;
    while (at > 0) {
      const std::size_t parent = (at - 1) / 2;
      if (!less_(items_[at], items_[parent])) {
        break;
      }
      std::swap(items_[at], items_[parent]);
      at = parent;
    }
  }

  T pop() {
    const std::size_t last = items_.size() - 1;
    std::swap(items_[0], items_[last]);
    std::size_t at = 0;
    for (std::size_t child = 1; child < last; child = 2 * at + 1) {
      if (child + 1 < last && less_(items_[child + 1], items_[child])) {
        ++child;
      }
      if (!less_(items_[child], items_[at])) {
        break;
      }
      std::swap(items_[at], items_[child]);
      at = child;
    }
    T item = std::move(items_.back());
    items_.pop_back();
    return item;
  }

 private:
  std::vector<T> items_;
  Less less_;
};

}  // namespace strata::tsdb
