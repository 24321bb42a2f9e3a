#include "cli/signals.h"

#include <array>
#include <csignal>
#include <optional>
#include <string>

#include "cli/sizes.h"
#include "cli/text.h"
#include "support/text.h"

namespace cli {
namespace {

struct Signal {
  std::string_view name;
  int number = 0;
};
constexpr std::array kSignals{
    Signal{"ABRT", SIGABRT}, Signal{"ALRM", SIGALRM}, Signal{"BUS", SIGBUS},       Signal{"CHLD", SIGCHLD},
    Signal{"CLD", SIGCHLD},  Signal{"CONT", SIGCONT}, Signal{"FPE", SIGFPE},       Signal{"HUP", SIGHUP},
    Signal{"ILL", SIGILL},   Signal{"INT", SIGINT},   Signal{"IO", SIGIO},         Signal{"IOT", SIGABRT},
    Signal{"KILL", SIGKILL}, Signal{"PIPE", SIGPIPE}, Signal{"POLL", SIGIO},       Signal{"PROF", SIGPROF},
    Signal{"PWR", SIGPWR},   Signal{"QUIT", SIGQUIT}, Signal{"SEGV", SIGSEGV},     Signal{"STKFLT", SIGSTKFLT},
    Signal{"STOP", SIGSTOP}, Signal{"SYS", SIGSYS},   Signal{"TERM", SIGTERM},     Signal{"TRAP", SIGTRAP},
    Signal{"TSTP", SIGTSTP}, Signal{"TTIN", SIGTTIN}, Signal{"TTOU", SIGTTOU},     Signal{"URG", SIGURG},
    Signal{"USR1", SIGUSR1}, Signal{"USR2", SIGUSR2}, Signal{"VTALRM", SIGVTALRM}, Signal{"WINCH", SIGWINCH},
    Signal{"XCPU", SIGXCPU}, Signal{"XFSZ", SIGXFSZ},
};

// The C library keeps the kernel's first two real-time signals for itself: RTMIN is 34 for every program that a user knows.
constexpr int kRtMin = 34, kRtMax = 64;

std::optional<int> real_time(std::string_view name) {
  const bool from_min = name.starts_with("RTMIN");
  if (!from_min && !name.starts_with("RTMAX")) return {};
  const std::string_view offset = name.substr(5);
  if (offset.empty()) return from_min ? kRtMin : kRtMax;
  if (offset[0] != (from_min ? '+' : '-')) return {};
  const auto steps = text::parse_unsigned(offset.substr(1), kRtMax - kRtMin);
  if (!steps) return {};
  return from_min ? kRtMin + static_cast<int>(*steps) : kRtMax - static_cast<int>(*steps);
}

}  // namespace

Result<int> parse_signal(std::string_view word) {
  if (const auto number = parse_int(word); number && std::in_range<int>(*number)) return static_cast<int>(*number);
  std::string upper;
  for (const char c : word) upper += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  std::string_view name = upper;
  if (name.starts_with("SIG")) name.remove_prefix(3);
  for (const Signal& signal : kSignals)
    if (signal.name == name) return signal.number;
  if (const auto number = real_time(name)) return *number;
  return fail("unknown signal " + quoted(word));
}

}  // namespace cli
