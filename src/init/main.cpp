// init/main.cpp: the sequence. Process: the container's first one, or the one that `exec` adds; from the host's tree into the
// container, with all the rights that it will ever have at the beginning and only the user's at the end.
//
// What happens is in the plan: this page is its table of contents, a line a kind of step.
#include <linux/mman.h>

#include "init/steps.h"
#include "sys/confine.h"

namespace init {
namespace {

constexpr int kDamaged = 125;  // exit status before there is anyone to tell

Result<> carry_out(Run& run, const plan::Step& step) {
  using plan::Kind;
  switch (step.kind) {
    // host_root: namespaces, mounts, devices; the host's names are there until enter_root
    case Kind::set_oom_score:
      return set_oom_score(run, step.value);
    case Kind::join_namespace:
      return join_namespace(run, step.join);
    case Kind::fork_inside:
      return fork_inside(run);
    case Kind::ask:
      return ask(run, step.ask);
    case Kind::join_cgroups:
      return join_cgroups(run, step.cgroups);
    case Kind::become_root:
      return become_root();
    case Kind::unshare:
      TRY(sys::unshare(step.flags));
      return {};
    case Kind::set_time_offsets:
      return set_time_offsets(run, run.text(step.text));
    case Kind::new_session:
      TRY(sys::setsid());
      return {};
    case Kind::join_keyring:
      return join_keyring(run, step.keyring);
    case Kind::bring_up_loopback:
      return bring_up_loopback();
    case Kind::hand_out_network:
      return hand_out_network(run);
    case Kind::set_host_propagation:
      return set_host_propagation(run, step.flags);
    case Kind::attach_root:
      return attach_root(run, step.attach_root);
    case Kind::mount_filesystem:
      return mount_filesystem(run, step.filesystem);
    case Kind::mount_bind:
      return mount_bind(run, step.bind);
    case Kind::set_mount_attributes:
      return set_mount_attributes(run, step.attributes);
    case Kind::make_directory:
      return make_directory(run, step.directory);
    case Kind::make_device:
      return make_device(run, step.device);
    case Kind::make_symlink:
      return make_symlink(run, step.symlink);
    case Kind::open_terminal:
      return open_terminal(run, step.terminal);
    case Kind::run_hooks:
      return run_hooks(run, step.hooks);
    case Kind::unmount:
      return unmount(run, step.unmount);
    case Kind::finish:
      sys::exit_process(0);
    case Kind::enter_root:
      return enter_root(run, step.flags);
    // own_root: nothing of the host's has a name any more; still with all rights
    case Kind::set_root_propagation:
      return set_root_propagation(step.flags);
    case Kind::reopen_null:
      return reopen_null(run);
    case Kind::set_umask:
      sys::umask(static_cast<unsigned>(step.value));
      return {};
    case Kind::set_hostname:
      TRY(sys::sethostname(run.text(step.text)));
      return {};
    case Kind::set_domainname:
      TRY(sys::setdomainname(run.text(step.text)));
      return {};
    case Kind::set_apparmor:
      return set_apparmor(run, run.text(step.text));
    case Kind::set_selinux:
      return set_selinux(run, run.text(step.text));
    case Kind::write_sysctl:
      return write_sysctl(run, step.sysctl);
    case Kind::make_path_readonly:
      return make_path_readonly(run, step.text);
    case Kind::mask_path:
      return mask_path(run, step.mask_path);
    case Kind::set_no_new_privs:
      TRY(sys::prctl(PR_SET_NO_NEW_PRIVS, 1));
      return {};
    case Kind::set_scheduler:
      return set_scheduler(step.scheduler);
    case Kind::set_io_priority:
      TRY(sys::set_io_priority(step.value));
      return {};
    case Kind::set_memory_policy:
      return set_memory_policy(run, step.memory_policy);
    case Kind::set_personality:
      TRY(sys::personality(step.value));
      return {};
    // confined: rights are given up, one after the other, until the program has only its own
    case Kind::load_seccomp:
      return load_seccomp(run, step.seccomp);
    case Kind::change_directory:
      return change_directory(run, run.text(step.text));
    case Kind::own_stdio:
      return own_stdio(static_cast<std::uint32_t>(step.value));
    case Kind::drop_bounding:
      return drop_bounding(step.mask);
    case Kind::set_identity:
      return set_identity(run, step.identity);
    case Kind::set_capabilities:
      return set_capabilities(step.capabilities);
    case Kind::find_program:
      return find_program(run, step.program);
    case Kind::wait_for_start:
      return wait_for_start(run, step.start);
    case Kind::exec:
      return execute(run, step.exec);
  }
  return fail(Trouble::damaged_plan);
}

// The process's name by stage: what ps(1) shows when one of them hangs.
const char* stage_name(plan::Stage stage) {
  switch (stage) {
    case plan::Stage::host_root:
      return "minc-oci:init";
    case plan::Stage::own_root:
      return "minc-oci:root";
    case plan::Stage::confined:
      return "minc-oci:seal";
  }
  return "minc-oci";
}

[[noreturn]] void report_and_exit(Run& run, Failure failure) {
  static handshake::Report report;
  take_off_attached(run);
  const std::string_view detail = about_failure.detail.substr(0, report.detail.size());
  report.say = handshake::Say::failed;
  report.step = run.step;
  report.error = failure.error;
  report.trouble = failure.trouble;
  report.number = about_failure.number;
  report.length = static_cast<std::uint32_t>(detail.size());
  __builtin_memcpy(report.detail.data(), detail.data(), detail.size());
  if (run.runtime)
    (void)run.runtime.send(report);
  else if (run.answer >= 0)
    (void)sys::write(run.answer, &report, handshake::wire_size(report));
  sys::exit_process(1);
}

// What the steps so far shared and none will ask for again: a created container may wait for its start for days.
void let_go(Run& run) {
  run.rootfs.set_root({});
  for (sys::UniqueFd* fd : {&run.null_tree, &run.dark_tree, &run.proc}) fd->reset();
}

[[noreturn]] void carry_out_all(Run& run) {
  auto stage = plan::Stage::host_root;
  for (const plan::Step& step : run.plan.steps()) {
    if (step.stage != stage) {
      stage = step.stage;
      if (stage == plan::Stage::confined) let_go(run);
      (void)sys::prctl(PR_SET_NAME, sys::address(stage_name(stage)));
    }
    if (const auto done = carry_out(run, step); !done) report_and_exit(run, done.error());
    ++run.step;
  }
  report_and_exit(run, make_failure(Trouble::damaged_plan, 0, {}));  // View::check has seen a last step
}

// argv[2], digits only. -1: anything else.
int descriptor_number(const char* text) {
  int value = 0, digits = 0;
  for (; *text >= '0' && *text <= '9' && digits < 7; ++text, ++digits) value = value * 10 + (*text - '0');
  return digits != 0 && *text == '\0' ? value : -1;
}

// The plan behind descriptor `fd`, mapped read-only. Empty: there is none. The file is sealed: it cannot shrink under the mapping.
std::span<const std::byte> map_plan(int fd) {
  const auto stat = sys::stat_fd(fd);
  if (!stat || stat->size < sizeof(plan::Header)) return {};
  const long at = sys::raw(__NR_mmap, 0, static_cast<long>(stat->size), PROT_READ, MAP_PRIVATE, fd, 0);
  if (at < 0 && at >= -4095) return {};
  return {reinterpret_cast<const std::byte*>(at), static_cast<std::size_t>(stat->size)};
}

// Before a new user namespace has its maps the runtime must be able to open our uid_map: until then we stay dumpable.
bool waits_for_maps(const plan::View& view) {
  for (const plan::Step& step : view.steps())
    if (step.kind == plan::Kind::ask && step.ask.await == plan::Await::id_maps_written) return true;
  return false;
}

}  // namespace
}  // namespace init

