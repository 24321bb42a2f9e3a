// sys/result.h: a value, or the kernel's errno. No words: support/result.h adds them in the runtime, init sends the number.
#pragma once
#include <expected>
#include <type_traits>
#include <utility>

namespace sys {

// An errno as an error. Positive; never 0.
struct [[nodiscard]] Errno {
  int code = 0;
  friend bool operator==(Errno, Errno) = default;
};

// A class of its own, not an alias, so that the compiler warns where one is dropped.
template <class T = void>
class [[nodiscard]] Result : public std::expected<T, Errno> {
 public:
  using std::expected<T, Errno>::expected;
  int code() const { return this->has_value() ? 0 : this->error().code; }  // 0 = no error
};

// Without a value an errno is all there is: one word in a register, where std::expected<void, Errno> goes through memory. The
// runtime does not mind, init is a sixth smaller.
template <>
class [[nodiscard]] Result<void> {
  int code_ = 0;

 public:
  using value_type = void;
  using error_type = Errno;
  constexpr Result() = default;
  constexpr Result(std::unexpected<Errno> error) : code_(error.error().code) {}
  constexpr bool has_value() const { return code_ == 0; }
  constexpr explicit operator bool() const { return code_ == 0; }
  constexpr Errno error() const { return Errno{code_}; }
  constexpr int code() const { return code_; }  // 0 = no error
};

// The kernel's raw answer as a Result.
[[gnu::always_inline]] inline Result<long> checked(long raw_answer) {
  if (raw_answer < 0 && raw_answer >= -4095) return std::unexpected(Errno{static_cast<int>(-raw_answer)});
  return raw_answer;
}

[[gnu::always_inline]] inline Result<> checked_void(long raw_answer) {
  if (raw_answer < 0 && raw_answer >= -4095) return std::unexpected(Errno{static_cast<int>(-raw_answer)});
  return {};
}

template <class T>
T take(Result<T>&& result) {
  if constexpr (!std::is_void_v<T>) return *std::move(result);
}

}  // namespace sys

// Value of `expr` (a sys::Result), or leave this function with its errno.
#define SYS_TRY(expr)                                              \
  __extension__({                                                  \
    auto sys_attempt = (expr);                                     \
    if (!sys_attempt) return std::unexpected(sys_attempt.error()); \
    ::sys::take(std::move(sys_attempt));                           \
  })
