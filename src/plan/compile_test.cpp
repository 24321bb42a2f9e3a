// The rules of order, and what is refused. The config is made by hand: nothing here depends on the reader.
#include <catch2/catch.hpp>

#include "plan/compile.h"
#include "plan/samples.h"

namespace {

using plan::Kind;

using plan::samples::minimal;

plan::HostFacts host() {
  plan::HostFacts facts;
  facts.kernel_major = 6;
  facts.kernel_minor = 1;
  facts.permitted_capabilities = facts.bounding_capabilities = 0x1ffffffffff;
  facts.cgroup.mode = plan::CgroupLayout::Mode::v1;
  facts.cgroup.hierarchies = {{"devices", "/sys/fs/cgroup/devices", "/"}, {"name=systemd", "/sys/fs/cgroup/systemd", "/"}};
  return facts;
}

plan::HostFacts modern() {
  plan::HostFacts facts = host();
  facts.kernel_minor = 12;
  return facts;
}

plan::Request request() {
  plan::Request wanted;
  wanted.id = "c1";
  wanted.bundle = "/b";
  wanted.rootfs = "/b/rootfs";
  return wanted;
}

plan::Plan compiled(const config::Spec& spec, const plan::HostFacts& facts = host(), const plan::Request& wanted = request()) {
  auto result = plan::compile(spec, facts, wanted);
  if (!result) FAIL(result.error().what);
  return *std::move(result);
}

std::string refusal(const config::Spec& spec, const plan::HostFacts& facts = host()) {
  const auto result = plan::compile(spec, facts, request());
  return result ? "" : result.error().what;
}

// The index of the first step of this kind, or the number of steps.
std::size_t find(const plan::Plan& plan, Kind kind) {
  const auto steps = plan.view().steps();
  return static_cast<std::size_t>(std::ranges::find(steps, kind, &plan::Step::kind) - steps.begin());
}
std::size_t find_ask(const plan::Plan& plan, plan::Await await) {
  const auto steps = plan.view().steps();
  const auto found =
      std::ranges::find_if(steps, [&](const plan::Step& step) { return step.kind == Kind::ask && step.ask.await == await; });
  return static_cast<std::size_t>(found - steps.begin());
}
bool has(const plan::Plan& plan, Kind kind) { return find(plan, kind) < plan.view().steps().size(); }
const plan::Step& step(const plan::Plan& plan, Kind kind) {
  REQUIRE(has(plan, kind));
  return plan.view().steps()[find(plan, kind)];
}

config::Seccomp filter() {
  config::Seccomp profile;
  profile.default_action = "SCMP_ACT_ALLOW";
  profile.syscalls = {{{"mkdir"}, "SCMP_ACT_ERRNO", {}, {}}};
  return profile;
}

}  // namespace

TEST_CASE("compile: the cgroup is joined after the mounts and before the first hook") {
  config::Spec spec = minimal();
  spec.mounts = {{"/proc", "proc", "proc", {}, {}, {}}, {"/sys/fs/cgroup", "cgroup", "cgroup", {"ro"}, {}, {}}};
  spec.hooks.create_container = {{"/h", {}, {}, {}}};
  spec.hooks.prestart = {{"/p", {}, {}, {}}};
  const plan::Plan plan = compiled(spec);
  const std::size_t joined = find_ask(plan, plan::Await::cgroup_ready);
  CHECK(joined > find(plan, Kind::make_symlink));
  CHECK(joined < find_ask(plan, plan::Await::hooks_done));
  CHECK(find_ask(plan, plan::Await::hooks_done) < find(plan, Kind::run_hooks));
  CHECK(find(plan, Kind::run_hooks) < find(plan, Kind::enter_root));
}

