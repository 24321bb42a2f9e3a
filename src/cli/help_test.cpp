#include "cli/help.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>

#include "cli/commands.h"
#include "cli/features.h"
#include "cli/host_options.h"
#include "cli/version.h"

using namespace cli;

namespace {

std::string man_page(std::string_view command) {
  const std::string name = command.empty() ? "minc-oci.8" : "minc-oci-" + std::string(command) + ".8";
  std::ifstream file(std::string(MINC_SOURCE_DIR) + "/man/" + name);
  std::ostringstream all;
  all << file.rdbuf();
  return all.str();
}

// In roff a dash that is typed is written \-.
std::string in_roff(std::string_view text) {
  std::string out;
  for (const char c : text) out.append(c == '-' ? "\\-" : std::string(1, c));
  return out;
}

// The long options that head a paragraph, in roff.
std::vector<std::string> headed_options(const std::string& page) {
  constexpr std::string_view kMark = "\\fB\\-\\-";
  std::vector<std::string> names;
  std::istringstream lines(page);
  bool heading = false;
  for (std::string line; std::getline(lines, line); heading = line == ".TP")
    for (std::size_t at = line.find(kMark); heading && at != std::string::npos; at = line.find(kMark, at + 1))
      names.push_back(line.substr(at + 3, line.find("\\fR", at) - at - 3));
  return names;
}

void check_options(const std::string& page, std::span<const Option> options) {
  for (const Option& option : options) {
    INFO(option.name);
    const std::string_view dashes = option.name.size() == 1 ? "-" : "--";
    CHECK(page.find("\\fB" + in_roff(std::string(dashes) + std::string(option.name)) + "\\fR") != std::string::npos);
    if (option.letter != 0) CHECK(page.find("\\-" + std::string(1, option.letter)) != std::string::npos);
  }
}

}  // namespace

TEST_CASE("help: two first lines that scripts look at") {
  CHECK(app_help("minc-oci").starts_with("NAME:\n   minc-oci - "));
  for (const Command& command : all_commands()) {
    INFO(command.name);
    CHECK(command_help(command, "minc-oci")
              .starts_with("NAME:\n   minc-oci " + std::string(command.name) + " - " + std::string(command.usage) + "\n"));
  }
}

TEST_CASE("help and version: the name that we were called by") {
  CHECK(app_help("runc").starts_with("NAME:\n   runc - Open Container Initiative runtime\n"));
  CHECK(command_help(all_commands()[0], "runc").starts_with("NAME:\n   runc " + std::string(all_commands()[0].name) + " - "));
  CHECK(version_text("runc").starts_with("runc version " + std::string(kVersion) + "\n"));
}

TEST_CASE("help: names every command") {
  const std::string help = app_help("minc-oci");
  for (const Command& command : all_commands()) {
    if (command.hidden) continue;
    INFO(command.name);
    CHECK(help.find("\n   " + std::string(command.name) + ' ') != std::string::npos);
  }
  CHECK(help.find("update the") == std::string::npos);
  CHECK(help.find("not supported by this version") == std::string::npos);
  CHECK(help.find("--criu") == std::string::npos);  // hidden
}

TEST_CASE("man pages: every command has one, with every option of its table") {
  check_options(man_page(""), global_options());
  for (const Command& command : all_commands()) {
    if (command.hidden) continue;
    INFO(command.name);
    CHECK(man_page("").find("minc\\-oci\\-" + std::string(command.name)) != std::string::npos);
    if (command.run == nullptr) continue;
    const std::string page = man_page(command.name);
    REQUIRE_FALSE(page.empty());
    check_options(page, command.options);
  }
  check_options(man_page("run"), host_option_table());
}

TEST_CASE("man pages: no option that does not exist") {
  for (const Command& command : all_commands()) {
    if (command.hidden) continue;
    std::vector<Option> known(command.options.begin(), command.options.end());
    known.push_back({"help", 'h', Kind::flag, "", ""});
    if (command.name == "run") known.insert(known.end(), host_option_table().begin(), host_option_table().end());
    for (const std::string& name : headed_options(man_page(command.name))) {
      INFO(command.name << ' ' << name);
      CHECK(std::ranges::any_of(known, [&name](const Option& option) { return in_roff("--" + std::string(option.name)) == name; }));
    }
  }
}

TEST_CASE("completion: every shown command and option is offered in every shell") {
  for (const char* shell : {"bash", "zsh", "fish"}) {
    const std::string script = completion_script(shell);
    INFO(shell);
    for (const Command& command : all_commands()) {
      if (command.hidden || command.run == nullptr) continue;
      CHECK(script.find(command.name) != std::string::npos);
      for (const Option& option : command.options)
        if (!option.hidden) CHECK(script.find(option.name) != std::string::npos);
    }
    for (const Option& option : host_option_table()) CHECK(script.find(option.name) != std::string::npos);
  }
  CHECK(completion_script("tcsh").empty());
}

TEST_CASE("version: the first lines that engines look for") {
  const std::string text = version_text("minc-oci");
  CHECK(text.starts_with("minc-oci version " + std::string(kVersion) + "\n"));
  CHECK(text.find("\nspec: 1.3.0\n") != std::string::npos);
  CHECK(text.find("\nlibseccomp: ") != std::string::npos);
  CHECK((commit().empty() || text.find("\ncommit: ") == text.find('\n')));
}

TEST_CASE("features: what engines read, and nothing that is not there") {
  const std::string json = features_json({"SECCOMP_FILTER_FLAG_LOG"});
  CHECK(json.starts_with(
      "{\n    \"ociVersionMin\": \"1.0.0\",\n    \"ociVersionMax\": \"1.3.0\",\n    \"hooks\": [\n        \"prestart\","));
  CHECK(json.ends_with("}\n"));
  for (const char* word :
       {"\"rro\"", "\"idmap\"", "\"ridmap\"", "\"tmpcopyup\"", "\"CAP_SYS_ADMIN\"", "\"SCMP_ACT_NOTIFY\"", "\"SCMP_ARCH_X86_64\"",
        "\"SCMP_ARCH_AARCH64\"", "\"MPOL_BIND\"", "\"MPOL_F_STATIC_NODES\"", "\"potentiallyUnsafeConfigAnnotations\"", "\"time\""})
    CHECK(json.find(word) != std::string::npos);
  CHECK(json.find("\"supportedFlags\": [\n                \"SECCOMP_FILTER_FLAG_LOG\"\n            ]") != std::string::npos);
  CHECK(json.find("\"org.opencontainers.runc.checkpoint.enabled\": \"true\"") != std::string::npos);
}
