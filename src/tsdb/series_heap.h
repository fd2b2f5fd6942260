#pragma once

#include <cstddef>
#include <utility>
#include <vector>

namespace strata::tsdb {

// The array heap of Go's container/heap. Which of several equal elements comes out first decides
// which sample wins a tie, so sifting must go exactly this way: up while strictly less than the
// parent; down to the left child unless the right one is strictly less, and only if that child is
// strictly less.
template <class T, class Less>
class OrderedHeap {
 public:
  explicit OrderedHeap(Less less) : less_(std::move(less)) {}

  bool empty() const { return items_.empty(); }
  std::size_t size() const { return items_.size(); }
  const T& top() const { return items_.front(); }

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
    std::swap(items_.front(), items_.back());
    T item = std::move(items_.back());
    items_.pop_back();
    std::size_t at = 0;
    while (true) {
      std::size_t child = 2 * at + 1;
      if (child >= items_.size()) {
        break;
      }
      if (child + 1 < items_.size() && less_(items_[child + 1], items_[child])) {
        ++child;
      }
      if (!less_(items_[child], items_[at])) {
        break;
      }
      std::swap(items_[at], items_[child]);
      at = child;
    }
    return item;
  }

  void clear() { items_.clear(); }

 private:
  Less less_;
  std::vector<T> items_;
};

}  // namespace strata::tsdb
