#include "cli/duration.h"

#include <algorithm>

namespace cli {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t nanoseconds;
};
constexpr Unit kUnits[] = {
    {"ns", 1},         {"us", 1000},         {"µs", 1000} /* U+00B5 */, {"μs", 1000} /* U+03BC */,
    {"ms", 1'000'000}, {"s", 1'000'000'000}, {"m", 60'000'000'000},     {"h", 3600'000'000'000},
};
constexpr std::string_view kDigits = "0123456789";

std::string_view take_digits(std::string_view& word) {
  const std::string_view digits = word.substr(0, word.find_first_not_of(kDigits));
  word.remove_prefix(digits.size());
  return digits;
}

// False: more than 64 bits hold.
bool add_part(std::string_view whole, std::string_view fraction, std::int64_t unit, std::int64_t& sum) {
  std::int64_t part = 0;
  for (const char digit : whole)
    if (__builtin_mul_overflow(part, 10, &part) || __builtin_add_overflow(part, digit - '0', &part)) return false;
  if (__builtin_mul_overflow(part, unit, &part)) return false;
  std::int64_t place = unit;
  for (const char digit : fraction) {  // no unit has more than 13 decimals that count
    place /= 10;
    part += place * (digit - '0');
  }
  return !__builtin_add_overflow(sum, part, &sum);
}

}  // namespace

std::optional<std::int64_t> parse_duration(std::string_view word) {
  const bool negative = word.starts_with('-');
  if (negative || word.starts_with('+')) word.remove_prefix(1);
  if (word == "0") return 0;
  if (word.empty()) return {};
  std::int64_t sum = 0;
  while (!word.empty()) {
    const std::string_view whole = take_digits(word);
    std::string_view fraction;
    if (word.starts_with('.')) {
      word.remove_prefix(1);
      fraction = take_digits(word);
    }
    if (whole.empty() && fraction.empty()) return {};
    const std::string_view name = word.substr(0, word.find_first_of("0123456789."));
    const auto unit = std::ranges::find(kUnits, name, &Unit::name);
    if (unit == std::end(kUnits) || !add_part(whole, fraction, unit->nanoseconds, sum)) return {};
    word.remove_prefix(name.size());
  }
  return negative ? -sum : sum;
}

}  // namespace cli
