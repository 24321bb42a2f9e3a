#include <catch2/catch.hpp>

#include <algorithm>

#include "cli/host_options.h"
#include "cli/host_seccomp.h"
#include "cli/host_spec.h"
#include "cli/host_user.h"
#include "config/read.h"
#include "overlay/overlay.h"

using namespace cli;
using Strings = std::vector<std::string>;

namespace {

HostView view() {
  HostView view;
  view.id = "host-abcdef";
  view.hostname = "box";
  view.cwd = "/srv/work";
  view.environment = {"SHELL=/bin/zsh", "LANG=C.UTF-8",     "GITHUB_TOKEN=x", "EDITOR=vi",
                      "TERM=vt100",     "SSH_AUTH_SOCK=/s", "BAD=\xff"};
  view.state_root = "/run/minc-oci";
  view.attach_point = "/usr";
  view.user.name = "root", view.user.home = "/root";
  return view;
}

config::Spec spec_of(Strings words, const HostView& host = view()) {
  const auto options = read_host_options(words);
  REQUIRE(options);
  const auto text = host_config(*options, host);
  REQUIRE(text);
  auto spec = config::read_spec(*text);
  REQUIRE(spec);
  REQUIRE(config::validate(*spec));
  return *spec;
}

std::string refusal(Strings words) {
  const auto options = read_host_options(words);
  return options ? "" : options.error().what;
}

bool holds(const Strings& list, const std::string& word) { return std::ranges::find(list, word) != list.end(); }

constexpr std::string_view kPasswd = "root:x:0:0:root:/root:/bin/sh\nbroken\nann:x:1000:100:Ann:/home/ann:/bin/sh\n123:x:7:7::/:\n";
constexpr std::string_view kGroup = "root:x:0:\nusers:x:100:\nwheel:x:10:bob,ann\ndisk:x:6:annabel\n";

}  // namespace

TEST_CASE("run --host: the command begins at the first word that is no option, and is taken as typed") {
  const auto spec = spec_of({"--host", "--name", "x", "echo", "--name", "a  b", ""});
  REQUIRE(spec.process->args == Strings{"echo", "--name", "a  b", ""});
  REQUIRE(spec_of({"--host", "--", "-x"}).process->args == Strings{"-x"});
  REQUIRE(spec_of({"--host"}).process->args == Strings{"/bin/zsh"});
}

TEST_CASE("run --host: an argument that JSON cannot carry is refused, not changed") {
  const auto options = read_host_options(Strings{"--host", "--", "a\xff"});
  const auto text = host_config(*options, view());
  REQUIRE_FALSE(text);
  REQUIRE(text.error().what.find("not valid UTF-8") != std::string::npos);
}

TEST_CASE("run --host: the root is an overlay that overlay/ understands") {
  const auto plain = overlay::read_annotations(spec_of({"--host"}), "/");
  REQUIRE((*plain)->lowers == Strings{"/"});
  REQUIRE((*plain)->upper == overlay::Request::Upper::tmpfs);
  HostView based = view();
  based.bases = {"/srv/a\"b", "/srv/<c>"};
  const auto stacked = overlay::read_annotations(
      spec_of({"--host", "--base", "a", "--base", "c", "--tmpfs", "64m", "--submounts", "hide"}, based), "/");
  REQUIRE((*stacked)->lowers == Strings{"/srv/a\"b", "/srv/<c>", "/"});
  REQUIRE((*stacked)->tmpfs_bytes == 64U << 20);
  REQUIRE((*stacked)->submounts == overlay::Submounts::hide);
  REQUIRE((*overlay::read_annotations(spec_of({"--host", "--ro"}), "/"))->upper == overlay::Request::Upper::none);
}

TEST_CASE("run --host: security presets") {
  const auto usual = spec_of({"--host"});
  REQUIRE(usual.process->capabilities->effective.size() == 11);
  REQUIRE(usual.process->capabilities->inheritable.empty());
  REQUIRE(usual.process->no_new_privileges);
  REQUIRE(usual.linux_.seccomp);
  REQUIRE(holds(usual.linux_.masked_paths, "/proc/kcore"));
  HostView secrets = view();
  secrets.secrets = {"/etc/shadow"};
  const auto strict = spec_of({"--host", "--security", "strict"}, secrets);
  REQUIRE(strict.process->capabilities->bounding.empty());
  REQUIRE(holds(strict.linux_.masked_paths, "/etc/shadow"));
  const auto host = spec_of({"--host", "--security", "host"});
  REQUIRE_FALSE(host.process->no_new_privileges);
  REQUIRE_FALSE(host.linux_.seccomp);
  REQUIRE(holds(host.process->capabilities->effective, "CAP_SYS_ADMIN"));
}

