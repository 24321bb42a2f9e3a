#include "cli/arguments.h"

#include <catch2/catch.hpp>
#include <sstream>

#include "cli/commands.h"
#include "cli/run.h"

using namespace cli;

namespace {

std::string rendered(const Arguments& arguments) {
  std::string text;
  for (const Given& given : arguments.options) text += std::string(given.option->name) + '=' + given.value + ' ';
  if (arguments.help) text += "help ";
  return text;
}

// "global options | command | its options | positionals", or the error.
std::string read_line(const std::string& line) {
  std::vector<std::string> words;
  std::istringstream stream(line);
  for (std::string word; stream >> word;) words.push_back(word);
  const auto globals = normalise({global_options(), true}, words);
  if (!globals) return globals.error().what;
  std::string text = rendered(*globals) + "| ";
  if (globals->positional.empty()) return text;
  const Command* command = find_command(globals->positional[0]);
  if (command == nullptr) return text + "unknown " + globals->positional[0];
  text += std::string(command->name) + " | ";
  const auto rest = normalise({command->options, command->stop_at_positional}, std::span(globals->positional).subspan(1));
  if (!rest) return rest.error().what;
  text += rendered(*rest) + "|";
  for (const std::string& word : rest->positional) text += ' ' + word;
  return text;
}

struct Case {
  std::string line, meaning;
};

}  // namespace

TEST_CASE("arguments: the syntax of Go's flag package") {
  for (const auto& [line, meaning] : std::vector<Case>{
           {"state ID", "| state | | ID"},
           {"--root /r --log=l -log-format json -debug list", "root=/r log=l log-format=json debug=true | list | |"},
           {"-v", "version=true | "},
           {"-V", "V=true | "},
           {"-h", "help | "},
           {"state -h", "| state | help |"},
           {"state --help=1", "| state | help |"},
           {"state --help=false ID", "| state | | ID"},
           {"list -q=false --quiet=T --quiet=0", "| list | quiet=false quiet=true quiet=false |"},
           {"list -q false", "| list | quiet=true | false"},  // a flag never takes the next word
           {"delete ID --force", "| delete | force=true | ID"},
           {"delete -- --force", "| delete | | --force"},
           {"create -b B --bundle=C ID", "| create | bundle=B bundle=C | ID"},
           {"create --pid-file= ID", "| create | pid-file= | ID"},
           {"create --bundle --force ID", "| create | bundle=--force | ID"},  // a value may look like an option
           {"exec ID ls -l --color", "| exec | | ID ls -l --color"},
           {"exec -t ID -- ls", "| exec | tty=true | ID -- ls"},
           {"exec -e A=1,2 --env B=[x,y] -e C ID sh", "| exec | env=A=1,2 env=B=[x,y] env=C | ID sh"},
           {"exec -g -5 ID sh", "| exec | additional-gids=-5 | ID sh"},
           {"create --preserve-fds 0x10 ID", "| create | preserve-fds=16 | ID"},
           {"update --pids-limit=+0b11 ID", "| update | pids-limit=3 | ID"},
           {"kill ID -9", "| kill | | ID -9"},
           {"ps -f json ID -o pid", "| ps | format=json | ID -o pid"},
           {"ps ID --format json", "| ps | | ID --format json"},
           {"spec -", "| spec | | -"},
           {"update ID --pids-limit -1", "| update | pids-limit=-1 | ID"},
           {"update -r - ID", "| update | resources=- | ID"},
           {"events --interval 100ms ID", "| events | interval=100ms | ID"},
       }) {
    INFO(line);
    CHECK(read_line(line) == meaning);
  }
}

TEST_CASE("arguments: what fits no table is refused in the words of Go's flag package") {
  for (const auto& [line, message] : std::vector<Case>{
           {"--bad", "flag provided but not defined: -bad"},
           {"-x=1 list", "flag provided but not defined: -x"},
           {"exec -it ID sh", "flag provided but not defined: -it"},
           {"list -qf json", "flag provided but not defined: -qf"},
           {"--root", "flag needs an argument: --root"},
           {"create -b", "flag needs an argument: -b"},
           {"---root x", "bad flag syntax: ---root"},
           {"-=x", "bad flag syntax: -=x"},
           {"run --detach=maybe ID", "invalid value \"maybe\" for flag -detach: parse error"},
           {"create --preserve-fds x ID",
            "invalid value \"x\" for flag -preserve-fds: strconv.ParseInt: parsing \"x\": invalid syntax"},
           {"create --preserve-fds -1 ID",
            "invalid value \"-1\" for flag -preserve-fds: strconv.ParseInt: parsing \"-1\": value out of range"},
           {"create --preserve-fds 08 ID",
            "invalid value \"08\" for flag -preserve-fds: strconv.ParseInt: parsing \"08\": invalid syntax"},
           {"create --preserve-fds 2147483648 ID",
            "invalid value \"2147483648\" for flag -preserve-fds: strconv.ParseInt: parsing \"2147483648\": value out of range"},
           {"update --pids-limit x ID",
            "invalid value \"x\" for flag -pids-limit: strconv.ParseInt: parsing \"x\": invalid syntax"},
           {"events --interval 5 ID", "invalid value \"5\" for flag -interval: parse error"},
           {"exec -g 4294967296 ID",
            "invalid value \"4294967296\" for flag -g: strconv.ParseInt: parsing \"4294967296\": value out of range"},
       }) {
    INFO(line);
    CHECK(read_line(line) == message);
  }
}