extern "C" [[noreturn, gnu::used]] void init_main(const long* stack) {
  using namespace init;
  const long argc = stack[0];
  const char* const* argv = reinterpret_cast<const char* const*>(stack + 1);
  arm_parent_death();
  sys::umask(0);  // modes are the plan's to the bit
  sys::UniqueFd plan_fd{argc == 3 ? descriptor_number(argv[2]) : -1};
  const auto bytes = map_plan(plan_fd.get());
  if (!plan::View::check(bytes)) sys::exit_process(kDamaged);
  plan_fd.reset();

  Run run;
  run.plan = plan::View(bytes.data());
  run.runtime = handshake::InitEnd(sys::UniqueFd(run.plan.header().handshake));
  // Our descriptors came through an exec, so none had the flag: from here on all but the user's have it.
  const plan::Step& last = run.plan.steps().back();
  run.live = last.kind == plan::Kind::finish;
  const unsigned first = 3 + (run.live ? 0 : last.exec.preserved);
  if (const auto marked = sys::close_range(first, ~0u, CLOSE_RANGE_CLOEXEC); !marked)
    report_and_exit(run, make_failure(Trouble::none, marked.code(), {}));
  (void)sys::prctl(PR_SET_NAME, sys::address(stage_name(plan::Stage::host_root)));
  if (!waits_for_maps(run.plan)) hide_from_ptrace(run);
  carry_out_all(run);
}