TEST_CASE("compile: a new cgroup namespace waits for the join, its mount for both") {
  config::Spec spec = minimal();
  spec.linux_.namespaces.push_back({"cgroup", ""});
  spec.mounts = {{"/proc", "proc", "proc", {}, {}, {}}, {"/sys/fs/cgroup", "cgroup", "cgroup", {}, {}, {}}};
  const plan::Plan plan = compiled(spec);
  const auto steps = plan.view().steps();
  const std::size_t joined = find_ask(plan, plan::Await::cgroup_ready);
  REQUIRE(steps[joined + 1].kind == Kind::join_cgroups);
  REQUIRE(steps[joined + 2].kind == Kind::unshare);
  CHECK(steps[joined + 2].flags == plan::kNewCgroup);
  CHECK(joined == find(plan, Kind::mount_filesystem) + 1);  // proc does not have to wait
  CHECK((plan.clone_flags & plan::kNewCgroup) == 0);
}

TEST_CASE("compile: hooks of the runtime are asked for only when there are some") {
  const plan::Plan plan = compiled(minimal());
  CHECK(find_ask(plan, plan::Await::hooks_done) == plan.view().steps().size());
}

TEST_CASE("compile: the filter is loaded before capabilities go, or last with no_new_privs") {
  config::Spec spec = minimal();
  spec.linux_.seccomp = filter();
  const plan::Plan without = compiled(spec);
  CHECK(find(without, Kind::load_seccomp) + 1 == find(without, Kind::drop_bounding));
  spec.process->no_new_privileges = true;
  const plan::Plan with = compiled(spec);
  CHECK(find(with, Kind::load_seccomp) == find(with, Kind::find_program) + 1);
  CHECK(find(with, Kind::set_no_new_privs) < find(with, Kind::change_directory));
}

TEST_CASE("compile: without pivot_root the root is not private") {
  config::Spec spec = minimal();
  plan::Request wanted = request();
  wanted.no_pivot = true;
  for (const auto& [word, refused] : {std::pair{"private", true}, {"rprivate", true}, {"slave", false}, {"", false}}) {
    spec.linux_.rootfs_propagation = word;
    CHECK(refusal(spec) == "");
    CHECK(plan::compile(spec, host(), wanted).has_value() == !refused);
  }
}

TEST_CASE("compile: mountLabel is the context of masked directories, and needs SELinux") {
  config::Spec spec = minimal();
  spec.linux_.masked_paths = {"/proc/acpi"};
  CHECK_FALSE(compiled(spec).view().steps()[find(compiled(spec), Kind::mask_path)].mask_path.label.key);
  spec.linux_.mount_label = "system_u:object_r:x_t:s0";
  CHECK(refusal(spec) == "mountLabel is specified in config, but selinux is disabled or not supported");
  plan::HostFacts facts = host();
  facts.selinux = true;
  const plan::Plan plan = compiled(spec, facts);
  const auto& step = plan.view().steps()[find(plan, Kind::mask_path)];
  CHECK(plan.view().text(step.mask_path.label.key) == "context");
  CHECK(plan.view().text(step.mask_path.label.value) == "system_u:object_r:x_t:s0");
}

TEST_CASE("compile: what takes no context: mqueue's root is labelled, proc is not; a new keyring is the process's") {
  config::Spec spec = minimal();
  for (const char* type : {"mqueue", "proc"}) {
    config::Mount mount;
    mount.destination = std::string("/") + type;
    mount.type = type;
    spec.mounts.push_back(mount);
  }
  spec.linux_.mount_label = "system_u:object_r:x_t:s0";
  spec.process->selinux_label = "system_u:system_r:y_t:s0";
  plan::HostFacts facts = host();
  facts.selinux = true;
  const plan::Plan plan = compiled(spec, facts);
  const std::size_t first = find(plan, Kind::mount_filesystem);
  const auto& mqueue = plan.view().steps()[first].filesystem;
  const auto& proc = plan.view().steps()[first + 1].filesystem;
  CHECK(plan.view().text(mqueue.label) == "system_u:object_r:x_t:s0");
  CHECK(mqueue.options.count == 0);
  CHECK_FALSE(proc.label);
  CHECK(proc.options.count == 0);
  const auto& keyring = plan.view().steps()[find(plan, Kind::join_keyring)].keyring;
  CHECK(plan.view().text(keyring.label) == "system_u:system_r:y_t:s0");
}
TEST_CASE("compile: sysctls, then read-only paths, then masks") {
  config::Spec spec = minimal();
  spec.linux_.namespaces.push_back({"ipc", ""});
  spec.linux_.sysctl = {{"kernel.shmmax", "1"}};
  spec.linux_.masked_paths = {"/proc/kcore"};
  spec.linux_.readonly_paths = {"/proc/sys"};
  const plan::Plan plan = compiled(spec);
  CHECK(find(plan, Kind::write_sysctl) < find(plan, Kind::make_path_readonly));
  CHECK(find(plan, Kind::make_path_readonly) < find(plan, Kind::mask_path));
  CHECK(step(plan, Kind::mask_path).mask_path.null_device >= 0);
}

