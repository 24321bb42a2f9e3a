#include "cli/regex.h"

#include <regex.h>

#include <algorithm>
#include <array>

#include "container/state.h"

namespace cli {
namespace {

struct Pattern {
  regex_t compiled{};
  int refused = 0;
  explicit Pattern(const std::string& text) : refused(regcomp(&compiled, text.c_str(), REG_EXTENDED | REG_NOSUB)) {}
  ~Pattern() {
    if (refused == 0) regfree(&compiled);
  }
  Pattern(const Pattern&) = delete;
  Pattern& operator=(const Pattern&) = delete;
  bool matches(const std::string& id) const { return regexec(&compiled, id.c_str(), 0, nullptr, 0) == 0; }
};

Result<std::vector<std::string>> matching(const std::string& root, const std::string& text) {
  const Pattern pattern(text);
  if (pattern.refused != 0) {
    std::array<char, 128> why{};
    regerror(pattern.refused, &pattern.compiled, why.data(), why.size());
    return fail("invalid regular expression " + quoted(text) + ": " + why.data());
  }
  std::vector<std::string> ids = TRY(container::Store(root).ids());
  std::erase_if(ids, [&pattern](const std::string& id) { return !pattern.matches(id); });
  return ids;
}

}  // namespace

Result<int> for_containers(Invocation& call, const std::string& id, const std::function<Result<>(const std::string&)>& act) {
  if (!call.arguments.flag("regex")) {
    TRY(act(id));
    return 0;
  }
  int status = 0;
  for (const std::string& each : TRY(matching(call.context.root, id))) {
    const auto done = act(each);
    if (done) continue;
    call.report.error(each + ": " + full_message(done.error(), ""));
    status = 1;
  }
  return status;
}

}  // namespace cli