TEST_CASE("arguments: every command line that engines send is understood") {
  for (const auto& [line, meaning] : std::vector<Case>{
           // podman, conmon, buildah
           {"--version", "version=true | "},
           {"--log-format=json --log L create --bundle B --pid-file F ID",
            "log-format=json log=L | create | bundle=B pid-file=F | ID"},
           {"--log-format=json --log=L create --bundle B --pid-file F --console-socket S ID",
            "log-format=json log=L | create | bundle=B pid-file=F console-socket=S | ID"},
           {"--systemd-cgroup create --bundle B --pid-file F --preserve-fds 1 --no-pivot --no-new-keyring ID",
            "systemd-cgroup=true | create | bundle=B pid-file=F preserve-fds=1 no-pivot=true no-new-keyring=true | ID"},
           {"--log-format=json --log L --cgroup-manager disabled create --bundle B ID",
            "log-format=json log=L cgroup-manager=disabled | create | bundle=B | ID"},
           {"--debug create --bundle B --pid-file F ID", "debug=true | create | bundle=B pid-file=F | ID"},
           {"--log L exec --pid-file F --process P --detach ID", "log=L | exec | pid-file=F process=P detach=true | ID"},
           {"exec --pid-file F --process P --detach --tty --console-socket S ID",
            "| exec | pid-file=F process=P detach=true tty=true console-socket=S | ID"},
           {"exec --pid-file F --process P --detach --preserve-fds 2 ID",
            "| exec | pid-file=F process=P detach=true preserve-fds=2 | ID"},
           {"start ID", "| start | | ID"},
           {"pause ID", "| pause | | ID"},
           {"resume ID", "| resume | | ID"},
           {"delete --force ID", "| delete | force=true | ID"},
           {"kill ID 15", "| kill | | ID 15"},
           {"kill --all ID 9", "| kill | all=true | ID 9"},
           {"kill -a ID 9", "| kill | all=true | ID 9"},
           {"kill ID", "| kill | | ID"},
           {"kill ID SIGKILL", "| kill | | ID SIGKILL"},
           {"delete ID", "| delete | | ID"},
           // containerd, docker
           {"--root R --log L --log-format json create --bundle B --pid-file F --console-socket S --no-pivot ID",
            "root=R log=L log-format=json | create | bundle=B pid-file=F console-socket=S no-pivot=true | ID"},
           {"--root R --log L --log-format json --systemd-cgroup exec --process P --console-socket S --detach --pid-file F ID",
            "root=R log=L log-format=json systemd-cgroup=true | exec | process=P console-socket=S detach=true pid-file=F | ID"},
           {"--root R --log L --log-format json ps --format json ID", "root=R log=L log-format=json | ps | format=json | ID"},
           {"--root R --rootless=true list --format=json", "root=R rootless=true | list | format=json |"},
           {"run --bundle B -no-subreaper --detach ID", "| run | bundle=B no-subreaper=true detach=true | ID"},
           {"create --bundle B --pidfd-socket S ID", "| create | bundle=B pidfd-socket=S | ID"},
           {"features", "| features | |"},
           // CRI-O
           {"--systemd-cgroup --root=R create --bundle B --pid-file F ID",
            "systemd-cgroup=true root=R | create | bundle=B pid-file=F | ID"},
           {"--root R exec --process P ID", "root=R | exec | process=P | ID"},
           {"--root R state ID", "root=R | state | | ID"},
           // runc up to 1.3, crun
           {"--criu /usr/sbin/criu --rootless auto state ID", "criu=/usr/sbin/criu rootless=auto | state | | ID"},
           {"--log-level=error --cgroup-manager=systemd state ID", "log-level=error cgroup-manager=systemd | state | | ID"},
           {"run --config F ID", "| run | config=F | ID"},
       }) {
    INFO(line);
    CHECK(read_line(line) == meaning);
  }
}

TEST_CASE("arguments: the last value wins, absent is absent") {
  const std::vector<std::string> words{"--bundle", "A", "--bundle=B", "ID"};
  const auto arguments = normalise({find_command("create")->options, false}, words);
  REQUIRE(arguments.has_value());
  CHECK(*arguments->find("bundle") == "B");
  CHECK(arguments->find("pid-file") == nullptr);
  CHECK_FALSE(arguments->flag("no-pivot"));
}

TEST_CASE("arguments: Go's words for booleans") {
  for (const char* word : {"1", "t", "T", "true", "TRUE", "True"}) CHECK(parse_bool(word) == true);
  for (const char* word : {"0", "f", "F", "false", "FALSE", "False"}) CHECK(parse_bool(word) == false);
  for (const char* word : {"", "yes", "tRUE", "2", " 1"}) CHECK_FALSE(parse_bool(word).has_value());
}

TEST_CASE("run: only an option before -- asks for a container over the host") {
  const auto asks = [](std::vector<std::string> words) { return over_host(words); };
  CHECK(asks({"--host", "--", "ls"}));
  CHECK(asks({"--base=/x", "--", "ls"}));
  CHECK(asks({"-host"}));
  CHECK_FALSE(asks({"--bundle", "B", "ID"}));
  CHECK_FALSE(asks({"--", "--host"}));
  CHECK_FALSE(asks({"--hostname", "x", "ID"}));
}
