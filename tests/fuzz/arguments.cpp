// Any words on the command line, one a line: an error or options, never a crash; numbers are read whole or not at all.
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "cli/arguments.h"
#include "support/text.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static constexpr cli::Option kOptions[] = {
      {"detach", 'd', cli::Kind::flag, "", ""},
      {"root", 0, cli::Kind::text, "DIR", ""},
      {"env", 'e', cli::Kind::list, "K=V", ""},
      {"preserve-fds", 0, cli::Kind::number, "N", ""},
      {"additional-gids", 'g', cli::Kind::numbers, "N", ""},
  };
  std::vector<std::string> words(1);
  for (std::size_t i = 0; i < size; ++i) {
    if (data[i] == '\n')
      words.emplace_back();
    else
      words.back().push_back(static_cast<char>(data[i]));
  }
  for (const bool stop : {false, true}) (void)cli::normalise({kOptions, stop}, words);
  for (const std::string& word : words) {
    const auto number = text::parse_unsigned(word, 4294967294U);
    if (number && *number > 4294967294U) __builtin_trap();
    if (number && word.find_first_not_of("0123456789") != std::string::npos) __builtin_trap();
    (void)cli::parse_bool(word);
  }
  return 0;
}
