// init/result.h: how a step of init ends: well, or with what the runtime needs to find the words for it (handshake::Report).
#pragma once
#include <cstdint>
#include <expected>
#include <string_view>
#include <type_traits>

#include "handshake/messages.h"
#include "sys/result.h"

namespace init {

using handshake::Trouble;

// Two words, so that a Result travels in registers; what else there is to say lies in one place, since one failure ends it all.
struct [[nodiscard]] Failure {
  int error = 0;  // errno, 0 = none
  Trouble trouble = Trouble::none;
};
struct About {
  std::string_view detail;  // text that outlives the step: the plan's, or a static buffer
  std::int32_t number = 0;
};
extern About about_failure;  // of the last Failure made

template <class T = void>
class [[nodiscard]] Result : public std::expected<T, Failure> {
 public:
  using std::expected<T, Failure>::expected;
};

// As sys::Result<void>: all in one register.
template <>
class [[nodiscard]] Result<void> {
  static constexpr auto kNoTrouble = static_cast<Trouble>(~std::uint32_t{0});
  Failure failure_{0, kNoTrouble};

 public:
  using value_type = void;
  constexpr Result() = default;
  constexpr Result(std::unexpected<Failure> failure) : failure_(failure.error()) {}
  constexpr explicit operator bool() const { return failure_.trouble == kNoTrouble; }
  constexpr Failure error() const { return failure_; }
};

// errno values; <errno.h> is not included: its macro `errno` is libc's.
inline constexpr int kEperm = 1, kEnoent = 2, kEintr = 4, kE2big = 7, kEagain = 11, kEacces = 13, kEbusy = 16, kEexist = 17,
                     kEnotdir = 20, kEisdir = 21, kEinval = 22, kErofs = 30, kEpipe = 32, kEnametoolong = 36, kEnosys = 38,
                     kEloop = 40, kEproto = 71;

// result.cpp, out of line: failures are rare, and there are hundreds of places that may make one.
[[gnu::cold]] Failure make_failure(Trouble trouble, int error, std::string_view detail, std::int32_t number = 0);

inline std::unexpected<Failure> fail(Trouble trouble, int error = 0, std::string_view detail = {}, std::int32_t number = 0) {
  return std::unexpected(make_failure(trouble, error, detail, number));
}
inline Failure as_failure(sys::Errno error, Trouble trouble, std::string_view detail) {
  return make_failure(trouble, error.code, detail);
}
inline Failure as_failure(Failure failure, Trouble, std::string_view) { return failure; }  // the innermost word counts

template <class R>
auto take(R&& result) {
  if constexpr (!std::is_void_v<typename std::remove_cvref_t<R>::value_type>) return *std::forward<R>(result);
}

}  // namespace init

// Value of `expr`, or leave this function with its failure, called `trouble`, about `detail`. TRY: the step's own call failed.
#define TRY_ABOUT(trouble, detail, expr)                                                        \
  __extension__({                                                                               \
    auto attempt = (expr);                                                                      \
    if (!attempt) return std::unexpected(::init::as_failure(attempt.error(), trouble, detail)); \
    ::init::take(std::move(attempt));                                                           \
  })
#define TRY_AS(trouble, expr) TRY_ABOUT(trouble, std::string_view{}, expr)
#define TRY(expr) TRY_AS(::init::Trouble::none, expr)
