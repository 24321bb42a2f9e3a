// Process: the runtime, on the host.
#include "container/trace.h"

#include <array>
#include <charconv>

#include "plan/compile.h"

namespace container {
namespace {

std::string hexadecimal(std::uint64_t number) {
  std::array<char, 16> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number, 16).ptr;
  return {digits.data(), end};
}

}  // namespace

void Trace::launched(const plan::Plan& plan, const Child& process, bool born_inside) const {
  if (!tell_) return;
  const std::string number = std::to_string(process.pid), made = plan::clone_flag_names(plan.clone_flags);
  tell_("nsexec container setup: init is process " + number + ", new namespaces: " + (made.empty() ? "none" : made));
  if (born_inside) tell_("using CLONE_INTO_CGROUP for process " + number);
  tell_("child process in init(): " + std::to_string(plan.view().steps().size()) + " steps to carry out");
  for (const plan::Step& step : plan.view().steps())
    if (step.kind == plan::Kind::load_seccomp) tell_("seccomp filter flags: " + std::to_string(step.seccomp.flags));
}

void Trace::affinity(int pid) const {
  if (!tell_) return;
  std::array<std::uint64_t, 128> mask{};  // 8192 processors, more than any kernel is built for
  if (sys::raw(__NR_sched_getaffinity, pid, sizeof mask, sys::address(mask.data())) < 0) return;
  std::size_t word = mask.size() - 1;
  while (word > 0 && mask[word] == 0) --word;
  std::string digits = hexadecimal(mask[word]);
  while (word-- > 0) {
    const std::string lower = hexadecimal(mask[word]);
    digits.append(16 - lower.size(), '0').append(lower);
  }
  tell_("nsexec container setup: affinity: 0x" + digits);
}

}  // namespace container
