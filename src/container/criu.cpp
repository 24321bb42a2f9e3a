// Process: the runtime, on the host, with the caller's rights; `become_criu` is the child's part until its exec.
#include "container/criu.h"

#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>

#include "container/files.h"
#include "sys/mount.h"
#include "sys/socket.h"

namespace container::criu {
namespace {

constexpr int kOldest = 31600;  // 3.16: restores with another LSM profile, external pid namespaces
constexpr std::size_t kMaxMessage = 64U << 10;
constexpr int kOurEnd = 3;  // the number that the socket has for criu

constexpr std::array<std::string_view, 11> kRequestNames{"EMPTY",         "DUMP",          "RESTORE", "CHECK",
                                                         "PRE_DUMP",      "PAGE_SERVER",   "NOTIFY",  "CPUINFO_DUMP",
                                                         "CPUINFO_CHECK", "FEATURE_CHECK", "VERSION"};

enum ResponseField : unsigned { kType = 1, kSuccess = 2, kNotify = 5, kErrno = 7, kFeatures = 8, kVersion = 10 };

struct Start {
  const char* path = nullptr;
  const char* const* argv = nullptr;
  std::span<const int> descriptors;  // become 3, 4, ...; all of them above those
  int mount_namespace = -1, root = -1;
  bool dies_with_us = false;
  volatile int error = 0;
  volatile int namespace_error = 0;
};

// setns(2) leads to the namespace's own "/", which is not ours where we run in a chroot.
int enter(int mount_namespace, int root) {
  if (const auto joined = sys::setns(mount_namespace, CLONE_NEWNS); !joined) return joined.code();
  if (const auto there = sys::fchdir(root); !there) return there.code();
  return sys::chroot(".").code();
}

void become_criu(void* argument) {
  auto& start = *static_cast<Start*>(argument);
  if (start.mount_namespace >= 0) start.namespace_error = enter(start.mount_namespace, start.root);
  if (start.namespace_error != 0) sys::exit_process(127);
  if (start.dies_with_us) (void)sys::prctl(PR_SET_PDEATHSIG, SIGKILL);
  int number = kOurEnd;
  for (const int fd : start.descriptors) (void)sys::dup3(fd, number++, 0);
  (void)sys::close_range(static_cast<unsigned>(number), ~0U, CLOSE_RANGE_CLOEXEC);
  for (const int signal : {SIGPIPE, SIGINT, SIGQUIT, SIGTERM, SIGCHLD, SIGHUP}) sys::reset_signal_disposition(signal);
  sys::set_signal_mask(0);
  start.error = sys::execve(start.path, start.argv, const_cast<const char* const*>(environ)).code;
  sys::exit_process(127);
}

struct Response {
  unsigned type = 0;
  bool success = false;
  int error = 0;
  Notification notification;
};

bool read_response(std::string_view bytes, Response& response) {
  std::string_view notification;
  const bool sound = protobuf::read(bytes, [&](const protobuf::Field& field) {
    switch (field.number) {
      case kType:
        response.type = static_cast<unsigned>(field.value);
        break;
      case kSuccess:
        response.success = field.value != 0;
        break;
      case kNotify:
        notification = field.bytes;
        break;
      case kErrno:
        response.error = static_cast<int>(field.value);
        break;
      default:
        break;
    }
  });
  return sound && protobuf::read(notification, [&](const protobuf::Field& field) {
           if (field.number == 1) response.notification.script = field.bytes;
           if (field.number == 2) response.notification.pid = static_cast<int>(field.value);
         });
}

std::unexpected<Error> refused(const Response& response) {
  const std::string name(response.type < kRequestNames.size() ? kRequestNames[response.type] : "?");
  return fail("criu failed: type " + name + " errno " + std::to_string(response.error));
}

Result<> send(int socket, const protobuf::Writer& message) {
  TRY_DOING("send a request to criu", sys::send_message(socket, message.bytes().data(), message.bytes().size()));
  return {};
}

}  // namespace

Session::~Session() { end_child(process_); }

Result<Session> Session::start(const Surroundings& surroundings) {
  const std::string path = find_host_program("criu");
  if (path.empty()) return fail("exec: \"criu\": executable file not found in $PATH");
  sys::UniqueFd ends[2];
  TRY_DOING("socketpair", sys::socketpair(SOCK_SEQPACKET, ends));
  // Copies above all numbers that they get in criu: no dup3 of the child steps on a descriptor that is still to be moved.
  const long above = kFirstPassed + static_cast<long>(surroundings.passed.size());
  std::vector<sys::UniqueFd> copies;
  std::vector<int> numbers;
  std::vector<int> sources{ends[1].get()};
  sources.insert(sources.end(), surroundings.passed.begin(), surroundings.passed.end());
  for (const int fd : sources) {
    copies.emplace_back(static_cast<int>(TRY_DOING("duplicate a descriptor", sys::fcntl(fd, F_DUPFD_CLOEXEC, above))));
    numbers.push_back(copies.back().get());
  }
  const char* const argv[] = {"criu", "swrk", "3", nullptr};
  Start start;
  start.path = path.c_str();
  start.argv = argv;
  start.descriptors = numbers;
  start.mount_namespace = surroundings.mount_namespace;
  start.root = surroundings.root;
  start.dies_with_us = surroundings.dies_with_us;
  Session session;
  auto child = clone_child(0, become_criu, &start);
  if (!child) return fail("start " + path, child.error());
  session.process_ = take(std::move(child));
  if (start.namespace_error != 0) return fail("enter criu's mount namespace", sys::Errno{start.namespace_error});
  if (start.error != 0) return fail("fork/exec " + path, sys::Errno{start.error});
  session.socket_ = std::move(ends[0]);
  return session;
}

Result<> Session::exchange(Request type, const protobuf::Writer* options, const Notify& notify, std::string* answer,
                           const protobuf::Writer* features) {
  protobuf::Writer request;
  request.number(1, static_cast<int>(type));
  if (options != nullptr) request.message(2, *options);
  if (features != nullptr) request.message(5, *features);
  TRY(send(socket_.get(), request));
  std::string buffer(kMaxMessage, '\0');
  Response response;
  for (;;) {
    auto received = TRY_DOING("hear from criu", sys::receive_message(socket_.get(), buffer.data(), buffer.size()));
    if (received.size == 0) return fail("criu failed: unexpected EOF");
    const std::string_view bytes(buffer.data(), received.size);
    response = {};
    if (!read_response(bytes, response)) return fail("criu failed: a message of its that is none");
    if (!response.success) return refused(response);
    if (response.type != static_cast<unsigned>(Request::notify)) {
      if (answer != nullptr) *answer = bytes;
      break;
    }
    response.notification.fd = std::move(received.fd);
    auto noticed = notify ? notify(std::move(response.notification)) : Result<>();
    protobuf::Writer reply;
    TRY(send(socket_.get(), reply.number(1, static_cast<int>(Request::notify)).number(3, noticed ? 1 : 0)));
    if (noticed) continue;
    // It undoes what it did before it goes.
    (void)sys::receive_message(socket_.get(), buffer.data(), buffer.size());
    return noticed;
  }
  socket_.reset();
  const sys::Exit exit = TRY_DOING("wait for criu", reap(process_));
  process_ = Child{};
  // After a pre-dump it waits for the dump that is to follow, and takes our silence for a failure.
  if (exit.exit_code() != 0 && (type == Request::dump || type == Request::restore))
    return fail("criu failed: exit status " + std::to_string(exit.exit_code()));
  return {};
}

Result<> check_version() {
  constexpr std::string_view kDoing = "CRIU version check failed";
  Session session = TRY_DOING(kDoing, Session::start());
  std::string response;
  TRY_DOING(kDoing, session.exchange(Request::version, nullptr, {}, &response));
  std::array<int, 5> parts{};  // 1 major, 2 minor, 4 sublevel
  (void)protobuf::read(response, [&](const protobuf::Field& field) {
    if (field.number == kVersion)
      (void)protobuf::read(field.bytes, [&](const protobuf::Field& part) {
        if (part.number < parts.size()) parts[part.number] = static_cast<int>(part.value);
      });
  });
  const int version = parts[1] * 10000 + parts[2] * 100 + parts[4];
  if (version < kOldest)
    return fail("CRIU version " + std::to_string(version) + " must be " + std::to_string(kOldest) + " or higher");
  return {};
}

Result<> check_feature(Feature feature) {
  constexpr std::string_view kDoing = "CRIU feature check failed";
  const auto number = static_cast<unsigned>(feature);
  Session session = TRY_DOING(kDoing, Session::start());
  protobuf::Writer asked;
  asked.number(number, 1);
  std::string response;
  TRY_DOING(kDoing, session.exchange(Request::feature_check, nullptr, {}, &response, &asked));
  bool there = false;
  (void)protobuf::read(response, [&](const protobuf::Field& field) {
    if (field.number == kFeatures)
      (void)protobuf::read(field.bytes,
                           [&](const protobuf::Field& part) { there = there || (part.number == number && part.value != 0); });
  });
  if (there) return {};
  return fail(std::string("criu is missing features: [") + (feature == Feature::memory_tracking ? "MemTrack" : "LazyPages") + ']');
}

namespace {
struct Word {
  std::string_view word;
  int number;
};
constexpr std::array kCgroupModes{Word{"", 6}, Word{"ignore", 0}, Word{"soft", 3}, Word{"full", 4},
                                  Word{"strict", 5}};  // criu_cg_mode
constexpr std::array kNetworkLocks{Word{"", 0}, Word{"iptables", 1}, Word{"nftables", 2},
                                   Word{"skip", 3}};  // criu_network_lock_method

Result<int> find_word(std::span<const Word> words, std::string_view word, std::string_view option) {
  for (const Word& entry : words)
    if (entry.word == word) return entry.number;
  return fail("invalid " + std::string(option) + " value");
}
}  // namespace

Result<int> cgroup_mode(std::string_view word) { return find_word(kCgroupModes, word, "manage-cgroups-mode"); }
Result<int> network_lock(std::string_view word) { return find_word(kNetworkLocks, word, "network-lock"); }

std::string last_errors(std::string_view log) {
  constexpr std::size_t kMost = 3, kLongest = 300;
  std::vector<std::string> lines;
  for (std::size_t begin = log.rfind("Error ("); begin != std::string_view::npos && lines.size() < kMost;
       begin = begin == 0 ? std::string_view::npos : log.rfind("Error (", begin - 1)) {
    const std::string_view line = log.substr(begin, log.find('\n', begin) - begin);
    // The very last one says that all has failed: that is known.
    if (line.find("FAILED") == std::string_view::npos) lines.emplace_back(line.substr(0, kLongest));
  }
  std::string text;
  for (auto line = lines.rbegin(); line != lines.rend(); ++line) (text += text.empty() ? "" : "; ") += *line;
  return text;
}

}  // namespace container::criu