TEST_CASE("run --host: the layers of other containers are hidden") {
  REQUIRE(holds(spec_of({"--host"}).linux_.masked_paths, "/var/lib/minc-oci"));
  HostView elsewhere = view();
  elsewhere.state_root = "/var/tmp/state";
  REQUIRE(holds(spec_of({"--host"}, elsewhere).linux_.masked_paths, "/var/tmp/state"));
}

TEST_CASE("run --host: capabilities added and dropped, with or without the prefix") {
  const auto spec = spec_of({"--host", "--cap-drop", "all", "--cap-add", "net_admin", "--cap-add", "CAP_CHOWN"});
  REQUIRE(spec.process->capabilities->effective == Strings{"CAP_CHOWN", "CAP_NET_ADMIN"});
  REQUIRE(refusal({"--host", "--cap-add", "fly"}) == "--cap-add \"fly\": there is no such capability");
}

TEST_CASE("run --host: a capability lifts the filter's rules that are about it") {
  const auto denies = [](const config::Spec& spec, const std::string& call) {
    return std::ranges::any_of(spec.linux_.seccomp->syscalls,
                               [&call](const auto& rule) { return rule.args.empty() && holds(rule.names, call); });
  };
  REQUIRE(denies(spec_of({"--host"}), "mount"));
  REQUIRE(denies(spec_of({"--host"}), "keyctl"));
  REQUIRE_FALSE(denies(spec_of({"--host", "--cap-add", "sys_admin"}), "mount"));
  REQUIRE(denies(spec_of({"--host", "--cap-add", "sys_admin"}), "keyctl"));
}

TEST_CASE("run --host: the lists of the filter are sorted and name nothing twice") {
  Strings all;
  for (const Denied& denied : denied_calls()) {
    REQUIRE(std::ranges::is_sorted(denied.calls));
    all.insert(all.end(), denied.calls.begin(), denied.calls.end());
  }
  std::ranges::sort(all);
  REQUIRE(std::ranges::adjacent_find(all) == all.end());
}

TEST_CASE("run --host: the environment is made from scratch") {
  const auto plain = spec_of({"--host", "--env", "A=b=c", "--env", "EDITOR", "--env", "UNSET"}).process->env;
  REQUIRE(plain == Strings{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8", "HOME=/root",
                           "USER=root", "container=minc-oci", "MINC_ID=host-abcdef", "A=b=c", "EDITOR=vi"});
  const auto all = spec_of({"--host", "--env-from-host"}).process->env;
  REQUIRE(holds(all, "EDITOR=vi"));
  for (const std::string& entry : all)
    REQUIRE((!entry.starts_with("GITHUB_TOKEN") && !entry.starts_with("SSH_") && !entry.starts_with("BAD")));
  HostView terminal = view();
  terminal.terminal = true;
  REQUIRE(holds(spec_of({"--host"}, terminal).process->env, "TERM=vt100"));
}

TEST_CASE("run --host: the working directory is the caller's where the container shows it") {
  REQUIRE(spec_of({"--host"}).process->cwd == "/srv/work");
  HostView hidden = view();
  hidden.cwd = "/tmp/x";
  REQUIRE(spec_of({"--host"}, hidden).process->cwd == "/");
  REQUIRE(spec_of({"--host", "--bind", "/tmp"}, hidden).process->cwd == "/tmp/x");
  REQUIRE(spec_of({"--host", "--cwd", "/opt"}, hidden).process->cwd == "/opt");
  REQUIRE(spec_of({"--base", "/srv/base"}).process->cwd == "/");
}

