// support/result.h: a value, or an error in words (the runtime's; init and sys/ have numbers only).
#pragma once
#include <expected>
#include <string>
#include <string_view>
#include <utility>

#include "sys/result.h"

// The parts of this header stand in the global namespace: every room of the runtime uses them on every page.
struct Error {
  int code = 0;         // the kernel's errno, or 0 when the fault is in what we were given
  std::string what;     // outermost first: "mount proc on /proc: fsmount: operation not permitted"
  std::string pointer;  // JSON pointer of the place in config.json that asked for it, "" = no place there
  std::string hint;     // what to do about it, "" = the message says enough
  bool bare = false;    // the user's program did not exec: shown without the command's prefix, exit code 255 (runc-compatible)
};

template <class T = void>  // a class of its own, not an alias, so that the compiler warns where one is dropped
class [[nodiscard]] Result : public std::expected<T, Error> {
 public:
  using std::expected<T, Error>::expected;
};

// errno in words as Go's syscall package and so every runc message has them: lower case, "no such file or directory".
std::string_view errno_text(int code);

inline std::unexpected<Error> fail(std::string what, std::string pointer = {}, std::string hint = {}) {
  return std::unexpected(Error{0, std::move(what), std::move(pointer), std::move(hint)});
}
// A failed system call: "<doing>: <errno in words>".
inline std::unexpected<Error> fail(std::string doing, sys::Errno error, std::string pointer = {}, std::string hint = {}) {
  doing.append(": ").append(errno_text(error.code));
  return std::unexpected(Error{error.code, std::move(doing), std::move(pointer), std::move(hint)});
}
inline std::unexpected<Error> within(std::string_view doing, Error error) {
  if (!doing.empty()) error.what.insert(0, std::string(doing) + ": ");
  return std::unexpected(std::move(error));
}
inline std::unexpected<Error> within(std::string_view doing, sys::Errno error) { return fail(std::string(doing), error); }

template <class T>
T take(Result<T>&& result) {
  if constexpr (!std::is_void_v<T>) return *std::move(result);
}
using sys::take;

// Value of `expr` (a Result or a sys::Result), or leave this function with its error, headed by `doing`, which is evaluated
// only then and so may build strings. A sys::Result needs a `doing`. One TRY an expression: a nested one shadows.
#define TRY_DOING(doing, expr)                                      \
  __extension__({                                                   \
    auto attempt = (expr);                                          \
    if (!attempt) return within(doing, std::move(attempt).error()); \
    take(std::move(attempt));                                       \
  })
#define TRY(expr) TRY_DOING("", expr)