TEST_CASE("compile: a path that is hidden twice is hidden once") {
  config::Spec spec = minimal();
  spec.linux_.readonly_paths = {"/proc/bus", "/proc/sys", "/proc/bus"};
  spec.linux_.masked_paths = {"/proc/keys", "/proc/keys"};
  const plan::Plan plan = compiled(spec);
  CHECK(std::ranges::count(plan.view().steps(), Kind::make_path_readonly, &plan::Step::kind) == 2);
  CHECK(std::ranges::count(plan.view().steps(), Kind::mask_path, &plan::Step::kind) == 1);
}

TEST_CASE("compile: the terminal is opened before /dev and the root become read-only") {
  config::Spec spec = minimal();
  spec.process->terminal = true;
  spec.root->readonly = true;
  spec.mounts = {{"/dev", "tmpfs", "tmpfs", {"ro", "nosuid"}, {}, {}}};
  const plan::Plan plan = compiled(spec);
  CHECK((step(plan, Kind::mount_filesystem).filesystem.attributes.top_set & config::kAttrReadonly) == 0);
  CHECK(find(plan, Kind::open_terminal) < find(plan, Kind::set_mount_attributes));
  const plan::Step& first = step(plan, Kind::set_mount_attributes);
  CHECK(plan.view().text(first.attributes.path) == "/dev");
  CHECK(plan.view().text((&first + 1)->attributes.path) == "/");
}

TEST_CASE("compile: a new user namespace is mapped before anything else is done in it") {
  config::Spec spec = minimal();
  spec.linux_.namespaces.push_back({"user", ""});
  spec.linux_.uid_mappings = spec.linux_.gid_mappings = {{0, 100000, 65536}};
  const plan::Plan plan = compiled(spec);
  CHECK(find_ask(plan, plan::Await::id_maps_written) == 0);
  CHECK(find(plan, Kind::become_root) == 1);
  REQUIRE(plan.id_maps);
  CHECK(plan.id_maps->uid_map == "0 100000 65536\n");
  CHECK(plan.id_maps->root_uid == 100000);
  CHECK_FALSE(plan.id_maps->deny_setgroups);
  CHECK_FALSE(has(plan, Kind::make_device));
  CHECK((plan.clone_flags & plan::kNewUser) != 0);
}

TEST_CASE("compile: without privilege one id is mapped by ourselves, ranges by the helpers") {
  config::Spec spec = minimal();
  spec.linux_.namespaces.push_back({"user", ""});
  spec.linux_.uid_mappings = spec.linux_.gid_mappings = {{0, 1000, 1}};
  plan::HostFacts facts = host();
  facts.euid = facts.egid = 1000;
  facts.rootless = true;
  const plan::Plan alone = compiled(spec, facts);
  CHECK(alone.id_maps->deny_setgroups);
  CHECK_FALSE(alone.id_maps->use_helpers);
  CHECK(step(alone, Kind::set_identity).identity.flags == plan::kKeepGroups);
  CHECK(step(alone, Kind::attach_root).attach_root.slot == -1);

  spec.linux_.uid_mappings.push_back({1, 100000, 1000});
  const plan::Plan ranges = compiled(spec, facts);
  CHECK(ranges.id_maps->use_helpers);
  CHECK_FALSE(ranges.id_maps->deny_setgroups);
}

