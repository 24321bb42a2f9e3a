// cgroup/memory_watch.cpp: to be told, not to ask: out of memory, and the end of the group.
#include <sys/eventfd.h>
#include <sys/inotify.h>

#include <algorithm>
#include <cstring>

#include "cgroup/room.h"
#include "cgroup/statistics.h"

namespace cgroup {
namespace {

constexpr int kMissing = 2 /* ENOENT */, kNoDevice = 19 /* ENODEV */;
constexpr int kAgain = 11;  // EAGAIN

bool is_gone(sys::Errno error) { return error.code == kMissing || error.code == kNoDevice; }

const Member* member_with(const Group& group, std::string_view controller) {
  const auto found = std::ranges::find_if(group, [&](const Member& member) { return lists(member.controllers, controller); });
  return found != group.end() ? &*found : nullptr;
}

sys::Result<sys::UniqueFd> descriptor_or_errno(long answer) {
  return sys::UniqueFd(static_cast<int>(SYS_TRY(sys::checked(answer))));
}

// inotify_add_watch(2); the path is opened as all of this room's are, and named by its descriptor.
sys::Result<> watch(Tree& tree, int alarm, const std::string& path) {
  const sys::UniqueFd file = SYS_TRY(tree.open(path, O_PATH));
  const std::string name = "/proc/self/fd/" + std::to_string(file.get());
  return sys::checked_void(sys::raw(__NR_inotify_add_watch, alarm, sys::address(name.c_str()), IN_MODIFY));
}

}  // namespace

Result<MemoryWatch> MemoryWatch::open(const Group& group) {
  MemoryWatch watcher;
  Tree tree;
  watcher.v2_ = group.size() == 1 && group.front().controllers.empty();
  const Member* member = watcher.v2_ ? &group.front() : member_with(group, "memory");
  if (member == nullptr) return fail("memory controller missing");
  watcher.directory_ = member->directory;
  const std::string& directory = watcher.directory_;
  if (!watcher.v2_) {
    const std::string control = directory + "/cgroup.event_control";
    watcher.alarm_ = TRY_DOING("eventfd", descriptor_or_errno(sys::raw(__NR_eventfd2, 0, EFD_CLOEXEC | EFD_NONBLOCK)));
    watcher.file_ = TRY_DOING("open " + directory + "/memory.oom_control", tree.open(directory + "/memory.oom_control", O_RDONLY));
    const std::string order = std::to_string(watcher.alarm_.get()) + " " + std::to_string(watcher.file_.get());
    TRY_DOING("write " + control, tree.write(control, order));
    return watcher;
  }
  watcher.alarm_ = TRY_DOING("inotify_init", descriptor_or_errno(sys::raw(__NR_inotify_init1, IN_CLOEXEC | IN_NONBLOCK)));
  const int alarm = watcher.alarm_.get();
  TRY_DOING("watch " + directory + "/cgroup.events", watch(tree, alarm, directory + "/cgroup.events"));
  // Without the memory controller only the end is told.
  const auto marked = watch(tree, alarm, directory + "/memory.events");
  if (!marked && !is_gone(marked.error())) return fail("watch " + directory + "/memory.events", marked.error());
  if (const auto text = tree.read(directory + "/memory.events")) (void)flat_number(*text, "oom_kill", watcher.killed_);
  return watcher;
}

Result<MemoryWatch::News> MemoryWatch::next() {
  News news;
  alignas(inotify_event) std::byte buffer[4096];  // eventfd: 8 bytes
  const auto got = sys::read(alarm_.get(), buffer);
  if (!got && got.error().code != kAgain) return fail("read events of " + directory_, got.error());
  const bool alarmed = got && *got > 0;
  Tree tree;
  if (!v2_) {
    // The kernel wakes us, too, when the group is taken away.
    const auto control = tree.open(directory_ + "/cgroup.event_control", O_PATH);
    news.ended = !control && is_gone(control.error());
    news.out_of_memory = alarmed && !news.ended ? 1 : 0;
    return news;
  }
  const auto memory = tree.read(directory_ + "/memory.events");
  std::uint64_t killed = killed_;
  if (memory) (void)flat_number(*memory, "oom_kill", killed);
  if (killed > killed_) news.out_of_memory = static_cast<unsigned>(killed - killed_);
  killed_ = killed;
  const auto events = tree.read(directory_ + "/cgroup.events");
  std::uint64_t populated = 1;
  if (events) (void)flat_number(*events, "populated", populated);
  news.ended = (!events && is_gone(events.error())) || populated == 0;
  return news;
}

}  // namespace cgroup
