// The only file of this room that includes the JSON library. Its parser checks the grammar and UTF-8 without recursion and
// hands over events; the Machine does the rest.
#include "config/read.h"

#include <nlohmann/json.hpp>

#include "config/chapters.h"
#include "config/schema.h"

namespace config {
namespace {

Position position_of(std::string_view text, std::size_t offset) {
  Position position{1, 1};
  for (const char letter : text.substr(0, offset)) {
    if (letter == '\n')
      ++position.line, position.column = 1;
    else
      ++position.column;
  }
  return position;
}

std::unexpected<Error> syntax_error(std::string_view text, std::size_t offset, std::string_view words) {
  const Position at = position_of(text, offset);
  return fail(std::string(words), ':' + std::to_string(at.line) + ':' + std::to_string(at.column));
}

// The library's exception text without its number, position and echo.
std::string words_of(std::string_view what) {
  if (what.find("UTF-8") != what.npos) return "invalid UTF-8 in a string";
  if (what.find("expected end of input") != what.npos) return "text after the end of the document";
  if (what.find("number overflow") != what.npos) return "number out of range";
  const std::size_t dash = what.find(" - ");
  if (dash != what.npos) what.remove_prefix(dash + 3);
  const std::size_t echo = what.find("; last read: '");
  if (echo == what.npos) return std::string(what);
  std::string words(what.substr(0, echo));
  const std::size_t expected = what.find("'; expected ", echo);
  if (expected != what.npos) words.append(what.substr(expected + 1));
  return words;
}

struct Events {
  Machine& machine;
  std::string_view document;
  std::optional<Error> syntax = std::nullopt;

  bool null() { return machine.null(); }
  bool boolean(bool value) { return machine.boolean(value); }
  bool number_integer(std::int64_t value) { return machine.integer(value); }
  bool number_unsigned(std::uint64_t value) { return machine.natural(value); }
  bool number_float(double, const std::string& token) { return machine.fraction(token); }
  bool string(std::string& value) { return machine.string(value); }
  bool binary(nlohmann::json::binary_t&) { return false; }
  bool start_object(std::size_t) { return machine.open_object(); }
  bool key(std::string& name) { return machine.key(name); }
  bool end_object() { return machine.close_object(); }
  bool start_array(std::size_t) { return machine.open_array(); }
  bool end_array() { return machine.close_array(); }

  // `count` bytes were read; one more than there are when the end came too early.
  bool parse_error(std::size_t count, const std::string&, const nlohmann::detail::exception& problem) {
    if (count > document.size())
      syntax = syntax_error(document, document.size(), "unexpected EOF: the document is cut off").error();
    else
      syntax = syntax_error(document, count == 0 ? 0 : count - 1, words_of(problem.what())).error();
    return false;
  }
};

// Before the parser sees the text: it takes a NUL byte for the end and steps over a byte order mark, other readers do not.
Result<> check_bytes(std::string_view text) {
  if (text.size() > kMaxDocumentBytes)
    return fail("document of " + std::to_string(text.size()) + " bytes, at most " + std::to_string(kMaxDocumentBytes) +
                " are allowed");
  if (const std::size_t nul = text.find('\0'); nul != text.npos) return syntax_error(text, nul, "NUL byte");
  if (text.starts_with("\xef\xbb\xbf")) return syntax_error(text, 0, "byte order mark: write plain UTF-8");
  return {};
}

bool is_null(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kBlank);
  return first != text.npos && text.substr(first, text.find_last_not_of(kBlank) + 1 - first) == "null";
}

template <class T>
Result<T> read(std::string_view text, std::string_view name) {
  TRY(check_bytes(text));
  if (is_null(text)) return fail(std::string(name) + " cannot be null");
  T value;
  Machine machine(type_of<T>, &value);
  Events events{machine, text};
  if (nlohmann::json::sax_parse(text.data(), text.data() + text.size(), &events)) return value;
  return std::unexpected(events.syntax ? *std::move(events.syntax) : std::move(machine.error));
}

}  // namespace

Result<Spec> read_spec(std::string_view text) { return read<Spec>(text, "config"); }
Result<Process> read_process(std::string_view text) { return read<Process>(text, "process"); }
Result<Resources> read_resources(std::string_view text) { return read<Resources>(text, "resources"); }
Result<std::vector<Mount>> read_mounts(std::string_view text) { return read<std::vector<Mount>>(text, "mounts"); }

}  // namespace config