TEST_CASE("compile: a joined pid namespace needs a fork, and a session after it") {
  config::Spec spec = minimal();
  spec.linux_.namespaces.push_back({"pid", "/proc/1/ns/pid"});
  const plan::Plan plan = compiled(spec);
  CHECK(plan.forks_inside);
  CHECK(find(plan, Kind::join_namespace) < find(plan, Kind::fork_inside));
  CHECK(find(plan, Kind::fork_inside) < find(plan, Kind::new_session));
}

TEST_CASE("compile: the user namespace is joined last by root and first without rights") {
  config::Spec spec = minimal();
  spec.linux_.namespaces = {{"user", "/proc/1/ns/user"}, {"network", "/run/netns/x"}, {"mount", ""}};
  plan::HostFacts facts = host();
  const plan::Plan root = compiled(spec, facts);
  CHECK(step(root, Kind::join_namespace).join.type == plan::kNewNetwork);
  CHECK(root.clone_flags == 0);  // the mount namespace must belong to the user namespace that is joined
  CHECK(step(root, Kind::unshare).flags == plan::kNewMount);
  facts.rootless = true;
  CHECK(step(compiled(spec, facts), Kind::join_namespace).join.type == plan::kNewUser);
}

TEST_CASE("compile: a new user namespace comes after the joins, for which it has no rights") {
  config::Spec spec = minimal();
  spec.linux_.namespaces = {{"user", ""}, {"network", "/run/netns/x"}, {"mount", ""}, {"time", ""}};
  spec.linux_.uid_mappings = spec.linux_.gid_mappings = {{0, 100000, 65536}};
  spec.linux_.time_offsets = {{"monotonic", {5, 0}}};
  const plan::Plan plan = compiled(spec, modern());
  CHECK(plan.clone_flags == 0);
  std::vector<std::uint32_t> unshared;
  for (const plan::Step& each : plan.view().steps())
    if (each.kind == Kind::unshare) unshared.push_back(each.flags);
  CHECK(unshared == std::vector<std::uint32_t>{plan::kNewTime, plan::kNewUser, plan::kNewMount});
  CHECK(find(plan, Kind::set_time_offsets) < find(plan, Kind::join_namespace));  // while /proc/self is still ours
  CHECK(find(plan, Kind::join_namespace) < find_ask(plan, plan::Await::id_maps_written));
  CHECK(find_ask(plan, plan::Await::id_maps_written) < find(plan, Kind::become_root));
}

TEST_CASE("compile: init hands out its network when devices are to come") {
  config::Spec spec = minimal();
  spec.linux_.namespaces.push_back({"network", ""});
  CHECK_FALSE(has(compiled(spec), Kind::hand_out_network));
  spec.linux_.net_devices = {{"eth0", {}}, {"eth1", {std::string("ct%d")}}};
  const plan::Plan plan = compiled(spec);
  REQUIRE(plan.net_devices.size() == 2);
  CHECK(plan.net_devices[0].name == "eth0");
  CHECK(plan.net_devices[1].name == "ct%d");
  CHECK(find(plan, Kind::bring_up_loopback) < find(plan, Kind::hand_out_network));
  CHECK(find(plan, Kind::hand_out_network) < find_ask(plan, plan::Await::hooks_done));
  CHECK(plan::print_text(plan).find("network device: eth1 as ct%d  [/linux/netDevices/eth1]") != std::string::npos);
}

TEST_CASE("compile: offsets of a time namespace are written by init; an old kernel enters it by a fork") {
  config::Spec spec = minimal();
  spec.linux_.namespaces.push_back({"time", ""});
  spec.linux_.namespaces.push_back({"pid", ""});
  CHECK((compiled(spec, modern()).clone_flags & plan::kNewTime) != 0);

  spec.linux_.time_offsets = {{"monotonic", {5, 0}}};
  const plan::Plan now = compiled(spec, modern());
  CHECK(now.clone_flags == (plan::kNewMount | plan::kNewPid));
  CHECK(step(now, Kind::unshare).flags == plan::kNewTime);
  CHECK_FALSE(now.forks_inside);

  const plan::Plan before = compiled(spec, host());
  CHECK(before.clone_flags == plan::kNewMount);  // or the fork's child would be the second process of the pid namespace
  CHECK(before.forks_inside);
  CHECK(find(before, Kind::set_time_offsets) < find(before, Kind::fork_inside));
}

