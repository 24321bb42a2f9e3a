// cli/arguments.h: words → options and positionals, by table, in the syntax that runc's callers rely on (Go's flag package):
// one dash or two before any name, "=value" or the next word, flags that never take the next word, no bundles of letters.
// Pure: opens and prints nothing.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "support/result.h"

namespace cli {

enum class Kind : std::uint8_t {
  flag,      // true when named; "=BOOL" sets it
  text,      // the last one wins
  list,      // may be repeated; commas mean nothing
  number,    // a Go integer, 0 to INT32_MAX; the last one wins
  integer,   // a Go integer of 64 bits; the last one wins
  duration,  // cli/duration.h; the last one wins
  numbers,   // may be repeated; a minus sign passes here, so that the command can refuse it in its own words
};

struct Option {
  std::string_view name;  // without dashes
  char letter = 0;        // short form, 0 = none
  Kind kind = Kind::flag;
  std::string_view value;  // what the value is, for people: "DIR"
  std::string_view help;
  bool hidden = false;  // accepted, but not told in help: what older or other runtimes have and engines still send
};

struct Syntax {
  std::span<const Option> options;
  bool stop_at_positional = false;  // the first word that is no option ends the options: exec, kill, ps and the global part
};

struct Given {
  const Option* option = nullptr;
  std::string value;  // flags: "true" or "false"; integers: decimal
};
struct Arguments {
  std::vector<Given> options;  // in the order of the words
  std::vector<std::string> positional;
  bool help = false;  // -h, --help: every table has it

  // The last value given for `name`, or nullptr.
  const std::string* find(std::string_view name) const;
  bool flag(std::string_view name) const;
};

// Error::what is Go's message: "flag provided but not defined: -x", "flag needs an argument: --root" ...
Result<Arguments> normalise(const Syntax& syntax, std::span<const std::string> words);

// Go's strconv.ParseBool; nothing for a word that is none.
std::optional<bool> parse_bool(std::string_view word);

}  // namespace cli
