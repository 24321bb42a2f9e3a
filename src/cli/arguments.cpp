#include "cli/arguments.h"

#include <algorithm>
#include <array>
#include <limits>

#include "cli/duration.h"
#include "cli/sizes.h"
#include "cli/text.h"

namespace cli {
namespace {

constexpr std::array<std::string_view, 6> kTrue{"1", "t", "T", "true", "TRUE", "True"};
constexpr std::array<std::string_view, 6> kFalse{"0", "f", "F", "false", "FALSE", "False"};

constexpr Option kHelp{"help", 'h', Kind::flag, "", "show help"};

const Option* find_option(const Syntax& syntax, std::string_view name) {
  const auto named = [name](const Option& option) { return option.name == name || (name.size() == 1 && option.letter == name[0]); };
  const auto found = std::ranges::find_if(syntax.options, named);
  if (found != syntax.options.end()) return &*found;
  return named(kHelp) ? &kHelp : nullptr;
}

// "--name=value" taken apart.
struct Word {
  std::string_view name;
  std::optional<std::string_view> value;
};
Result<Word> split(std::string_view word) {
  std::string_view name = word.substr(word.starts_with("--") ? 2 : 1);
  if (name.empty() || name[0] == '-' || name[0] == '=') return fail("bad flag syntax: " + std::string(word));
  const std::size_t equals = name.find('=');
  if (equals == std::string_view::npos) return Word{name, {}};
  return Word{name.substr(0, equals), name.substr(equals + 1)};
}

std::unexpected<Error> invalid(std::string_view typed, std::string_view value, std::string_view why) {
  return fail("invalid value " + quoted(value) + " for flag -" + std::string(typed) + ": " + std::string(why));
}

// An integer in decimal, as the commands want it.
Result<std::string> read_integer(Kind kind, std::string_view typed, std::string_view value) {
  constexpr std::int64_t kMostId = std::numeric_limits<std::uint32_t>::max(), kMost = std::numeric_limits<std::int32_t>::max();
  const auto number = parse_flag_int(value);
  if (!number) return invalid(typed, value, number.error().what);
  const bool fits = kind == Kind::integer || (kind == Kind::number && *number >= 0 && *number <= kMost) ||
                    (kind == Kind::numbers && *number >= -kMostId && *number <= kMostId);
  if (!fits) return invalid(typed, value, "strconv.ParseInt: parsing " + quoted(value) + ": value out of range");
  return std::to_string(*number);
}

Result<std::string> read_value(Kind kind, std::string_view typed, std::string_view value) {
  switch (kind) {
    case Kind::number:
    case Kind::numbers:
    case Kind::integer:
      return read_integer(kind, typed, value);
    case Kind::duration:
      if (!parse_duration(value)) return invalid(typed, value, "parse error");
      [[fallthrough]];
    default:
      return std::string(value);
  }
}

// A word that begins with a dash, and perhaps its value from `rest`. How many words of `rest` it took.
Result<std::size_t> take_option(const Syntax& syntax, std::string_view word, std::span<const std::string> rest, Arguments& into) {
  const Word parts = TRY(split(word));
  const Option* option = find_option(syntax, parts.name);
  if (option == nullptr) return fail("flag provided but not defined: -" + std::string(parts.name));
  if (option->kind == Kind::flag) {
    const std::optional<bool> set = parts.value ? parse_bool(*parts.value) : std::optional(true);
    if (!set) return invalid(parts.name, *parts.value, "parse error");
    if (option == &kHelp)
      into.help = *set;
    else
      into.options.push_back({option, *set ? "true" : "false"});
    return std::size_t{0};
  }
  if (!parts.value && rest.empty()) return fail("flag needs an argument: " + std::string(word));
  std::string value = TRY(read_value(option->kind, parts.name, parts.value ? *parts.value : std::string_view(rest.front())));
  into.options.push_back({option, std::move(value)});
  return std::size_t{parts.value ? 0U : 1U};
}

}  // namespace

const std::string* Arguments::find(std::string_view name) const {
  for (auto given = options.rbegin(); given != options.rend(); ++given)
    if (given->option->name == name) return &given->value;
  return nullptr;
}

bool Arguments::flag(std::string_view name) const {
  const std::string* value = find(name);
  return value != nullptr && *value == "true";
}

std::optional<bool> parse_bool(std::string_view word) {
  if (std::ranges::find(kTrue, word) != kTrue.end()) return true;
  if (std::ranges::find(kFalse, word) != kFalse.end()) return false;
  return {};
}

Result<Arguments> normalise(const Syntax& syntax, std::span<const std::string> words) {
  Arguments arguments;
  while (!words.empty()) {
    const std::string& word = words.front();
    words = words.subspan(1);
    if (word == "--") break;
    const bool positional = word.size() < 2 || word[0] != '-';  // "-" alone names standard input
    if (positional) {
      arguments.positional.push_back(word);
      if (syntax.stop_at_positional) break;
      continue;
    }
    words = words.subspan(TRY(take_option(syntax, word, words, arguments)));
  }
  arguments.positional.insert(arguments.positional.end(), words.begin(), words.end());
  return arguments;
}

}  // namespace cli