TEST_CASE("compile: the last value of a variable counts, an empty HOME is none") {
  config::Spec spec = minimal();
  spec.process->env = {"A=1", "HOME=", "B=2", "A=3", "PATH=/bin"};
  plan::Request wanted = request();
  wanted.extra_env = {"B=4"};
  const plan::Plan plan = compiled(spec, host(), wanted);
  std::vector<std::string> env;
  const plan::Exec& exec = step(plan, Kind::exec).exec;
  for (const plan::Text text : plan.view().array<plan::Text>(exec.env)) env.emplace_back(plan.view().text(text));
  CHECK(env == std::vector<std::string>{"A=3", "PATH=/bin", "B=4"});
  CHECK(exec.flags == plan::kFindHome);
  CHECK(plan.view().text(step(plan, Kind::find_program).program.search_path) == "/bin");
}

TEST_CASE("compile: nothing listens on exec.fifo for run") {
  CHECK_FALSE(has(compiled(minimal()), Kind::wait_for_start));
  plan::Request wanted = request();
  wanted.wait_for_start = true;
  const plan::Plan create = compiled(minimal(), host(), wanted);
  CHECK(find_ask(create, plan::Await::proceed) < find(create, Kind::wait_for_start));
}

TEST_CASE("compile: a bound /dev is left alone, and so is the host's as a file system") {
  const config::Mount bound{"/dev/", "/dev", "bind", {"rbind"}, {}, {}}, devtmpfs{"/dev", "dev", "devtmpfs", {}, {}, {}};
  for (const config::Mount& mount : {bound, devtmpfs}) {
    config::Spec spec = minimal();
    spec.mounts = {mount};
    const plan::Plan plan = compiled(spec);
    CHECK_FALSE(has(plan, Kind::make_device));
    CHECK_FALSE(has(plan, Kind::make_symlink));
  }
}

TEST_CASE("compile: a device of the config replaces the default of its path") {
  config::Spec spec = minimal();
  spec.linux_.devices = {{"c", "/dev/null", 1, 3, 0020600, 5, 6}, {"c", "/dev/ptmx", 5, 2, 0666, 0, 0}};  // the second is a link
  const plan::Plan plan = compiled(spec);
  const plan::MakeDevice& null = step(plan, Kind::make_device).device;
  CHECK(plan.view().text(null.path) == "/dev/null");
  CHECK(null.mode == 0020600);
  CHECK(null.uid == 5);
  CHECK(null.gid == 6);
  const auto count = std::ranges::count(plan.view().steps(), Kind::make_device, &plan::Step::kind);
  CHECK(count == 6);
}

TEST_CASE("compile: startContainer hooks without an environment get the program's") {
  config::Spec spec = minimal();
  spec.process->env = {"A=1"};
  spec.annotations = {{"k", "v\""}};
  spec.hooks.start_container = {{"/h", {}, {}, {}}};
  const plan::Plan plan = compiled(spec);
  const plan::RunHooks& run = step(plan, Kind::run_hooks).hooks;
  const plan::Hook& hook = plan.view().array<plan::Hook>(run.hooks)[0];
  REQUIRE(hook.env.count == 1);
  CHECK(plan.view().text(plan.view().array<plan::Text>(hook.args)[0]) == "/h");
  CHECK(plan.view().text(run.state_before_pid) == R"({"ociVersion":"1.3.0","id":"c1","status":"created","pid":)");
  CHECK(plan.view().text(run.state_after_pid) == R"(,"bundle":"/b","annotations":{"k":"v\""}})");
}

