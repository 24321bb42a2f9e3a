// init/line.h: a text of bounded length, put together without a heap. What does not fit is cut, and `whole` tells.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace init {

template <std::size_t Capacity>
class Line {
  // All zero at the start: a static one costs no byte of the program and no code that would have to run first.
  std::array<char, Capacity + 1> text_{};
  std::size_t size_ = 0;
  bool cut_ = false;

 public:
  constexpr Line() = default;

  Line& add(std::string_view more) {
    if (more.size() > Capacity - size_) {
      cut_ = true;
      more = more.substr(0, Capacity - size_);
    }
    __builtin_memcpy(text_.data() + size_, more.data(), more.size());
    size_ += more.size();
    text_[size_] = '\0';
    return *this;
  }
  Line& add_number(std::uint64_t value, unsigned base = 10) {
    char digits[24];
    std::size_t at = sizeof digits;
    do digits[--at] = static_cast<char>('0' + value % base);
    while ((value /= base) != 0);
    return add({digits + at, sizeof digits - at});
  }
  void clear() { size_ = 0, cut_ = false, text_[0] = '\0'; }

  std::string_view view() const { return {text_.data(), size_}; }
  const char* c_str() const { return text_.data(); }
  bool whole() const { return !cut_; }
};

}  // namespace init
