#include "cli/bind.h"

#include <catch2/catch.hpp>

#include "cli/commands.h"

using namespace cli;

TEST_CASE("bind: values reach their fields as they were typed") {
  const std::vector<std::string> words{
      "-e", "A=[1,2]",        "-e",         "\"B=x\"", "--env=", "--env",     "--tty", "-e", "C='q'", "--cwd",
      "",   "--tty",          "--user",     "1:2",     "--cap",  "CAP_CHOWN", "-g",    "5",  "-g=6",  "--preserve-fds",
      "3",  "--detach=false", "--pid-file", "-odd",    "ID"};
  const auto arguments = normalise({find_command("exec")->options, true}, words);
  REQUIRE(arguments.has_value());
  std::vector<std::string> env, caps;
  std::vector<std::uint32_t> groups;
  std::optional<std::string> cwd, user, label;
  std::string pid_file, socket = "kept";
  bool tty = false, detach = true;
  std::uint32_t preserve = 0;
  const auto bound = bind(*arguments, {{"env", &env},
                                       {"cap", &caps},
                                       {"additional-gids", &groups},
                                       {"cwd", &cwd},
                                       {"user", &user},
                                       {"process-label", &label},
                                       {"pid-file", &pid_file},
                                       {"console-socket", &socket},
                                       {"tty", &tty},
                                       {"detach", &detach},
                                       {"preserve-fds", &preserve}});
  REQUIRE(bound.has_value());
  CHECK(env == std::vector<std::string>{"A=[1,2]", "\"B=x\"", "", "--tty", "C='q'"});
  CHECK(caps == std::vector<std::string>{"CAP_CHOWN"});
  CHECK(groups == std::vector<std::uint32_t>{5, 6});
  CHECK(cwd == "");
  CHECK(user == "1:2");
  CHECK_FALSE(label.has_value());
  CHECK(pid_file == "-odd");
  CHECK(socket == "kept");
  CHECK(tty);
  CHECK_FALSE(detach);
  CHECK(preserve == 3);
}

TEST_CASE("bind: options that no field is bound to are passed over") {
  const std::vector<std::string> words{"--criu", "/x", "--root", "/r"};
  const auto arguments = normalise({global_options(), true}, words);
  REQUIRE(arguments.has_value());
  std::string root;
  REQUIRE(bind(*arguments, {{"root", &root}}).has_value());
  CHECK(root == "/r");
}