TEST_CASE("compile: a plan with a damaged byte is refused or can still be read") {
  config::Spec spec = minimal();
  spec.hooks.create_container = {{"/h", {"h"}, {}, 5}};
  spec.mounts = {{"/proc", "proc", "proc", {"nosuid"}, {}, {}}, {"/x", "/y", {}, {"bind", "ro"}, {}, {}}};
  plan::Plan plan = compiled(spec);
  const std::vector<std::byte> sound = plan.image;
  for (std::size_t at = 0; at < sound.size(); ++at) {
    for (const unsigned bits : {1U, 0x80U, 0xffU}) {
      plan.image[at] = sound[at] ^ static_cast<std::byte>(bits);
      if (plan::View::check(plan.image)) CHECK_FALSE(plan::print_text(plan).empty());
    }
    plan.image[at] = sound[at];
  }
}

TEST_CASE("compile: without a mount namespace one private tree on the host, entered by chroot; nothing of the host changes") {
  config::Spec spec = minimal();
  spec.linux_.namespaces.clear();
  spec.linux_.rootfs_propagation = "shared";
  spec.root->readonly = true;
  const plan::Plan plan = compiled(spec);
  CHECK(plan.host_mounts);
  CHECK(plan.warnings.size() == 1);
  CHECK_FALSE(has(plan, Kind::set_host_propagation));
  CHECK_FALSE(has(plan, Kind::set_root_propagation));
  CHECK(has(plan, Kind::set_mount_attributes));  // read-only is our own mount of the root, not the host's
  CHECK(step(plan, Kind::attach_root).attach_root.flags == plan::kHostTree);
  CHECK(step(plan, Kind::attach_root).attach_root.propagation == (config::kMsPrivate | config::kMsRec));
  CHECK(step(plan, Kind::enter_root).flags == plan::kChroot);

  plan::Request over_host = request();
  over_host.rootfs = "/";
  CHECK(plan::compile(spec, host(), over_host).error().pointer == "/root/path");
  plan::HostFacts nested = host();
  nested.initial_user_namespace = false;
  CHECK(refusal(spec, nested).find("without a mount namespace") != std::string::npos);
}

TEST_CASE("compile: in a joined mount namespace init clones what it mounts, by the names of that namespace") {
  config::Spec spec = minimal();
  spec.linux_.namespaces = {{"mount", "/run/mnt"}, {"time", ""}};
  spec.linux_.time_offsets = {{"boottime", {1, 0}}};
  spec.mounts = {{"/dst", "/src", {}, {"bind"}, {}, {}}};
  const plan::Plan plan = compiled(spec, modern());
  CHECK(step(plan, Kind::join_namespace).join.type == plan::kNewMount);
  CHECK(step(plan, Kind::attach_root).attach_root.slot == -1);
  CHECK(step(plan, Kind::mount_bind).bind.slot == -1);
  CHECK(find(plan, Kind::set_time_offsets) < find(plan, Kind::join_namespace));  // there may be no /proc in it

  spec.linux_.namespaces = {{"mount", "/run/mnt"}, {"user", ""}};
  spec.linux_.time_offsets.clear();
  spec.linux_.uid_mappings = spec.linux_.gid_mappings = {{0, 100000, 65536}};
  CHECK(refusal(spec) == "a new user namespace has no right to mount in a mount namespace that is joined");
}

TEST_CASE("compile: mappings beside the path of a user namespace are compared with its own") {
  config::Spec spec = minimal();
  spec.linux_.namespaces.push_back({"user", "/run/user"});
  CHECK_FALSE(compiled(spec).joined_id_maps);
  spec.linux_.uid_mappings = spec.linux_.gid_mappings = {{0, 100000, 65536}};
  const plan::Plan plan = compiled(spec);
  REQUIRE(plan.joined_id_maps);
  CHECK(plan.joined_id_maps->uid_map == "0 100000 65536\n");
  CHECK(plan.joined_id_maps->gid_map == "0 100000 65536\n");
  CHECK_FALSE(plan.id_maps);
}

TEST_CASE("compile: a later minor version of the specification is taken with a warning") {
  config::Spec spec = minimal();
  spec.oci_version = "1.3.7";
  CHECK(compiled(spec).warnings.empty());
  spec.oci_version = "1.99.0";
  const plan::Plan plan = compiled(spec);
  REQUIRE(plan.warnings.size() == 1);
  CHECK(plan.warnings[0] == "ociVersion \"1.99.0\" is newer than 1.3.0: what came later has no effect");
  spec.oci_version = "1.10.0";
  CHECK(compiled(spec).warnings.size() == 1);  // ten is more than three
  spec.oci_version = "1.4.0";
  CHECK(compiled(spec).warnings.size() == 1);
  spec.oci_version = "1.2.9";
  CHECK(compiled(spec).warnings.empty());
}

