// init/seccomp.cpp. Process: init, confined. seccomp(2), seccomp_unotify(2).
#include "init/steps.h"
#include "sys/confine.h"

namespace init {
namespace {

constexpr unsigned kTsync = 1, kNewListener = 8, kTsyncEsrch = 16;  // SECCOMP_FILTER_FLAG_*
constexpr int kNoListener = -1;

// From the moment the filter holds, any call of ours may wait for a supervisor that has not got the listener yet: even sendmsg(2).
// So a second thread, made before the filter and thus without it, hands the descriptor out. It shares memory and descriptors, is
// told the number through a variable (no call needed), and leaves nothing to wait for.
struct Courier {
  alignas(16) unsigned char stack[8192];
  handshake::Report report;
  handshake::InitEnd* runtime;
  int listener;  // its number + 1; 0: not yet; kNoListener: there is none
  int sent;      // the errno of sending + 1; 0: not yet
};

int load(const int& value) { return __atomic_load_n(&value, __ATOMIC_ACQUIRE); }
void store(int& value, int to) { __atomic_store_n(&value, to, __ATOMIC_RELEASE); }

void carry(void* argument) {
  Courier& courier = *static_cast<Courier*>(argument);
  const sys::Timespec moment{0, 20'000};
  while (load(courier.listener) == 0) sys::raw(__NR_nanosleep, sys::address(&moment), 0);
  if (const int listener = load(courier.listener) - 1; listener >= 0) {
    courier.report.say = handshake::Say::listener;
    const auto sent = courier.runtime->send(courier.report, listener);
    sys::raw(__NR_close, listener);  // by us: the filter may ask about close(2) too
    store(courier.sent, sent.code() + 1);
  }
  for (;;) sys::raw(__NR_exit, 0);  // this thread alone
}

Result<> load_with_listener(Run& run, const void* filter, std::uint16_t count, unsigned flags) {
  static Courier courier;
  courier.runtime = &run.runtime;
  clone_args args{};
  args.flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM;
  args.stack = static_cast<std::uint64_t>(sys::address(courier.stack));
  args.stack_size = sizeof courier.stack;
  TRY(sys::clone3(args, carry, &courier));
  // Without TSYNC: the filter must not reach the courier, and there is no other thread.
  const auto loaded = sys::load_filter(filter, count, (flags & ~(kTsync | kTsyncEsrch)) | kNewListener);
  store(courier.listener, loaded ? static_cast<int>(*loaded) + 1 : kNoListener);
  if (!loaded) return fail(Trouble::none, loaded.code());
  while (load(courier.sent) == 0) {  // no call here either; it is a matter of microseconds
  }
  if (const int code = load(courier.sent) - 1; code != 0) return fail(Trouble::parent_gone, code);
  return {};
}

}  // namespace

Result<> load_seccomp(Run& run, const plan::LoadSeccomp& seccomp) {
  static_assert(sizeof(plan::Instruction) == 8);  // struct sock_filter
  const auto filter = run.plan.array<plan::Instruction>(seccomp.filter);
  if (filter.size() > 0xffff) return fail(Trouble::none, kEinval);  // as the kernel says from 4097 on
  const auto count = static_cast<std::uint16_t>(filter.size());
  if (seccomp.notify != 0) return load_with_listener(run, filter.data(), count, seccomp.flags);
  TRY(sys::load_filter(filter.data(), count, seccomp.flags));
  return {};
}

}  // namespace init
