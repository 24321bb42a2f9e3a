// Any words on the command line, one a line: an error or a value, never a crash; numbers are read whole or not at all.
#include "cli/arguments.h"

#include <vector>

#include "cli/duration.h"
#include "cli/host_user.h"
#include "cli/signals.h"
#include "cli/sizes.h"
#include "cli/text.h"
#include "support/text.h"
#include "tests/fuzz/targets.h"

namespace fuzz {
namespace {

constexpr cli::Option kOptions[] = {
    {"detach", 'd', cli::Kind::flag, "", ""},
    {"root", 0, cli::Kind::text, "DIR", ""},
    {"env", 'e', cli::Kind::list, "K=V", ""},
    {"preserve-fds", 0, cli::Kind::number, "N", ""},
    {"cpu-quota", 0, cli::Kind::integer, "N", ""},
    {"interval", 0, cli::Kind::duration, "TIME", ""},
    {"additional-gids", 'g', cli::Kind::numbers, "N", ""},
};

bool only(std::string_view word, std::string_view letters) { return word.find_first_not_of(letters) == word.npos; }

void read_word(const std::string& word) {
  constexpr std::uint64_t kMost = 4294967294U;
  if (const auto number = text::parse_unsigned(word, kMost)) {
    must(*number <= kMost && only(word, "0123456789"));
    must(std::to_string(*number) == word || word[0] == '0');
  }
  if (const auto number = cli::parse_int(word)) must(only(word, "+-0123456789"));
  if (const auto number = cli::parse_uint(word)) must(only(word, "0123456789"));
  if (const auto bytes = cli::parse_bytes(word)) must(word.find_first_of("0123456789") != word.npos);
  if (const auto signal = cli::parse_signal(word)) must(!word.empty());
  (void)cli::parse_duration(word);
  (void)cli::parse_bool(word);
  must(cli::quoted(word).size() >= word.size() + 2);
  must(cli::json_string(word).size() >= 2);
  (void)cli::printable(word);
  const std::string path = text::clean_path("/" + word);
  must(path.starts_with('/') && (path + "/").find("/../") == path.npos && text::clean_path(path) == path);
}

}  // namespace

void arguments(std::string_view bytes) {
  std::vector<std::string> words(1);
  for (const char letter : bytes) {
    if (letter == '\n')
      words.emplace_back();
    else
      words.back().push_back(letter);
  }
  for (const bool stop : {false, true})
    if (const auto given = cli::normalise({kOptions, stop}, words)) must(given->positional.size() <= words.size());
  for (const std::string& word : words) read_word(word);
  // The first line asks for a user of the file that follows.
  const std::string_view rest = bytes.substr(std::min(words[0].size() + 1, bytes.size()));
  if (const auto user = cli::find_user(words[0], rest, rest)) must(user->home.starts_with('/') || !rest.empty());
}

}  // namespace fuzz
