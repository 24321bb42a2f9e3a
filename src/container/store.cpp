// Process: the runtime, on the host, with the caller's rights. flock(2), rename(2), mkdir(2).
#include <dirent.h>
#include <sys/file.h>

#include <algorithm>

#include "config/read.h"
#include "container/files.h"
#include "container/refusal.h"
#include "container/state_file.h"
#include "sys/file.h"

namespace container {
namespace {

constexpr int kEnoent = 2, kEexist = 17, kEloop = 40, kEnotdir = 20, kEnotempty = 39;
constexpr const char* kState = "state.json";
constexpr const char* kTemporary = "@state";
constexpr const char* kLimits = "limits.json";
constexpr const char* kLock = "@lock";

// mkdir -p, 0700: who cannot enter the state root cannot reach any container's fifo.
Result<> make_root(const std::string& root) {
  for (std::size_t slash = root.find('/', 1);; slash = root.find('/', slash + 1)) {
    const std::string prefix = root.substr(0, slash);
    const auto made = sys::mkdirat(AT_FDCWD, prefix.c_str(), 0700);
    if (!made && made.code() != kEexist) return fail("mkdir " + prefix, made.error());
    if (slash == std::string::npos) return {};
  }
}

bool is_dots(std::string_view name) { return name == "." || name == ".."; }

// All below `directory`, however it came there. Symlinks are removed, not followed.
void empty_directory(int directory) {
  const int copy = static_cast<int>(sys::fcntl(directory, F_DUPFD_CLOEXEC, 3).value_or(-1));
  DIR* stream = copy < 0 ? nullptr : ::fdopendir(copy);
  if (stream == nullptr) {
    if (copy >= 0) sys::UniqueFd{copy}.reset();
    return;
  }
  ::rewinddir(stream);
  while (const dirent* entry = ::readdir(stream)) {
    if (is_dots(entry->d_name)) continue;
    if (sys::unlinkat(directory, entry->d_name)) continue;
    const auto below = sys::openat(directory, entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    if (below) empty_directory(below->get());
    (void)sys::unlinkat(directory, entry->d_name, AT_REMOVEDIR);
  }
  ::closedir(stream);
}

Result<> replace(const Entry& entry, const char* temporary, const char* name, const std::string& text) {
  const int directory = entry.directory.get();
  const std::string what = "write " + entry.path + '/' + name;
  {
    const auto file = TRY_DOING(what, sys::openat(directory, temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0600));
    TRY_DOING(what, write_all(file.get(), text));
  }
  // Not synced: a crash of the machine takes all that the file speaks of along.
  TRY_DOING(what, sys::renameat(directory, temporary, directory, name));
  return {};
}

// Since then the machine has started anew: what has these numbers and names now is not the container's.
void forget_effects(State& state) {
  state.init = state.runtime = {};
  state.cgroup.clear();
  state.unit.clear();
  state.root_mount = 0;
  state.rdt_group_ours = state.rdt_monitor_ours = false;
}

}  // namespace

Result<> Store::check_id(std::string_view id) {
  constexpr std::size_t kLongest = 255;  // NAME_MAX
  if (id.empty()) return fail("container id cannot be empty");
  const bool sound = std::ranges::all_of(id, [](char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') || (letter >= '0' && letter <= '9') ||
           letter == '_' || letter == '+' || letter == '-' || letter == '.';
  });
  if (!sound || is_dots(id) || id.size() > kLongest)
    return fail("invalid container ID format", "", text::quote(id) + ": up to 255 letters, digits and _ + - . make an id");
  return {};
}

Result<Entry> Store::claim(const std::string& id) const {
  TRY(check_id(id));
  Entry entry;
  entry.id = id;
  entry.path = root_ + '/' + id;
  // The directory's birth is the decision between two creates of one id.
  auto made = sys::mkdirat(AT_FDCWD, entry.path.c_str(), 0711);
  if (made.code() == kEnoent) {
    TRY(make_root(root_));
    made = sys::mkdirat(AT_FDCWD, entry.path.c_str(), 0711);
  }
  if (made.code() == kEexist) return exists_already(id, root_);
  if (!made) return fail("mkdir " + entry.path, made.error());
  auto claimed = enter(std::move(entry));
  // Nothing is in it yet: an id that is taken by a directory without a state would be in everybody's way.
  if (!claimed) (void)sys::unlinkat(AT_FDCWD, (root_ + '/' + id).c_str(), AT_REMOVEDIR);
  return claimed;
}

Result<Entry> Store::enter(Entry entry) const {
  auto opened = sys::openat(AT_FDCWD, entry.path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  if (!opened) return fail("open " + entry.path, opened.error());
  entry.directory = take(std::move(opened));
  TRY(lock(entry));
  return entry;
}

Result<Entry> Store::open(const std::string& id) const {
  TRY(check_id(id));
  Entry entry;
  entry.id = id;
  entry.path = root_ + '/' + id;
  auto opened = sys::openat(AT_FDCWD, entry.path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  if (opened.code() == kEnoent || opened.code() == kEnotdir || opened.code() == kEloop) return does_not_exist(id, root_);
  if (!opened) return fail("open " + entry.path, opened.error());
  entry.directory = take(std::move(opened));
  return entry;
}

Result<State> Store::load(const Entry& entry) const {
  const auto file = sys::openat(entry.directory.get(), kState, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  if (file.code() == kEnoent) return does_not_exist(entry.id, root_);
  if (!file) return fail("open " + entry.path + "/state.json", file.error());
  const std::string text = TRY_DOING("read " + entry.path + "/state.json", read_rest(file->get(), kMaxStateBytes, 0));
  State state = TRY(read_state(text));
  if (state.id != entry.id) return fail("state.json is damaged: it is that of " + state.id);
  if (!state.boot.empty() && state.boot != boot_id()) forget_effects(state);
  return state;
}

Result<> Store::save(const Entry& entry, const State& state) const {
  return replace(entry, kTemporary, kState, write_state(state));
}

Result<config::Resources> Store::load_limits(const Entry& entry) const {
  const auto changed = read_whole(entry.directory.get(), kLimits, kMaxStateBytes);
  if (changed) return TRY_DOING(entry.path + "/limits.json is damaged", config::read_resources(*changed));
  if (changed.code() != kEnoent) return fail("read " + entry.path + "/limits.json", changed.error());
  const std::string text =
      TRY_DOING("read " + entry.path + "/config.json", read_whole(entry.directory.get(), "config.json", config::kMaxDocumentBytes));
  config::Spec spec = TRY(config::read_spec(text));
  return spec.linux_.resources ? std::move(*spec.linux_.resources) : config::Resources{};
}

Result<> Store::save_limits(const Entry& entry, const config::Resources& limits) const {
  return replace(entry, "@limits", kLimits, config::write_resources(limits));
}

Result<> Store::lock(Entry& entry) const {
  auto file = sys::openat(entry.directory.get(), kLock, O_RDWR | O_CREAT | O_NOFOLLOW, 0600);
  if (file.code() == kEnoent) return does_not_exist(entry.id, root_);  // a directory that is removed takes no new names
  if (!file) return fail("open " + entry.path + "/@lock", file.error());
  TRY_DOING("lock " + entry.path, sys::flock(file->get(), LOCK_EX));
  const sys::Stat stat = TRY_DOING("lock " + entry.path, sys::stat_fd(file->get()));
  if (stat.nlink == 0) return does_not_exist(entry.id, root_);  // removed while we waited
  entry.lock = take(std::move(file));
  return {};
}

Result<> Store::remove(Entry&& entry) const {
  const int directory = entry.directory.get();
  // The state goes last of the things that tell what there is to remove.
  for (const char* name : {"config.json", kLimits, kStartFifo, kAnswerFifo, kState, kLock}) (void)sys::unlinkat(directory, name);
  (void)sys::unlinkat(directory, kAnswerDirectory, AT_REMOVEDIR);
  auto removed = sys::unlinkat(AT_FDCWD, entry.path.c_str(), AT_REMOVEDIR);
  if (removed.code() == kEnotempty) {
    empty_directory(directory);
    removed = sys::unlinkat(AT_FDCWD, entry.path.c_str(), AT_REMOVEDIR);
  }
  if (!removed && removed.code() != kEnoent) return fail("remove " + entry.path, removed.error());
  return {};
}

Result<std::vector<std::string>> Store::ids() const {
  auto opened = TRY_DOING("open " + root_, sys::openat(AT_FDCWD, root_.c_str(), O_RDONLY | O_DIRECTORY));
  std::vector<std::string> ids;
  DIR* stream = ::fdopendir(opened.release());
  if (stream == nullptr) return fail("read " + root_);
  while (const dirent* entry = ::readdir(stream)) {
    const bool directory = entry->d_type == DT_DIR || entry->d_type == DT_UNKNOWN;
    if (directory && check_id(entry->d_name)) ids.emplace_back(entry->d_name);
  }
  ::closedir(stream);
  std::ranges::sort(ids);
  return ids;
}

}  // namespace container
