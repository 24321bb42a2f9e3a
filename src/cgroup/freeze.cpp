// cgroup/freeze.cpp: stop a whole group and let it go on. v1: the freezer controller's freezer.state; v2: cgroup.freeze, whose
// effect is told by cgroup.events. A hybrid host's v2 tree serves where v1 has no freezer.
#include "cgroup/room.h"
#include "sys/process.h"

namespace cgroup {
namespace {

constexpr int kMissing = 2 /* ENOENT */, kTimedOut = 110 /* ETIMEDOUT */, kNoDevice = 19 /* ENODEV */;
constexpr int kFreezeTimeoutMs = 10'000;
constexpr short kPriority = 2;  // POLLPRI

sys::Result<std::string> read_again(int fd) {
  std::byte buffer[512];
  const std::size_t got = SYS_TRY(sys::pread(fd, buffer, 0));
  return std::string(reinterpret_cast<const char*>(buffer), got);
}

// False: not within the time.
sys::Result<bool> freeze_v2(Tree& tree, const std::string& directory) {
  const sys::UniqueFd events = SYS_TRY(tree.open(directory + "/cgroup.events", O_RDONLY));
  SYS_TRY(tree.write(directory + "/cgroup.freeze", "1"));
  const std::int64_t deadline = now_ms() + kFreezeTimeoutMs;
  for (;;) {
    std::uint64_t frozen = 0;
    const std::string text = SYS_TRY(read_again(events.get()));
    if (flat_number(text, "frozen", frozen) && frozen == 1) return true;
    const std::int64_t left = deadline - now_ms();
    if (left <= 0) return false;
    sys::PollEntry entry{events.get(), kPriority, 0};
    (void)sys::poll({&entry, 1}, static_cast<int>(left));  // EINTR or a wrong alarm: the file is read again
  }
}

// A process that forks while the freezer walks the group can leave it FREEZING for ever; writing again, and now and then letting
// all go for a moment, gets it done.
sys::Result<bool> freeze_v1(Tree& tree, const std::string& directory) {
  const sys::UniqueFd state = SYS_TRY(tree.open(directory + "/freezer.state", O_RDWR));
  const std::int64_t deadline = now_ms() + kFreezeTimeoutMs;
  for (int attempt = 1;; ++attempt) {
    SYS_TRY(sys::write(state.get(), "FROZEN"));
    const std::string text = SYS_TRY(read_again(state.get()));
    if (text.starts_with("FROZEN")) return true;
    if (now_ms() >= deadline) return false;
    if (attempt % 50 == 0) SYS_TRY(sys::write(state.get(), "THAWED"));
    sleep_ms(attempt < 10 ? 0 : 1);
  }
}

sys::Result<bool> freeze_member(Tree& tree, const Member& member) {
  if (has_v1_freezer(member)) return freeze_v1(tree, member.directory);
  return freeze_v2(tree, member.directory);
}

sys::Result<bool> v1_is_frozen(Tree& tree, const std::string& directory) {
  for (int attempt = 0; attempt < 1000; ++attempt) {
    const std::string state = SYS_TRY(tree.read(directory + "/freezer.state"));
    if (state == "THAWED") return false;
    if (state == "FROZEN") {  // by itself, or because a group above it is?
      const auto self = tree.read(directory + "/freezer.self_freezing");
      return !self || *self != "0";
    }
    sleep_ms(1);  // FREEZING: soon one or the other
  }
  return true;
}

}  // namespace

bool has_v1_freezer(const Member& member) { return lists(member.controllers, "freezer"); }

const Member* freezer_of(const Group& group) {
  const Member* v2 = nullptr;
  for (const Member& member : group) {
    if (has_v1_freezer(member)) return &member;
    if (member.controllers.empty()) v2 = &member;
  }
  return v2;
}

// A group that is gone is not frozen.
sys::Result<bool> member_is_frozen(Tree& tree, const Member& member) {
  if (has_v1_freezer(member)) {
    auto frozen = v1_is_frozen(tree, member.directory);
    if (!frozen && (frozen.error().code == kMissing || frozen.error().code == kNoDevice)) return false;
    return frozen;
  }
  const auto wanted = tree.read(member.directory + "/cgroup.freeze");
  if (!wanted && (wanted.error().code == kMissing || wanted.error().code == kNoDevice)) return false;
  if (!wanted) return std::unexpected(wanted.error());
  return *wanted == "1";
}

sys::Result<> thaw_member(Tree& tree, const Member& member) {
  return has_v1_freezer(member) ? tree.write(member.directory + "/freezer.state", "THAWED")
                                : tree.write(member.directory + "/cgroup.freeze", "0");
}

Result<bool> is_frozen(const Group& group) {
  const Member* member = freezer_of(group);
  if (member == nullptr) return false;
  Tree tree;
  auto frozen = member_is_frozen(tree, *member);
  if (!frozen) return fail("reading the freezer of " + member->directory, frozen.error());
  return *frozen;
}

Result<> freeze(const Group& group) {
  const Member* member = freezer_of(group);
  if (member == nullptr) return fail("cannot freeze: the container has no cgroup with a freezer");
  Tree tree;
  const sys::Result<bool> frozen = freeze_member(tree, *member);
  if (frozen && *frozen) return {};
  // Not half frozen: nobody would thaw what was reported as failed.
  const bool thawed = thaw_member(tree, *member).has_value();
  return fail("unable to freeze " + member->directory + (thawed ? "" : ", and it cannot be thawed again"),
              frozen ? sys::Errno{kTimedOut} : frozen.error());
}

Result<> thaw(const Group& group) {
  const Member* member = freezer_of(group);
  if (member == nullptr) return fail("cannot thaw: the container has no cgroup with a freezer");
  Tree tree;
  TRY_DOING("unable to thaw " + member->directory, thaw_member(tree, *member));
  return {};
}

}  // namespace cgroup
