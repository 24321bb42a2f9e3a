#include "cli/sizes.h"

#include <charconv>
#include <cmath>
#include <limits>

#include "cli/text.h"

namespace cli {
namespace {

std::unexpected<Error> not_parsed(std::string_view word, const char* function, bool too_large) {
  return fail(std::string("strconv.") + function + ": parsing " + quoted(word) +
              (too_large ? ": value out of range" : ": invalid syntax"));
}

template <class Number>
Result<Number> parse(std::string_view word, const char* function) {
  Number number = 0;
  std::string_view digits = word;
  if (std::is_signed_v<Number> && digits.starts_with('+')) digits.remove_prefix(1);  // from_chars knows the minus only
  const bool two_signs = digits.size() < word.size() && digits.starts_with('-');
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error == std::errc{} && end == digits.data() + digits.size() && !two_signs) return number;
  const bool too_large = error == std::errc::result_out_of_range && end == digits.data() + digits.size();
  return not_parsed(word, function, too_large);
}

char lower(char letter) { return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter + ('a' - 'A')) : letter; }

// Of a Go integer literal; its prefix is taken off. A zero alone is decimal.
int base_of(std::string_view& digits) {
  if (digits.size() < 2 || digits[0] != '0') return 10;
  const char letter = lower(digits[1]);
  const int base = letter == 'x' ? 16 : letter == 'b' ? 2 : 8;
  digits.remove_prefix(base != 8 || letter == 'o' ? 2 : 1);
  return base;
}

// The power of 1024 behind a number, or -1.
int power_of(std::string_view suffix) {
  constexpr std::string_view kPowers = "bkmgtp";
  std::string word;
  for (const char letter : suffix) word += lower(letter);
  if (word.empty() || word == "b") return 0;
  const std::size_t power = kPowers.find(word[0]);
  const std::string_view rest = std::string_view(word).substr(1);
  const bool known = power != kPowers.npos && power != 0 && (rest.empty() || rest == "b" || rest == "ib");
  return known ? static_cast<int>(power) : -1;
}

}  // namespace

Result<std::int64_t> parse_int(std::string_view word) { return parse<std::int64_t>(word, "ParseInt"); }
Result<std::uint64_t> parse_uint(std::string_view word) { return parse<std::uint64_t>(word, "ParseUint"); }

Result<std::int64_t> parse_flag_int(std::string_view word) {
  const bool negative = word.starts_with('-');
  std::string_view digits = word.substr(negative || word.starts_with('+') ? 1 : 0);
  const int base = base_of(digits);
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number, base);
  const bool whole = end == digits.data() + digits.size() && error != std::errc::invalid_argument;
  const std::uint64_t most = std::uint64_t{std::numeric_limits<std::int64_t>::max()} + (negative ? 1 : 0);
  if (whole && error == std::errc{} && number <= most) return static_cast<std::int64_t>(negative ? -number : number);
  return not_parsed(word, "ParseInt", whole);
}

Result<std::int64_t> parse_bytes(std::string_view word) {
  const auto invalid = [&word] { return fail("invalid size: '" + std::string(word) + "'"); };
  const std::size_t last = word.find_last_of("0123456789. ");
  if (last == word.npos) return invalid();
  const std::string_view suffix = word.substr(last + 1);
  const std::string_view number = word.substr(0, word[last] == ' ' ? last : last + 1);
  double value = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value, std::chars_format::fixed);
  if (error != std::errc{} || end != number.data() + number.size() || value < 0) return invalid();
  const int power = power_of(suffix);
  if (power < 0) return fail("invalid suffix: '" + std::string(suffix) + "'");
  std::int64_t whole = 0;
  // Whole numbers are exact, whatever their size.
  const auto as_whole = std::from_chars(number.data(), number.data() + number.size(), whole);
  if (as_whole.ec == std::errc{} && as_whole.ptr == end) {
    if (__builtin_mul_overflow(whole, std::int64_t{1} << (10 * power), &whole)) return invalid();
    return whole;
  }
  value = std::ldexp(value, 10 * power);
  if (!(value < 9.2e18)) return invalid();
  return static_cast<std::int64_t>(value);
}

}  // namespace cli