TEST_CASE("compile: what a rootless container must have") {
  config::Spec spec = minimal();
  plan::HostFacts user = host();
  user.rootless = true;
  user.euid = user.egid = 1000;
  CHECK(refusal(spec, user) == "rootless container requires user namespaces");
  spec.linux_.namespaces.push_back({"user", ""});
  CHECK(refusal(spec, user) == "rootless containers require at least one UID mapping");
  spec.linux_.uid_mappings = {{0, 1000, 1}};
  CHECK(refusal(spec, user) == "rootless containers require at least one GID mapping");
  spec.linux_.gid_mappings = {{0, 1000, 1}};
  CHECK(refusal(spec, user).empty());
  spec.process->user.additional_gids = {0};
  CHECK(refusal(spec, user) == "cannot set any additional groups in a rootless container");
}

TEST_CASE("compile: what this host or version cannot do is refused") {
  config::Spec no_process = minimal();
  no_process.process.reset();
  CHECK(refusal(no_process) == "process property must not be empty");

  config::Spec net = minimal();
  net.linux_.net_devices = {{"eth0", {}}};
  plan::HostFacts without_rights = host();
  without_rights.rootless = true;
  CHECK(refusal(net, without_rights) == "network devices are not supported for rootless containers");

  config::Spec label = minimal();
  label.process->apparmor_profile = "p";
  CHECK(refusal(label).find("apparmor is disabled or not supported") != std::string::npos);
  label.process->apparmor_profile = "";
  CHECK(refusal(label).empty());

  config::Spec mixed = minimal();
  mixed.linux_.namespaces = {{"user", ""}, {"mount", ""}, {"network", "/run/netns/x"}};
  mixed.linux_.uid_mappings = mixed.linux_.gid_mappings = {{0, 100000, 65536}};
  CHECK(refusal(mixed).empty());
  plan::HostFacts user = host();
  user.rootless = true;
  user.euid = user.egid = 1000;
  CHECK(refusal(mixed, user) == "rootless containers cannot join namespaces (network) from a new user namespace");

  config::Spec rootless = minimal();
  plan::HostFacts facts = host();
  facts.rootless = true;
  facts.euid = 1000;
  CHECK(refusal(rootless, facts) == "rootless container requires user namespaces");
}

TEST_CASE("compile_exec: joins, waits for its cgroup, forks; never weaker than the container") {
  config::Spec spec = minimal();
  spec.process->no_new_privileges = true;
  spec.linux_.seccomp = filter();
  config::Process process;
  process.args = {"ls"};
  process.cwd = "/";
  plan::ExecRequest wanted;
  wanted.id = "c1";
  wanted.namespaces = plan::kNewMount | plan::kNewPid;
  const auto result = plan::compile_exec(spec, process, host(), wanted);
  REQUIRE(result);
  CHECK(step(*result, Kind::join_namespace).join.flags == plan::kByPidfd);
  CHECK(find_ask(*result, plan::Await::cgroup_ready) < find(*result, Kind::fork_inside));
  CHECK(has(*result, Kind::set_no_new_privs));
  CHECK(has(*result, Kind::load_seccomp));
  CHECK(has(*result, Kind::set_umask));
  CHECK_FALSE(has(*result, Kind::become_root));
  CHECK(result->clone_flags == 0);

  wanted.namespaces |= plan::kNewUser;
  spec.linux_.namespaces.push_back({"user", ""});
  spec.linux_.uid_mappings = spec.linux_.gid_mappings = {{0, 100000, 65536}};
  const auto in_user_namespace = plan::compile_exec(spec, process, host(), wanted);
  REQUIRE(in_user_namespace);
  CHECK(has(*in_user_namespace, Kind::become_root));
}
