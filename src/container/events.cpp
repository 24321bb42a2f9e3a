// Process: the runtime, on the host, with the caller's rights. Only looks: no lock is taken, nothing is written.
#include <algorithm>
#include <ctime>

#include "container/container.h"
#include "sys/process.h"

namespace container {
namespace {

constexpr short kReadable = 1;   // POLLIN
constexpr int kInterrupted = 4;  // EINTR

std::int64_t now_ns() {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

Result<State> load_live(const Context& context, const std::string& id) {
  const Store store(context.root);
  const Entry entry = TRY(store.open(id));
  State state = TRY(store.load(entry));
  const Status status = TRY(status_of(entry, state));
  if (status == Status::stopped || status == Status::creating) return fail("container with id " + id + " is not running");
  return state;
}

Result<cgroup::Statistics> statistics_of(const cgroup::Group& group) {
  return TRY_DOING("unable to get container cgroup stats", cgroup::read_statistics(group));
}

// What one caller of `events` waits for.
class Vigil {
 public:
  Vigil(const State& state, std::int64_t interval_ns, const Listen& listen)
      : state_(state), listen_(listen), interval_(interval_ns), next_(later(now_ns(), interval_ns)) {}

  Result<> keep() {
    watch_ = TRY(cgroup::MemoryWatch::open(state_.cgroup));
    // When the first process is gone the rest may be as well; v1's groups stay silent about that.
    if (auto init = open_process(state_.init)) init_ = *std::move(init);
    for (;;) {
      const cgroup::MemoryWatch::News news = TRY(watch_.next());
      for (unsigned each = 0; each < news.out_of_memory; ++each) TRY(listen_(Event{Event::Kind::oom, {}}));
      if (news.ended) return {};
      if (first_process_ended_) {
        const auto left = TRY(cgroup::processes(state_.cgroup));
        if (left.empty()) return {};
        init_.reset();  // others go on: the clock asks for them
      }
      TRY(wait());
      if (now_ns() < next_) continue;
      next_ = later(now_ns(), interval_);
      auto statistics = TRY(statistics_of(state_.cgroup));
      TRY(listen_(Event{Event::Kind::statistics, std::move(statistics)}));
    }
  }

 private:
  static std::int64_t later(std::int64_t now, std::int64_t interval) {
    std::int64_t sum = 0;
    return __builtin_add_overflow(now, interval, &sum) ? INT64_MAX : sum;
  }

  Result<> wait() {
    constexpr std::int64_t kMillisecond = 1'000'000, kLongest = 1'000'000'000;  // of poll(2), in milliseconds
    const std::int64_t left = std::clamp<std::int64_t>((next_ - now_ns() + kMillisecond - 1) / kMillisecond, 0, kLongest);
    sys::PollEntry entries[] = {{watch_.descriptor(), kReadable, 0}, {init_.get(), kReadable, 0}};  // a negative one is passed over
    const auto woken = sys::poll(entries, static_cast<int>(left));
    if (!woken && woken.error().code != kInterrupted) return fail("poll", woken.error());
    first_process_ended_ = first_process_ended_ || entries[1].returned != 0;
    return {};
  }

  const State& state_;
  const Listen& listen_;
  std::int64_t interval_, next_;
  cgroup::MemoryWatch watch_;
  sys::UniqueFd init_;
  bool first_process_ended_ = false;
};

}  // namespace

Result<cgroup::Statistics> statistics(const Context& context, const std::string& id) {
  const State state = TRY(load_live(context, id));
  return statistics_of(state.cgroup);
}

Result<> events(const Context& context, const std::string& id, std::int64_t interval_ns, const Listen& listen) {
  const State state = TRY(load_live(context, id));
  if (state.rootless) context.warn("getting OOM notifications may fail if you don't have the full access to cgroups");
  return Vigil(state, interval_ns, listen).keep();
}

}  // namespace container
