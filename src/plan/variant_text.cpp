#include "plan/variant_text.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <limits>

#include "support/text.h"

namespace plan {
namespace {

struct TypeName {
  std::string_view name;
  char code;
};
constexpr std::array kTypeNames{
    TypeName{"boolean", 'b'}, TypeName{"byte", 'y'},   TypeName{"double", 'd'},     TypeName{"int16", 'n'},
    TypeName{"int32", 'i'},   TypeName{"int64", 'x'},  TypeName{"objectpath", 'o'}, TypeName{"signature", 'g'},
    TypeName{"string", 's'},  TypeName{"uint16", 'q'}, TypeName{"uint32", 'u'},     TypeName{"uint64", 't'},
};
struct Bounds {
  char code;
  std::int64_t least;
  std::uint64_t most;
};
constexpr std::array kBounds{
    Bounds{'y', 0, 0xFF},       Bounds{'n', INT16_MIN, INT16_MAX}, Bounds{'q', 0, UINT16_MAX}, Bounds{'i', INT32_MIN, INT32_MAX},
    Bounds{'u', 0, UINT32_MAX}, Bounds{'x', INT64_MIN, INT64_MAX}, Bounds{'t', 0, UINT64_MAX},
};

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_word(char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.'; }

class Parser {
  std::string_view rest_;
  int depth_ = 0;

  void skip_space() {
    while (!rest_.empty() && is_space(rest_.front())) rest_.remove_prefix(1);
  }
  bool take_char(char wanted) {
    skip_space();
    if (rest_.empty() || rest_.front() != wanted) return false;
    rest_.remove_prefix(1);
    return true;
  }
  std::string_view take_word() {
    skip_space();
    const std::size_t end = static_cast<std::size_t>(std::ranges::find_if_not(rest_, is_word) - rest_.begin());
    const std::string_view word = rest_.substr(0, end);
    rest_.remove_prefix(end);
    return word;
  }
  std::unexpected<Error> unexpected_text() const {
    return fail(rest_.empty() ? "unexpected end" : "unexpected " + text::quote(rest_.substr(0, 20)));
  }

  // `wanted`: the type that was asked for, "" = whatever the text is.
  Result<BusValue> value(std::string_view wanted) {
    constexpr int kDeepest = 16;
    if (depth_ >= kDeepest) return fail("nested too deep");
    ++depth_;
    auto read = any(wanted);
    --depth_;
    return read;
  }

  Result<BusValue> any(std::string_view wanted) {
    skip_space();
    if (rest_.empty()) return unexpected_text();
    switch (rest_.front()) {
      case '@':
        return annotated();
      case '\'':
      case '"':
        return string(wanted);
      case '[':
        return array(wanted);
      case '(':
        return structure(wanted);
      case '<':
        return variant(wanted);
      case '{':
        return fail("dictionaries are not supported");
      default:
        return word(wanted);
    }
  }

  Result<BusValue> annotated() {  // @as []
    rest_.remove_prefix(1);
    const std::size_t end = std::min(rest_.find(' '), rest_.size());
    const std::string type(rest_.substr(0, end));
    rest_.remove_prefix(end);
    const std::string_view element = std::string_view(type).substr(std::min(type.find_first_not_of('a'), type.size()));
    if (element.size() != 1 || std::string_view("bynqiuxtdsogv").find(element) == std::string_view::npos)
      return fail("type " + text::quote(type) + " is not supported");
    return value(type);
  }

  Result<BusValue> string(std::string_view wanted) {
    const char quote = rest_.front();
    BusValue read{wanted.empty() ? "s" : std::string(wanted), 0, {}, {}};
    if (read.signature != "s" && read.signature != "o" && read.signature != "g")
      return fail("a string where type " + read.signature + " is expected");
    for (rest_.remove_prefix(1); !rest_.empty() && rest_.front() != quote; rest_.remove_prefix(1)) {
      if (rest_.front() == '\\')
        TRY(escape(read.text));
      else
        read.text += rest_.front();
    }
    if (!take_char(quote)) return fail("unterminated string");
    return read;
  }
  // Leaves the last character of the sequence for the loop.
  Result<> escape(std::string& text) {
    rest_.remove_prefix(1);
    if (rest_.empty()) return fail("unterminated string");
    constexpr std::string_view kLetters = "abfnrtv", kMeaning = "\a\b\f\n\r\t\v";
    const char c = rest_.front();
    if (c == 'u' || c == 'U') return fail("\\u escapes are not supported: write the character itself");
    const std::size_t at = kLetters.find(c);
    text += at == std::string_view::npos ? c : kMeaning[at];
    return {};
  }

  Result<BusValue> array(std::string_view wanted) {
    if (!wanted.empty() && wanted.front() != 'a') return fail("an array where type " + std::string(wanted) + " is expected");
    rest_.remove_prefix(1);
    std::string element(wanted.substr(wanted.empty() ? 0 : 1));
    BusValue read;
    while (!take_char(']')) {
      if (!read.items.empty() && !take_char(',')) return unexpected_text();
      read.items.push_back(TRY(value(element)));
      if (element.empty()) element = read.items.front().signature;
      if (read.items.back().signature != element) return fail("elements of different types");
    }
    if (element.empty()) return fail("an empty array needs its type, as in @as []");
    read.signature = "a" + element;
    return read;
  }

  Result<BusValue> structure(std::string_view wanted) {
    if (!wanted.empty()) return fail("a tuple where type " + std::string(wanted) + " is expected");
    rest_.remove_prefix(1);
    BusValue read{"(", 0, {}, {}};
    while (!take_char(')')) {
      if (!read.items.empty() && !take_char(',')) return unexpected_text();
      if (take_char(')')) break;  // (1,)
      read.items.push_back(TRY(value("")));
      read.signature += read.items.back().signature;
    }
    if (read.items.empty()) return fail("D-Bus has no empty tuple");
    read.signature += ')';
    return read;
  }

  Result<BusValue> variant(std::string_view wanted) {
    if (!wanted.empty() && wanted != "v") return fail("a variant where type " + std::string(wanted) + " is expected");
    rest_.remove_prefix(1);
    BusValue read{"v", 0, {}, {}};
    read.items.push_back(TRY(value("")));
    if (!take_char('>')) return unexpected_text();
    return read;
  }

  Result<BusValue> word(std::string_view wanted) {
    const std::string_view word = take_word();
    if (word.empty()) return unexpected_text();
    if (is_letter(word.front()) && word != "inf" && word != "nan") {
      if (word == "true" || word == "false") {
        if (!wanted.empty() && wanted != "b") return fail("a boolean where type " + std::string(wanted) + " is expected");
        return bus_flag(word == "true");
      }
      const auto type = std::ranges::find(kTypeNames, word, &TypeName::name);
      if (type == kTypeNames.end()) return fail("unknown word " + text::quote(word));
      return value(std::string_view(&type->code, 1));
    }
    return number(word, wanted);
  }

  static Result<BusValue> number(std::string_view word, std::string_view wanted) {
    const bool fraction = word.find_first_of(".einE") != std::string_view::npos && !word.starts_with("0x");
    const std::string type = !wanted.empty() ? std::string(wanted) : fraction ? "d" : "i";
    if (type == "d") return real(word);
    const auto bounds = std::ranges::find_if(kBounds, [&](const Bounds& each) { return type.size() == 1 && each.code == type[0]; });
    if (bounds == kBounds.end()) return fail("a number where type " + type + " is expected");
    const bool negative = word.starts_with('-');
    std::string_view digits = word.substr(negative || word.starts_with('+') ? 1 : 0);
    int base = 10;
    if (digits.starts_with("0x"))
      base = 16, digits.remove_prefix(2);
    else if (digits.size() > 1 && digits.front() == '0')
      base = 8;
    std::uint64_t magnitude = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), magnitude, base);
    if (end != digits.data() + digits.size() || error == std::errc::invalid_argument || digits.empty())
      return fail("invalid number " + text::quote(word));
    const std::uint64_t most = negative ? 0 - static_cast<std::uint64_t>(bounds->least) : bounds->most;
    if (error != std::errc() || magnitude > most) return fail("number " + text::quote(word) + " out of range for its type");
    return BusValue{type, negative ? 0 - magnitude : magnitude, {}, {}};
  }
  static Result<BusValue> real(std::string_view word) {
    double read = 0;
    const std::string_view digits = word.substr(word.starts_with('+') ? 1 : 0);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), read);
    if (end != digits.data() + digits.size() || error != std::errc()) return fail("invalid number " + text::quote(word));
    return BusValue{"d", std::bit_cast<std::uint64_t>(read), {}, {}};
  }

 public:
  explicit Parser(std::string_view text) : rest_(text) {}
  Result<BusValue> whole() {
    auto read = TRY(value(""));
    skip_space();
    if (!rest_.empty()) return unexpected_text();
    return read;
  }
};

std::string list_of(const BusValue& value, char open, char close) {
  std::string shown(1, open);
  for (const BusValue& item : value.items) shown.append(shown.size() == 1 ? "" : ", ").append(show(item));
  return shown + close;
}

}  // namespace

Result<BusValue> parse_variant(std::string_view text) { return Parser(text).whole(); }

std::string show(const BusValue& value) {
  switch (value.signature.empty() ? '\0' : value.signature.front()) {
    case 'b':
      return value.number != 0 ? "true" : "false";
    case 's':
    case 'o':
    case 'g':
      return text::quote(value.text);
    case 'a':
      return list_of(value, '[', ']');
    case '(':
      return list_of(value, '(', ')');
    case 'v':
      return list_of(value, '<', '>');
    case 'd':
      return std::to_string(std::bit_cast<double>(value.number));
    case 'n':
    case 'i':
    case 'x':
      return std::to_string(static_cast<std::int64_t>(value.number));
    default:
      return value.number == std::numeric_limits<std::uint64_t>::max() ? "infinity" : std::to_string(value.number);
  }
}

}  // namespace plan