TEST_CASE("run --host: binds") {
  const auto spec = spec_of({"--host", "--bind", "src:/dst:ro,noexec", "--bind", "/data"});
  const auto& mounts = spec.mounts;
  REQUIRE(mounts.size() >= 2);
  const auto &first = mounts[mounts.size() - 2], &second = mounts.back();
  REQUIRE(*first.source == "/srv/work/src");
  REQUIRE(first.destination == "/dst");
  REQUIRE(first.options == Strings{"rbind", "rprivate", "ro", "noexec"});
  REQUIRE(second.destination == "/data");
  const auto options = read_host_options(Strings{"--host", "--bind", "/x:y"});
  REQUIRE_FALSE(host_config(*options, view()));
}

TEST_CASE("run --host: limits") {
  const auto resources = *spec_of({"--host", "--memory", "1g", "--memory-swap", "-1", "--cpus", "1.5", "--cpu-shares", "512",
                                   "--cpuset", "0-1", "--pids", "20"})
                              .linux_.resources;
  REQUIRE(resources.memory->limit == std::int64_t{1} << 30);
  REQUIRE(resources.memory->swap == -1);
  REQUIRE(resources.cpu->quota == 150000);
  REQUIRE(resources.cpu->period == 100000U);
  REQUIRE(resources.cpu->shares == 512U);
  REQUIRE(resources.cpu->cpus == "0-1");
  REQUIRE(resources.pids_limit == 20);
}

TEST_CASE("run --host: networks") {
  REQUIRE(spec_of({"--host"}).linux_.find_namespace("network") == nullptr);
  REQUIRE(spec_of({"--host", "--net", "none"}).linux_.find_namespace("network")->path.empty());
  REQUIRE(spec_of({"--host", "--net", "ns:/run/netns/a"}).linux_.find_namespace("network")->path == "/run/netns/a");
}

TEST_CASE("run --host: what is wrong is said, with the option's name") {
  REQUIRE(refusal({"--bogus"}) == "flag provided but not defined: -bogus");
  REQUIRE(refusal({"--host", "--keep"}) == "option --keep is not supported by this version");
  REQUIRE(refusal({"--host", "-d"}) == "option -d is not supported by this version");
  REQUIRE(refusal({"--ro"}) == "neither --host nor --base DIR is given");
  REQUIRE(refusal({"--host", "--cpus", "1.123456"}).starts_with("--cpus"));
  REQUIRE(refusal({"--host", "--cpus", ".5"}).starts_with("--cpus"));
  REQUIRE(refusal({"--host", "--pids", "0"}).starts_with("--pids"));
  REQUIRE(refusal({"--host", "--timeout", "0"}).starts_with("--timeout"));
  REQUIRE(refusal({"--host", "--memory", "1m", "--memory-swap", "1k"}).starts_with("--memory-swap"));
  REQUIRE(refusal({"--host", "--mask", "etc"}).starts_with("--mask"));
  REQUIRE(read_host_options(Strings{"--host", "--timeout", "5m"})->timeout_seconds == 300);
}

TEST_CASE("run --host: help names every option") {
  for (const Option& option : host_option_table()) REQUIRE(host_help().find("--" + std::string(option.name)) != std::string::npos);
}

TEST_CASE("--user: names, numbers and groups") {
  const auto root = find_user("", kPasswd, kGroup);
  REQUIRE((root->uid == 0 && root->gid == 0 && root->home == "/root" && root->groups.empty()));
  const auto ann = find_user("ann", kPasswd, kGroup);
  REQUIRE((ann->uid == 1000 && ann->gid == 100 && ann->home == "/home/ann"));
  REQUIRE(ann->groups == std::vector<std::uint32_t>{10});
  const auto other_group = find_user("ann:wheel", kPasswd, kGroup);
  REQUIRE((other_group->gid == 10 && other_group->groups.empty()));
  const auto unknown = find_user("4000:7", kPasswd, kGroup);
  REQUIRE((unknown->uid == 4000 && unknown->gid == 7 && unknown->home == "/" && unknown->name.empty()));
}

TEST_CASE("--user: digits are a number even where a user is called so") {
  REQUIRE(find_user("123", kPasswd, kGroup)->uid == 123);
  for (const char* bad : {"4294967295", "4294967296", "-1", "1x", "nobody", ":0", "0:", "0:nogroup", "0:4294967295"})
    REQUIRE_FALSE(find_user(bad, kPasswd, kGroup));
}
