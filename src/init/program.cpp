// init/program.cpp. Process: init, confined, the user's ids: finds the user's program, and becomes it. execve(2), access(2),
// passwd(5).
#include "init/line.h"
#include "init/steps.h"
#include "init/strings.h"
#include "sys/confine.h"

namespace init {
namespace {

constexpr std::string_view kDefaultSearchPath = "/bin:/usr/bin";  // as execvp(3) without PATH
constexpr std::size_t kPasswdLimit = 1 << 20;

Line<4096> found_path;
constexpr std::size_t kFirstLine = 256;  // what execve(2) reads of a script: BINPRM_BUF_SIZE
Line<kFirstLine> interpreter;
Line<4101> home_entry;  // "HOME=" and a path

// What execve(2) would say about `path`, asked before `start`: 0 = can be run.
int why_not(const char* path) {
  const auto stat = sys::stat_at(AT_FDCWD, path, 0);
  if (!stat) return stat.code();
  if (stat->is_directory()) return kEisdir;
  if (!stat->is_regular()) return kEacces;
  // Filters older than faccessat2(2) deny it without knowing it; faccessat(2) asks for the real ids, by now the same.
  auto allowed = sys::faccessat(AT_FDCWD, path, 1 /* X_OK */, AT_EACCESS);
  if (allowed.code() == kEnosys || allowed.code() == kEperm)
    allowed = sys::checked_void(sys::raw(__NR_faccessat, AT_FDCWD, sys::address(path), 1));
  return allowed.code();
}

bool find_in(std::string_view search_path, std::string_view name) {
  for (;;) {
    const std::size_t end = search_path.find(':');
    const std::string_view directory = search_path.substr(0, end);
    found_path.clear();
    found_path.add(directory.empty() ? "." : directory).add("/").add(name);
    if (found_path.whole() && why_not(found_path.c_str()) == 0) return true;
    if (end == search_path.npos) return false;
    search_path.remove_prefix(end + 1);
  }
}

// The n-th field of a line of passwd(5).
std::string_view field(std::string_view line, int n) {
  for (; n > 0; --n) {
    const std::size_t colon = line.find(':');
    if (colon == line.npos) return {};
    line.remove_prefix(colon + 1);
  }
  return line.substr(0, line.find(':'));
}

bool is_number(std::string_view text, std::uint32_t wanted) {
  std::uint64_t value = 0;
  if (text.empty() || text.size() > 10) return false;
  for (const char c : text) {
    if (c < '0' || c > '9') return false;
    value = value * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return value == wanted;
}

// The home directory in the first line of /etc/passwd that has this uid. The file is the image's: only a regular one is opened (a
// fifo would block, a device might act), a block at a time, 1 MiB at most; a line longer than the block is passed over.
bool read_home(std::uint32_t uid) {
  constexpr const char* kPasswd = "/etc/passwd";
  const auto before = sys::stat_at(AT_FDCWD, kPasswd, 0);
  if (!before || !before->is_regular()) return false;
  const auto file = sys::openat(AT_FDCWD, kPasswd, O_RDONLY | O_NONBLOCK | O_NOCTTY);
  if (!file) return false;
  const auto opened = sys::stat_fd(file->get());  // it may have been exchanged since
  if (!opened || !opened->is_regular()) return false;
  static std::array<char, 4096> block;
  std::size_t filled = 0, total = 0;
  bool skipping = false;
  while (total < kPasswdLimit) {
    const auto got = sys::read(file->get(), std::as_writable_bytes(std::span{block}).subspan(filled));
    if (!got) return false;
    filled += *got, total += *got;
    std::string_view text{block.data(), filled};
    for (;;) {
      const std::size_t newline = text.find('\n');
      if (newline == text.npos && (*got != 0 || text.empty())) break;
      const std::string_view line = text.substr(0, newline);  // the last one may lack its newline
      if (!skipping && is_number(field(line, 2), uid)) {
        const std::string_view home = field(line, 5);
        if (home.empty()) return false;
        home_entry.add("HOME=").add(home);
        return true;
      }
      skipping = false;
      text.remove_prefix(newline == text.npos ? text.size() : newline + 1);
    }
    if (*got == 0) return false;
    if (text.size() == block.size()) skipping = true, text = {};
    __builtin_memmove(block.data(), text.data(), text.size());
    filled = text.size();
  }
  return false;
}

// Read now, before `start`: nothing of the image is looked up afterwards.
void find_home(Run& run) {
  const plan::Exec& exec = run.plan.steps().back().exec;
  if ((exec.flags & plan::kFindHome) == 0) return;
  home_entry.clear();
  if (!read_home(exec.home_uid)) home_entry.add("HOME=/");
  run.home = home_entry.c_str();
}

// A directory that is not below the root has a name that does not begin with '/': "(unreachable)/..." (CVE-2024-21626).
Result<> check_directory(std::string_view path) {
  static std::array<char, 4096> name;
  const auto length = sys::getcwd(name);
  if (!length || *length == 0 || name[0] != '/') return fail(Trouble::outside_root, length.code(), path);
  return {};
}

}  // namespace

// As root first: the user may lack the right to search a directory on the way. Root may lack it too (a root-squashed network
// filesystem): then the user tries.
Result<> change_directory(Run& run, std::string_view path) {
  const auto changed = sys::chdir(path.data());
  if (changed.code() == kEacces || changed.code() == kEperm) {
    run.unreached_directory = path;
    run.unreached_step = run.step;
    return {};
  }
  if (!changed) return fail(Trouble::none, changed.code(), path);
  return check_directory(path);
}

Result<> retry_directory(Run& run) {
  if (run.unreached_directory.empty()) return {};
  const std::uint32_t step = std::exchange(run.step, run.unreached_step);  // the failure is that step's
  const std::string_view path = std::exchange(run.unreached_directory, {});
  TRY_ABOUT(Trouble::none, path, sys::chdir(path.data()));
  TRY(check_directory(path));
  run.step = step;
  return {};
}

bool waits_for_start(const Run& run) {
  for (const plan::Step& step : run.plan.steps())
    if (step.kind == plan::Kind::wait_for_start) return true;
  return false;
}

// A script whose interpreter is missing is create's error: engines show nothing of what `start` says. Without `create` execve(2)
// follows at once, and tells it as runc does. A file that may not be read is not looked into.
Result<> check_interpreter(const Run& run) {
  if (!waits_for_start(run)) return {};
  std::array<char, kFirstLine> bytes;
  const auto file = sys::openat(AT_FDCWD, run.program, O_RDONLY | O_NONBLOCK | O_NOCTTY);
  const auto got = file ? sys::read(file->get(), std::as_writable_bytes(std::span{bytes})) : sys::Result<std::size_t>(0);
  std::string_view line(bytes.data(), got.value_or(0));
  if (!line.starts_with("#!")) return {};
  line.remove_prefix(std::min(line.find_first_not_of(" \t", 2), line.size()));
  const std::size_t end = line.find_first_of(" \t\n");
  if (end == line.npos || end == 0) return {};  // cut off, or empty: execve(2) judges
  interpreter.add(line.substr(0, end));
  const int code = why_not(interpreter.c_str());
  if (code == kEnoent || code == kEnotdir) return fail(Trouble::none, code, interpreter.c_str());
  return {};
}

Result<> find_program(Run& run, const plan::FindProgram& program) {
  find_home(run);
  const std::string_view name = run.text(program.name);
  if (name.find('/') == name.npos) {
    const std::string_view search_path = program.search_path ? run.text(program.search_path) : kDefaultSearchPath;
    if (name.empty() || !find_in(search_path, name)) return fail(Trouble::not_found_in_path, kEnoent, name);
    run.program = found_path.c_str();
    return check_interpreter(run);
  }
  const int code = why_not(name.data());
  if (code == kEacces) return fail(Trouble::not_executable, code, name);
  if (code == kEisdir) return fail(Trouble::is_directory, code, name);
  if (code != 0) return fail(Trouble::none, code, name);
  run.program = name.data();
  return check_interpreter(run);
}

Result<> execute(Run& run, const plan::Exec& exec) {
  Strings strings;
  strings.add_all(run, exec.args);
  strings.end_arguments();
  strings.add_all(run, exec.env);
  if (run.home != nullptr) strings.add(run.home);
  if (!strings.fits()) return fail(Trouble::none, kE2big);
  // Dispositions outlive an exec when they ignore; caught ones fall back by themselves.
  for (int signal = 1; signal <= 64; ++signal) sys::reset_signal_disposition(signal);
  sys::set_signal_mask(0);
  // Ours are marked since the beginning; this is for what a step may have forgotten, and costs one call.
  (void)sys::close_range(3 + exec.preserved, ~0u, CLOSE_RANGE_CLOEXEC);
  const char* program = run.program != nullptr ? run.program : strings.arguments()[0];
  const sys::Errno failed = sys::execve(program, strings.arguments(), strings.environment());
  return fail(Trouble::none, failed.code, program);
}

}  // namespace init
