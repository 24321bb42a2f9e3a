// Process: the runtime, on the host, with the caller's rights. `become_init` is the child's part: in the container's new
// namespaces, on the runtime's memory, until it is init.
#include "container/launch.h"

#include <linux/memfd.h>
#include <signal.h>

#include <array>
#include <charconv>

#include "config/id_list.h"
#include "container/files.h"
#include "container/limits.h"
#include "support/text.h"

#ifndef MFD_NOEXEC_SEAL  // Linux 6.3
#define MFD_NOEXEC_SEAL 0x0008U
#define MFD_EXEC 0x0010U
#endif

extern "C" {
extern const char minc_init_begin[];  // container/init_image.S
extern const char minc_init_end[];
}

namespace container {
namespace {

constexpr int kEperm = 1, kEacces = 13, kEinval = 22;

std::string_view init_bytes() { return {minc_init_begin, static_cast<std::size_t>(minc_init_end - minc_init_begin)}; }

// A memfd whose content nobody can change any more, we included. `kind`: MFD_EXEC or MFD_NOEXEC_SEAL, left out on kernels before
// 6.3 that do not know them.
sys::Result<sys::UniqueFd> sealed_memfd(const char* name, std::string_view bytes, unsigned kind) {
  auto made = sys::memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING | kind);
  if (made.code() == kEinval) made = sys::memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
  sys::UniqueFd memfd = SYS_TRY(std::move(made));
  SYS_TRY(write_all(memfd.get(), bytes));
  SYS_TRY(sys::fcntl(memfd.get(), F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE));
  return memfd;
}

// Init as a file without a name: written, opened again for reading (an inode open for writing is not executed, ETXTBSY), unlinked.
sys::Result<sys::UniqueFd> unlinked_file(int directory) {
  constexpr const char* kName = "@init";
  (void)sys::unlinkat(directory, kName);
  SYS_TRY(write_new(directory, kName, init_bytes(), 0500));
  auto file = sys::openat(directory, kName, O_RDONLY | O_NOFOLLOW);
  (void)sys::unlinkat(directory, kName);
  return file;
}

struct Start {
  int init = -1;
  const char* const* argv = nullptr;
  std::span<const int> kept;       // lose close-on-exec
  unsigned first_stray = 3;        // from here on all others are closed by the exec, those of our caller too
  std::uint64_t capabilities = 0;  // kept across the exec
  bool all_processors = false;
  std::span<const plan::ResourceLimit> limits;
  const plan::ResourceLimit* volatile refused = nullptr;
  volatile int error = 0;
};

// The new process may run on all processors that its cgroup allows, whatever the runtime was bound to. Best effort: inside another
// container the set may be forbidden, and then nothing is lost. sched_setaffinity(2).
constexpr std::size_t kMaskBytes = 1024;  // 8192 processors, more than any kernel is built for
void allow_all_processors() {
  std::array<std::uint64_t, kMaskBytes / 8> all;
  all.fill(~std::uint64_t{0});
  sys::raw(__NR_sched_setaffinity, 0, kMaskBytes, sys::address(all.data()));
}

// What init's children shall have, too, is set before there can be any.
void set_what_is_inherited(Start& start) {
  if (start.all_processors) allow_all_processors();
  for (const plan::ResourceLimit& limit : start.limits) {
    const auto set = sys::set_resource_limit(0, limit.resource, {limit.soft, limit.hard});
    if (set) continue;
    start.refused = &limit;
    start.error = set.code();
    sys::exit_process(127);
  }
}

// In a new user namespace without maps we are nobody: an exec would take every capability away, unless they are ambient.
void keep_capabilities(std::uint64_t capabilities) {
  if (!sys::capset({capabilities, capabilities, capabilities})) return;
  for (unsigned number = 0; number < 64; ++number)
    if ((capabilities >> number & 1) != 0) (void)sys::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, number);
}

void become_init(void* argument) {
  auto& start = *static_cast<Start*>(argument);
  (void)sys::close_range(start.first_stray, ~0U, CLOSE_RANGE_CLOEXEC);
  for (const int fd : start.kept) (void)sys::fcntl(fd, F_SETFD, 0);
  if (start.capabilities != 0) keep_capabilities(start.capabilities);
  set_what_is_inherited(start);
  sys::set_signal_mask(0);  // no handler of ours exists, and a created container can be signalled
  static constexpr const char* kNoEnvironment[] = {nullptr};
  start.error = sys::execveat(start.init, "", start.argv, kNoEnvironment, AT_EMPTY_PATH).code;
  sys::exit_process(127);
}

// All that the kernel knows: in the new namespace the child has the full set, whatever the runtime's own was.
std::uint64_t all_capabilities() {
  std::uint64_t all = 0;
  for (long number = 0; number < 64 && sys::prctl(PR_CAPBSET_READ, number); ++number) all |= std::uint64_t{1} << number;
  return all;
}

// A group that takes no processes (EBUSY, EOPNOTSUPP) or not ours (EACCES) is no reason to fail here: cgroup::join knows the words.
sys::Result<Child> clone_into(std::uint64_t flags, Start& start, Membership& membership) {
  if (membership.birthplace() >= 0) {
    auto child = clone_child(flags, become_init, &start, membership.birthplace());
    membership.set_born_inside(child.has_value());
    if (child) return child;
  }
  return clone_child(flags, become_init, &start);
}

Result<Child> clone_init(std::uint64_t flags, Start& start, Membership& membership) {
  start.error = 0;
  auto child = clone_into(flags, start, membership);
  if (!child) {
    const bool new_user = (flags & CLONE_NEWUSER) != 0;
    const std::string hint = child.code() == kEperm && new_user ? "unprivileged user namespaces may be disabled on this host"
                             : child.code() == 28 /* ENOSPC */  ? "a limit below /proc/sys/user is reached"
                             : child.code() == 11 /* EAGAIN */  ? "a limit on the number of processes is reached"
                                                                : "";
    return fail("unable to start container process: clone", child.error(), {}, hint);
  }
  if (start.error == 0) return take(std::move(child));
  (void)reap(*child);
  if (start.refused != nullptr) return std::unexpected(limit_refused(*start.refused, sys::Errno{start.error}));
  return fail("unable to start container process: execute init", sys::Errno{start.error});
}

}  // namespace

Result<Launched> launch(plan::Plan& plan, std::uint32_t preserved, int state_directory, Membership& membership, bool limits) {
  handshake::Pair pair = TRY_DOING("socketpair", handshake::make_pair());
  plan::set_handshake(plan.image, pair.init.get());
  const std::string_view image{reinterpret_cast<const char*>(plan.image.data()), plan.image.size()};
  const sys::UniqueFd sealed_plan = TRY_DOING("seal the plan", sealed_memfd("minc-oci:plan", image, MFD_NOEXEC_SEAL));

  std::vector<int> kept{pair.init.get(), sealed_plan.get()};
  for (const plan::Descriptor& descriptor : plan.view().descriptors())
    if (descriptor.fd >= 0) kept.push_back(descriptor.fd);
  std::array<char, 12> plan_number{};
  std::to_chars(plan_number.data(), plan_number.data() + plan_number.size() - 1, sealed_plan.get());
  const char* const argv[] = {"minc-oci", "init", plan_number.data(), nullptr};
  Start start;
  start.argv = argv;
  start.kept = kept;
  start.first_stray = 3 + preserved;
  start.all_processors = plan.reset_cpu_affinity;
  if (limits) start.limits = plan.limits;
  if ((plan.clone_flags & CLONE_NEWUSER) != 0) start.capabilities = all_capabilities();

  auto memfd = sealed_memfd("minc-oci:init", init_bytes(), MFD_EXEC);
  const bool forbidden = memfd.code() == kEacces || memfd.code() == kEperm;  // vm.memfd_noexec=2
  if (!memfd && !forbidden) return fail("seal init", memfd.error());
  if (memfd) {
    start.init = memfd->get();
    auto child = clone_init(plan.clone_flags, start, membership);
    if (child) return Launched{take(std::move(child)), handshake::RuntimeEnd(std::move(pair.runtime))};
    if (start.refused != nullptr || (start.error != kEacces && start.error != kEperm) || state_directory < 0)
      return std::unexpected(std::move(child).error());
  }
  if (state_directory < 0) return fail("seal init", memfd.error());
  const sys::UniqueFd file = TRY_DOING("write init into the state directory", unlinked_file(state_directory));
  start.init = file.get();
  Child child = TRY(clone_init(plan.clone_flags, start, membership));
  return Launched{std::move(child), handshake::RuntimeEnd(std::move(pair.runtime))};
}

Result<> set_cpu_affinity(int pid, std::string_view cpus, std::string_view pointer) {
  std::array<std::uint64_t, kMaskBytes / 8> mask{};
  const auto ranges = config::parse_id_list(cpus, config::kMaxCpu);
  if (!ranges) return fail("invalid list of CPUs " + text::quote(cpus), std::string(pointer));
  for (const config::IdRange& range : *ranges)  // a number that no kernel has counts for nothing, as one that this machine lacks
    for (std::uint32_t cpu = range.first; cpu <= range.last && cpu < kMaskBytes * 8; ++cpu)
      mask[cpu / 64] |= std::uint64_t{1} << (cpu % 64);
  const long answer = sys::raw(__NR_sched_setaffinity, pid, kMaskBytes, sys::address(mask.data()));
  if (answer < 0) return fail("set CPU affinity " + text::quote(cpus), sys::Errno{static_cast<int>(-answer)}, std::string(pointer));
  return {};
}

}  // namespace container
