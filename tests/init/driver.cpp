// tests/init/driver.cpp: runs init without the runtime. Each case writes a plan by hand, makes init as the runtime does (clone3,
// execveat of a memfd) over a busybox root in a temporary directory, holds the conversation and compares what comes out.
//
//   init-driver INIT BUSYBOX [CASE]     as root; exit status 0 = all cases passed
//   With EMULATOR=qemu-aarch64 in the environment INIT is of another architecture; the cases "damage" and "plain" can then be run.
#include <dirent.h>
#include <linux/filter.h>
#include <linux/memfd.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <sstream>
#include <string>
#include <thread>

#include "handshake/runtime_end.h"
#include "plan/builder.h"
#include "sys/mount.h"
#include "sys/process.h"

namespace {

using plan::Kind;
using plan::Stage;

std::string init_path, busybox_path, directory;
int failures = 0;

void check(bool good, const std::string& what, const std::string& seen = {}) {
  std::printf("  %s %s\n", good ? "ok  " : "FAIL", what.c_str());
  if (!good) ++failures, std::printf("       seen: %s\n", seen.c_str());
}

std::string read_file(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

void write_file(const std::string& path, const std::string& text) { std::ofstream(path) << text; }

std::string root() { return directory + "/rootfs"; }

void make_root() {
  char name[] = "/tmp/minc-init-test.XXXXXX";
  directory = mkdtemp(name);
  (void)chmod(name, 0755);
  const std::string commands =
      "cd " + directory +
      " && mkdir -p rootfs/bin rootfs/proc rootfs/dev rootfs/sys rootfs/etc rootfs/tmp rootfs/secret rootfs/up/sub" + " && cp " +
      busybox_path +
      " rootfs/bin/busybox && for a in sh cat ls echo id mount stat true sleep test touch mkdir cut grep wc env ifconfig stty tty; "
      "do ln -s busybox rootfs/bin/$a; done" +
      " && echo top > rootfs/secret/file && echo word > rootfs/up/sub/word && chmod 2750 rootfs/up/sub && ln -s sub/word "
      "rootfs/up/link" +
      " && echo root:x:0:0::/root:/bin/sh > rootfs/etc/passwd && echo user:x:1000:1000::/home/user:/bin/sh >> rootfs/etc/passwd";
  if (std::system(commands.c_str()) != 0) std::abort();
}

// What one run of init shows.
struct Outcome {
  std::string output;  // stdout and stderr
  handshake::Report failed{};
  bool has_failed = false;
  int status = -1;  // as waitid(2)'s si_status
  int code = 0;     // CLD_EXITED ...
  std::string detail() const { return {failed.detail.data(), failed.length}; }
};

struct Scenario {
  plan::Builder build;
  std::uint64_t flags = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWIPC;
  std::vector<std::pair<plan::Slot, int>> descriptors;
  std::function<void(sys::UniqueFd master)> on_terminal;
  std::function<void(sys::UniqueFd listener)> on_listener;
  std::function<void(int pid)> on_child;
  std::function<void(handshake::RuntimeEnd& channel)> last_word;  // instead of proceed, and then the channel is closed (create)
  std::function<void(int pid)> after_proceed;                     // the handshake has ended, init may still wait
  int preserved = 0;

  void give(plan::Slot slot, int fd) { descriptors.emplace_back(slot, fd); }

  void host_root(bool with_dev = true) {
    build.add(Kind::new_session);
    build.add(Kind::set_host_propagation).flags = MS_SLAVE | MS_REC;
    const auto slot = build.descriptor(plan::DescriptorKind::root_tree, root(), "", 2);
    const auto path = build.text(root());
    build.add(Kind::attach_root).attach_root = {slot, path, MS_SLAVE | MS_REC, 0};
    auto tree = sys::open_tree(AT_FDCWD, root().c_str(), OPEN_TREE_CLONE | AT_RECURSIVE);
    if (!tree) std::abort();
    mount_attr attributes{};
    attributes.propagation = MS_SLAVE;
    if (!sys::mount_setattr(tree->get(), "", AT_EMPTY_PATH | AT_RECURSIVE, attributes)) std::abort();
    give(slot, tree->release());
    filesystem("proc", "/proc", {}, plan::kOrdinaryDirectory);
    if (!with_dev) return;
    filesystem("tmpfs", "/dev", {{"mode", "755"}, {"size", "65536k"}}, 0, MOUNT_ATTR_NOSUID);
    filesystem("devpts", "/dev/pts", {{"newinstance", ""}, {"ptmxmode", "0666"}, {"mode", "0620"}}, 0);
    filesystem("tmpfs", "/dev/shm", {{"mode", "1777"}}, 0);
    const struct {
      const char* path;
      unsigned major, minor;
    } nodes[] = {{"/dev/null", 1, 3}, {"/dev/zero", 1, 5}, {"/dev/tty", 5, 0}};
    for (const auto& node : nodes) {
      const auto where = build.text(node.path);
      build.add(Kind::make_device).device = {where, S_IFCHR | 0666, 0, 0, node.major, node.minor};
    }
    link("pts/ptmx", "/dev/ptmx", plan::kReplace);
    link("/proc/self/fd", "/dev/fd", 0);
  }
  void filesystem(const char* type, const char* target, std::vector<std::pair<std::string, std::string>> options,
                  std::uint32_t flags_, std::uint32_t attributes = 0) {
    std::vector<plan::KeyValue> pairs;
    for (const auto& [key, value] : options) pairs.push_back({build.text(key), build.optional_text(value)});
    const auto range = build.array<plan::KeyValue>(pairs);
    const auto type_text = build.text(type), where = build.text(target);
    plan::Attributes set{};
    set.top_set = attributes;
    build.add(Kind::mount_filesystem).filesystem = {type_text, type_text, where, range, set, flags_};
  }
  void link(const char* target, const char* path, std::uint32_t flags_) {
    const auto to = build.text(target), where = build.text(path);
    build.add(Kind::make_symlink).symlink = {to, where, flags_};
  }
  void own_root() {
    build.add(Kind::enter_root).flags = 0;
    build.enter(Stage::own_root);
    build.add(Kind::reopen_null);
    build.add(Kind::set_umask).value = 022;
    const auto name = build.text("inside");
    build.add(Kind::set_hostname).text = name;
  }
  void readonly(const char* path) {
    const auto where = build.text(path);
    build.add(Kind::make_path_readonly).text = where;
  }
  void mask(const char* path, plan::Slot slot = -1) {
    const auto where = build.text(path);
    build.add(Kind::mask_path).mask_path = {where, slot, {}};
  }
  void confined(std::uint32_t uid, std::uint64_t capabilities, const std::string& program) {
    build.enter(Stage::confined);
    const auto slash = build.text("/"), name = build.text(program), search = build.text("/sbin:/bin");
    build.add(Kind::change_directory).text = slash;
    build.add(Kind::own_stdio).value = uid;
    build.add(Kind::drop_bounding).mask = capabilities;
    build.add(Kind::set_identity).identity = {uid, uid, {}, 0};
    build.add(Kind::set_capabilities).capabilities = {capabilities, capabilities, 0, 0};
    build.add(Kind::find_program).program = {name, search};
  }
  void proceed() { build.add(Kind::ask).ask = {plan::Tell::ready, plan::Await::proceed}; }
  void exec(const std::vector<std::string>& args, const std::vector<std::string>& env, std::uint32_t uid = 0) {
    const auto args_range = build.texts(args), env_range = build.texts(env);
    build.add(Kind::exec).exec = {args_range, env_range, uid, plan::kFindHome, static_cast<std::uint32_t>(preserved)};
  }
  void shell(const std::string& script) {
    confined(0, sys::capget()->permitted, "sh");
    proceed();
    exec({"sh", "-c", script}, {"PATH=/bin"});
  }
  Outcome run();
};

int executable_memfd() {
  const std::string program = read_file(init_path);
  const int fd = memfd_create("minc-oci:init", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (write(fd, program.data(), program.size()) != static_cast<ssize_t>(program.size())) std::abort();
  fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE);
  return fd;
}

// Instead of the kernel an emulator, when one is asked for. Returns when none is.
void execute_emulated(std::span<const char* const> argv) {
  const char* emulator = std::getenv("EMULATOR");
  if (emulator == nullptr) return;
  std::vector<const char*> words{emulator, init_path.c_str()};
  words.insert(words.end(), argv.begin() + 1, argv.end());
  execvp(emulator, const_cast<char**>(words.data()));
  _exit(98);
}

[[noreturn]] void become_init(int program, int image, int output, const std::vector<int>& kept, bool keep_capabilities) {
  dup2(output, 1);
  dup2(output, 2);
  for (const int fd : kept) fcntl(fd, F_SETFD, 0);
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, nullptr);
  if (keep_capabilities) {
    const auto rights = sys::capget()->permitted;
    (void)sys::capset({rights, rights, rights});
    for (int capability = 0; capability < 41; ++capability)
      if ((rights >> capability & 1) != 0) (void)sys::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability);
  }
  char number[12];
  std::snprintf(number, sizeof number, "%d", image);
  const char* argv[] = {"minc-oci", "init", number, nullptr};
  const char* envp[] = {nullptr};
  execute_emulated({argv, 4});
  syscall(SYS_execveat, program, "", argv, envp, AT_EMPTY_PATH);
  _exit(99);
}

Outcome Scenario::run() {
  auto image = build.finish();
  auto pair = handshake::make_pair();
  if (!pair) std::abort();
  plan::set_handshake(image, pair->init.get());
  for (const auto& [slot, fd] : descriptors) plan::set_descriptor(image, slot, fd);
  check(plan::View::check(image), "the plan is whole");
  const int plan_fd = memfd_create("minc-oci:plan", MFD_CLOEXEC);
  if (write(plan_fd, image.data(), image.size()) != static_cast<ssize_t>(image.size())) std::abort();
  const int program = executable_memfd();
  int pipe_ends[2];
  if (pipe2(pipe_ends, O_CLOEXEC) != 0) std::abort();
  std::vector<int> kept{pair->init.get(), plan_fd};
  for (const auto& [slot, fd] : descriptors) kept.push_back(fd);

  int pidfd = -1;
  clone_args args{};
  args.flags = flags | CLONE_PIDFD;
  args.pidfd = reinterpret_cast<std::uint64_t>(&pidfd);
  args.exit_signal = SIGCHLD;
  std::fflush(stdout);
  const long pid = syscall(SYS_clone3, &args, sizeof args);
  if (pid == 0) become_init(program, plan_fd, pipe_ends[1], kept, (flags & CLONE_NEWUSER) != 0);
  close(pipe_ends[1]), close(plan_fd), close(program);
  for (const auto& [slot, fd] : descriptors) close(fd);
  pair->init.reset();

  Outcome outcome;
  std::thread reader([&] {
    char buffer[4096];
    for (ssize_t got; (got = read(pipe_ends[0], buffer, sizeof buffer)) > 0;)
      outcome.output.append(buffer, static_cast<std::size_t>(got));
  });
  handshake::RuntimeEnd channel(std::move(pair->runtime));
  int final_pid = static_cast<int>(pid);
  if ((flags & CLONE_NEWUSER) != 0) {
    for (const char* map : {"uid_map", "gid_map"}) write_file("/proc/" + std::to_string(pid) + "/" + map, "0 0 65536\n");
    (void)channel.send(handshake::Word::id_maps_written);
  }
  static handshake::Report report;
  for (;;) {
    auto next = channel.receive(report);
    if (!next || next->ended) break;
    using handshake::Say;
    if (report.say == Say::failed) outcome.failed = report, outcome.has_failed = true;
    if (report.say == Say::mounted) (void)channel.send(handshake::Word::hooks_done);
    if (report.say == Say::terminal && on_terminal) on_terminal(std::move(next->fd));
    if (report.say == Say::listener && on_listener) on_listener(std::move(next->fd));
    if (report.say == Say::child) {
      waitid(P_PID, static_cast<id_t>(pid), nullptr, WEXITED);
      close(pidfd);
      pidfd = next->fd.release(), final_pid = report.number;
      if (on_child) on_child(final_pid);
    }
    if (report.say != Say::ready) continue;
    if (last_word) {
      last_word(channel);
      break;
    }
    (void)channel.send(handshake::Word::proceed);
  }
  channel.close();
  if (after_proceed) after_proceed(final_pid);
  const auto end = sys::waitid(P_PIDFD, pidfd, WEXITED);
  if (end) outcome.status = end->status, outcome.code = end->code;
  reader.join();
  close(pipe_ends[0]), close(pidfd);
  return outcome;
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

void hello() {
  Scenario scenario;
  scenario.host_root();
  scenario.own_root();
  const int null_tree = sys::open_tree(AT_FDCWD, "/dev/null", OPEN_TREE_CLONE)->release();
  mount_attr dressed{};
  dressed.attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC;
  if (!sys::mount_setattr(null_tree, "", AT_EMPTY_PATH, dressed)) std::abort();
  const auto null_slot = scenario.build.descriptor(plan::DescriptorKind::null_device, "/dev/null", "");
  scenario.give(null_slot, null_tree);
  scenario.readonly("/proc/sys");
  scenario.readonly("/missing");
  for (const char* path : {"/proc/kcore", "/proc/keys", "/secret", "/proc/scsi", "/missing/too", "/etc/passwd"})
    scenario.mask(path, null_slot);
  scenario.shell(
      "echo hello from $(cat /proc/sys/kernel/hostname) as pid $$; ls -l /dev/null /dev/ptmx; cat /etc/passwd | wc -c; ls -A "
      "/secret | wc -l;"
      "touch /secret/x 2>&1; echo x > /proc/sys/kernel/hostname; grep -c . /proc/self/mountinfo; ls /proc/self/fd; echo home "
      "$HOME; cat /proc/self/status;"
      "cut -d' ' -f5 /proc/self/mountinfo; echo still > /dev/null && echo written");
  const Outcome outcome = scenario.run();
  check(outcome.code == CLD_EXITED && outcome.status == 0, "it runs to its end",
        std::to_string(outcome.status) + " " + outcome.detail());
  check(has(outcome.output, "hello from inside as pid 1"), "hello from a container of its own", outcome.output);
  check(has(outcome.output, "/secret/x: Read-only file system"), "a masked directory is empty and read-only", outcome.output);
  check(has(outcome.output, "can't create /proc/sys/kernel/hostname: Read-only file system"), "a read-only path is",
        outcome.output);
  check(has(outcome.output, "\n0\n0\n"), "a masked file is empty, a masked directory too", outcome.output);
  check(has(outcome.output, "home /\n"), "HOME is / where passwd tells nothing", outcome.output);
  check(has(outcome.output, "SigBlk:\t0000000000000000") && has(outcome.output, "SigIgn:\t0000000000000000"),
        "no signal is blocked or ignored", outcome.output);
  check(!has(outcome.output, directory), "no mount of the host is left", outcome.output);
  check(has(outcome.output, "written"), "/dev/null works", outcome.output);
  if (std::getenv("SHOW") != nullptr) std::puts(outcome.output.c_str());
}

void user() {
  Scenario scenario;
  scenario.host_root();
  scenario.own_root();
  scenario.build.add(Kind::set_no_new_privs);
  scenario.confined(1000, std::uint64_t{1} << 10, "id");
  scenario.proceed();
  scenario.exec({"sh", "-c", "id; echo $HOME; grep -E '^(Cap|NoNew|Groups)' /proc/self/status"}, {"PATH=/bin"}, 1000);
  const Outcome outcome = scenario.run();
  // The program found is `id`, which knows nothing of -c: its words show that it, not args[0], was executed.
  check(outcome.code == CLD_EXITED, "it ends by itself", outcome.output);

  Scenario again;
  again.host_root();
  again.own_root();
  again.build.add(Kind::set_no_new_privs);
  again.confined(1000, std::uint64_t{1} << 10, "/bin/sh");
  again.proceed();
  again.exec({"sh", "-c", "id; echo $HOME; grep -E '^(Cap|NoNew|Groups)' /proc/self/status"}, {"PATH=/bin"}, 1000);
  const Outcome second = again.run();
  check(has(second.output, "uid=1000(user) gid=1000 groups=1000") || has(second.output, "uid=1000(user) gid=1000"),
        "it is the user", second.output);
  check(has(second.output, "/home/user"), "HOME is the user's", second.output);
  check(has(second.output, "CapBnd:\t0000000000000400"), "only the listed capability is left in the bounding set", second.output);
  check(has(second.output, "NoNewPrivs:\t1"), "no new privileges", second.output);
}

void failures_are_told() {
  {
    Scenario scenario;
    scenario.host_root();
    scenario.own_root();
    scenario.confined(0, 0, "nonesuch");
    scenario.proceed();
    scenario.exec({"nonesuch"}, {});
    const Outcome outcome = scenario.run();
    check(outcome.has_failed && outcome.failed.trouble == handshake::Trouble::not_found_in_path && outcome.detail() == "nonesuch",
          "a missing program", outcome.detail());
    check(outcome.status == 1, "exit status 1 after a failure", std::to_string(outcome.status));
  }
  {
    Scenario scenario;
    scenario.host_root();
    scenario.filesystem("tmpfs", "/tmp", {{"size", "many"}}, 0);
    scenario.own_root();
    scenario.shell("true");
    const Outcome outcome = scenario.run();
    check(
        outcome.has_failed && outcome.failed.trouble == handshake::Trouble::filesystem_option && has(outcome.detail(), "size=many"),
        "a bad option", outcome.detail());
    std::printf("       %s (errno %d, step %u)\n", outcome.detail().c_str(), outcome.failed.error, outcome.failed.step);
  }
  {
    Scenario scenario;
    write_file(root() + "/bin/text", "no program\n");
    (void)chmod((root() + "/bin/text").c_str(), 0755);
    scenario.host_root();
    scenario.own_root();
    scenario.confined(0, 0, "text");
    scenario.proceed();
    scenario.exec({"text"}, {});
    const Outcome outcome = scenario.run();
    check(outcome.has_failed && outcome.failed.error == ENOEXEC, "a program that cannot be executed is told after proceed",
          outcome.detail());
  }
  {
    std::system(("rm -rf " + root() + "/sys && ln -s /tmp " + root() + "/sys").c_str());
    Scenario scenario;
    scenario.host_root();
    scenario.filesystem("sysfs", "/sys", {}, plan::kOrdinaryDirectory);
    scenario.own_root();
    scenario.shell("true");
    const Outcome outcome = scenario.run();
    check(outcome.failed.trouble == handshake::Trouble::target_not_directory, "sysfs onto a symlink", outcome.detail());
    std::system(("rm -f " + root() + "/sys && mkdir " + root() + "/sys").c_str());
  }
}

// Binds onto missing targets, dangling links, links that point to the host.
void targets() {
  std::system(("cd " + directory +
               " && echo bound > source && ln -s /made/by/link rootfs/etc/dangling && ln -s ../../../../../../.." + directory +
               "/outside rootfs/etc/escape && ln -s loop rootfs/etc/loop")
                  .c_str());
  Scenario scenario;
  scenario.host_root();
  for (const char* target : {"/a/b/c/file", "/etc/dangling", "/etc/escape"}) {
    const auto from = scenario.build.text(directory + "/source"), to = scenario.build.text(target);
    scenario.build.add(Kind::mount_bind).bind = {-1, from, to, {}, 0, 0, 0};
  }
  scenario.filesystem("tmpfs", "/up", {}, plan::kInheritMode | plan::kCopyUp, MOUNT_ATTR_RDONLY);
  scenario.own_root();
  scenario.shell("cat /a/b/c/file /made/by/link " + directory +
                 "/outside; cat /up/link; stat -c %a /up/sub; touch /up/x 2>&1; grep ' /up ' /proc/self/mountinfo");
  const Outcome outcome = scenario.run();
  check(has(outcome.output, "bound\nbound\nbound\n"), "missing and dangling targets are made inside the root",
        outcome.output + outcome.detail());
  check(access((directory + "/outside").c_str(), F_OK) != 0, "nothing is made outside");
  check(has(outcome.output, "word\n2750\n"), "tmpcopyup copies content, links and modes", outcome.output);
  check(has(outcome.output, "Read-only file system"), "a read-only tmpfs is filled first", outcome.output);

  Scenario loop;
  loop.host_root();
  const auto from = loop.build.text(directory + "/source"), to = loop.build.text("/etc/loop");
  loop.build.add(Kind::mount_bind).bind = {-1, from, to, {}, 0, 0, 0};
  loop.own_root();
  loop.shell("true");
  const Outcome looped = loop.run();
  check(looped.failed.trouble == handshake::Trouble::target_not_found && looped.failed.error == ELOOP, "a loop of links",
        looped.detail());
}

void hooks() {
  const auto hook_step = [](Scenario& scenario, const std::string& script, int timeout) {
    const plan::Hook hook{scenario.build.text("/bin/sh"),
                          scenario.build.text("createContainer hook #0"),
                          scenario.build.texts({"sh", "-c", script}),
                          scenario.build.texts({"A=b"}),
                          timeout,
                          0};
    const auto range = scenario.build.array<plan::Hook>(std::span(&hook, 1));
    const auto before = scenario.build.text("{\"pid\":"),
               after = scenario.build.text(",\"pad\":\"" + std::string(200000, 'x') + "\"}");
    scenario.build.add(Kind::run_hooks).hooks = {range, before, after, -1, -1};
  };
  const auto outcome_of = [&](const std::string& script, int timeout) {
    Scenario scenario;
    scenario.host_root();
    hook_step(scenario, script, timeout);
    scenario.own_root();
    scenario.shell("echo after the hook");
    return scenario.run();
  };
  const std::string seen = directory + "/seen";
  Outcome outcome =
      outcome_of("x=$(head -c 9); echo \"$x $A $(env | wc -l) $(ls /proc/self/fd | wc -l)\" > " + seen + "; cat >/dev/null", 0);
  check(has(outcome.output, "after the hook"), "a good hook lets the container start", outcome.detail());
  check(has(read_file(seen), "{\"pid\":1,"), "the state has the pid inside", read_file(seen));
  outcome = outcome_of("exit 0", 0);
  check(has(outcome.output, "after the hook"), "a hook need not read its state", outcome.detail());
  outcome = outcome_of("echo it went wrong; exit 3", 0);
  check(outcome.failed.trouble == handshake::Trouble::hook_status && outcome.failed.number == 3, "the exit status is told",
        outcome.detail());
  check(outcome.detail() == "createContainer hook #0\nit went wrong\n", "so is the output", outcome.detail());
  outcome = outcome_of("kill -9 $$", 0);
  check(outcome.failed.trouble == handshake::Trouble::hook_signal && outcome.failed.number == 9, "so is a signal",
        outcome.detail());
  outcome = outcome_of("sleep 30 & wait", 1);
  check(outcome.failed.trouble == handshake::Trouble::hook_timeout && outcome.failed.number == 1, "a hook that takes too long",
        outcome.detail());
  outcome = outcome_of("sleep 30 & exit 0", 0);
  check(has(outcome.output, "after the hook"), "a child that holds the pipe is not waited for", outcome.detail());
}

struct Waiting {
  std::string fifo = directory + "/exec.fifo", answer = directory + "/exec.answer";
  int fifo_fd, answer_fd, reader;
  Waiting() {
    unlink(fifo.c_str()), unlink(answer.c_str());
    mkfifo(fifo.c_str(), 0600), mkfifo(answer.c_str(), 0600);
    reader = open(answer.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    answer_fd = open(answer.c_str(), O_RDWR | O_CLOEXEC);
  }
  void add(Scenario& scenario, int flags, const std::string& program) {
    fifo_fd = open(fifo.c_str(), flags | O_CLOEXEC);
    scenario.host_root();
    scenario.own_root();
    scenario.confined(0, 0, program);
    scenario.proceed();
    const auto first = scenario.build.descriptor(plan::DescriptorKind::exec_fifo, "", ""),
               second = scenario.build.descriptor(plan::DescriptorKind::answer_fifo, "", "");
    scenario.give(first, fifo_fd), scenario.give(second, answer_fd);
    scenario.build.add(Kind::wait_for_start).start = {first, second};
    scenario.exec({program, "started"}, {"PATH=/bin"});
    scenario.last_word = [](handshake::RuntimeEnd& channel) { (void)channel.send(handshake::Word::proceed); };
  }
};

std::string state_of(int pid) { return read_file("/proc/" + std::to_string(pid) + "/stat"); }

void waiting() {
  for (const int flags : {O_RDONLY | O_NONBLOCK, O_RDWR}) {
    Waiting waiting;
    Scenario scenario;
    waiting.add(scenario, flags, "echo");
    bool waited = false;
    scenario.after_proceed = [&](int pid) {
      int writer = -1;
      if (flags != O_RDWR) writer = open(waiting.fifo.c_str(), O_WRONLY), close(writer), usleep(50'000);
      waited = !state_of(pid).empty() && has(state_of(pid), "minc-oci");
      kill(pid, SIGUSR1);
      writer = open(waiting.fifo.c_str(), O_WRONLY);
      if (write(writer, "0", 1) != 1) std::abort();
      close(writer);
      fcntl(waiting.reader, F_SETFL, 0);
    };
    const Outcome outcome = scenario.run();
    check(waited, "a writer that says nothing does not start the container");
    check(has(outcome.output, "started"), "the byte does", outcome.output + outcome.detail());
    handshake::Report report;
    const auto answered = handshake::receive_answer(waiting.reader, report);
    check(answered && !*answered, "the answer ends without a record when exec happened");
    close(waiting.reader);
  }
  {
    Waiting waiting;
    Scenario scenario;
    waiting.add(scenario, O_RDWR, "text");
    scenario.after_proceed = [&](int) {
      const int writer = open(waiting.fifo.c_str(), O_WRONLY);
      if (write(writer, "0", 1) != 1) std::abort();
      close(writer);
      fcntl(waiting.reader, F_SETFL, 0);
    };
    (void)scenario.run();
    handshake::Report report;
    const auto answered = handshake::receive_answer(waiting.reader, report);
    check(answered && *answered && report.error == ENOEXEC, "a failed exec is in the answer", std::to_string(report.error));
    close(waiting.reader);
  }
  {
    Waiting waiting;
    Scenario scenario;
    waiting.add(scenario, O_RDWR, "echo");
    scenario.after_proceed = [&](int pid) { kill(pid, SIGTERM); };
    const Outcome outcome = scenario.run();
    check(outcome.status == 128 + SIGTERM, "a created container ends on SIGTERM, as with runc", std::to_string(outcome.status));
    close(waiting.reader);
  }
  {
    Waiting waiting;
    Scenario scenario;
    waiting.add(scenario, O_RDWR, "echo");
    scenario.last_word = [](handshake::RuntimeEnd&) {};
    const Outcome outcome = scenario.run();
    check(outcome.code == CLD_EXITED && outcome.status == 1, "a runtime that ends without its last word has created nothing",
          std::to_string(outcome.status));
    close(waiting.reader);
  }
  {
    Waiting waiting;
    Scenario scenario;
    waiting.add(scenario, O_RDWR, "echo");
    std::string reader_of_word;
    scenario.last_word = [&](handshake::RuntimeEnd& channel) {
      (void)channel.send(handshake::Word::proceed);
      const int writer = open(waiting.fifo.c_str(), O_WRONLY);
      if (write(writer, "0", 1) != 1) std::abort();
      close(writer);
      usleep(100'000);
      pollfd fifo{waiting.fifo_fd, POLLIN, 0};
      reader_of_word = poll(&fifo, 1, 0) == 1 ? "waits" : "has gone on";
    };
    waiting.fifo_fd = open(waiting.fifo.c_str(), O_RDWR | O_CLOEXEC);
    const Outcome outcome = scenario.run();
    check(reader_of_word == "waits", "the word alone does not release init: the runtime can still be killed", reader_of_word);
    check(has(outcome.output, "started"), "its end does", outcome.output + outcome.detail());
    close(waiting.fifo_fd);
    close(waiting.reader);
  }
}

void terminal() {
  Scenario scenario;
  scenario.host_root();
  scenario.build.add(Kind::enter_root).flags = 0;
  scenario.build.enter(Stage::own_root);
  scenario.build.add(Kind::open_terminal).terminal = {24, 81, 0, plan::kBindConsole};
  scenario.confined(0, sys::capget()->permitted, "sh");
  scenario.proceed();
  scenario.exec({"sh", "-c", "stty size; tty; echo to console > /dev/console; stat -c %t:%T /dev/console /dev/pts/0"},
                {"PATH=/bin"});
  sys::UniqueFd master;
  scenario.on_terminal = [&](sys::UniqueFd fd) { master = std::move(fd); };
  const Outcome outcome = scenario.run();
  std::string text;
  char buffer[1024];
  for (ssize_t got; (got = read(master.get(), buffer, sizeof buffer)) > 0;) text.append(buffer, static_cast<std::size_t>(got));
  check(has(text, "24 81") && has(text, "/dev/pts/0") && has(text, "to console"), "the pty is the terminal and the console",
        text + outcome.detail());
}

void forked() {
  Scenario scenario;
  scenario.flags = CLONE_NEWNS | CLONE_NEWUTS;
  scenario.build.add(Kind::set_oom_score).value = 500;
  scenario.build.add(Kind::unshare).flags = CLONE_NEWPID | CLONE_NEWTIME | CLONE_NEWNET;
  const auto lines = scenario.build.text("boottime 86400000 0\n");
  scenario.build.add(Kind::set_time_offsets).text = lines;
  scenario.build.add(Kind::fork_inside);
  const auto name = scenario.build.text("_ses.test");
  scenario.build.add(Kind::join_keyring).keyring = {name, 8, {}};
  scenario.build.add(Kind::bring_up_loopback);
  scenario.host_root();
  scenario.own_root();
  const auto path = scenario.build.text("net/ipv4/ip_forward"), one = scenario.build.text("1");
  scenario.build.add(Kind::write_sysctl).sysctl = {path, one};
  scenario.shell("echo pid $$; cut -d. -f1 /proc/uptime; cat /proc/self/oom_score_adj /proc/sys/net/ipv4/ip_forward; ifconfig lo");
  int child = 0;
  scenario.on_child = [&](int pid) { child = pid; };
  const Outcome outcome = scenario.run();
  check(child > 1, "the child is reported with its pid outside", std::to_string(child));
  check(has(outcome.output, "pid 1\n864"), "it is pid 1 in the new time namespace", outcome.output + outcome.detail());
  check(has(outcome.output, "500\n1\n"), "the oom score and the sysctl are set", outcome.output);
  check(has(outcome.output, "UP LOOPBACK RUNNING"), "lo is up", outcome.output);
}

// A filter that hands sendmsg, close and mkdir to a supervisor: init itself must get past it, and the program be answered.
void notify() {
  const auto match = [](unsigned number, std::uint8_t to) { return plan::Instruction{BPF_JMP | BPF_JEQ | BPF_K, to, 0, number}; };
  const plan::Instruction filter[] = {{BPF_LD | BPF_W | BPF_ABS, 0, 0, 0},
                                      match(SYS_mkdirat, 3),
                                      match(SYS_sendmsg, 2),
                                      match(83 /* mkdir */, 1),
                                      {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW},
                                      {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_USER_NOTIF}};
  Scenario scenario;
  scenario.host_root();
  scenario.own_root();
  scenario.build.add(Kind::set_no_new_privs);
  scenario.confined(0, 0, "mkdir");
  const auto range = scenario.build.array<plan::Instruction>(filter);
  scenario.build.add(Kind::load_seccomp).seccomp = {range, SECCOMP_FILTER_FLAG_TSYNC, 1};
  scenario.proceed();
  scenario.exec({"mkdir", "/never"}, {"PATH=/bin"});
  std::thread supervisor;
  scenario.on_listener = [&](sys::UniqueFd listener) {
    supervisor = std::thread([fd = listener.release()] {
      for (pollfd entry{fd, POLLIN, 0}; poll(&entry, 1, 5000) > 0 && (entry.revents & POLLIN) != 0;) {
        seccomp_notif request{};
        seccomp_notif_resp response{};
        if (ioctl(fd, SECCOMP_IOCTL_NOTIF_RECV, &request) != 0) break;
        response.id = request.id;
        if (request.data.nr == SYS_sendmsg)
          response.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
        else
          response.error = -EXDEV;
        ioctl(fd, SECCOMP_IOCTL_NOTIF_SEND, &response);
      }
      close(fd);
    });
  };
  const Outcome outcome = scenario.run();
  if (supervisor.joinable()) supervisor.join();
  check(has(outcome.output, "Invalid cross-device link"), "the supervisor answers the program's call",
        outcome.output + outcome.detail());
}

// A new user namespace: init is root in it once its ids are mapped; the trees that the runtime opened outside can be attached,
// devices come by bind.
void user_namespace() {
  Scenario scenario;
  scenario.flags |= CLONE_NEWUSER | CLONE_NEWNET;
  scenario.build.add(Kind::ask).ask = {plan::Tell::nothing, plan::Await::id_maps_written};
  scenario.build.add(Kind::become_root);
  scenario.build.add(Kind::set_oom_score).value = 700;
  scenario.host_root(false);
  scenario.filesystem("tmpfs", "/dev", {}, 0);
  const auto null = scenario.build.text("/dev/null");
  scenario.build.add(Kind::mount_bind).bind = {-1, null, null, {}, plan::kFromDevice, 1, 3};
  const auto tree_slot =
      scenario.build.descriptor(plan::DescriptorKind::bind_tree, directory + "/source", "", scenario.build.next_step());
  scenario.give(tree_slot, sys::open_tree(AT_FDCWD, (directory + "/source").c_str(), OPEN_TREE_CLONE)->release());
  const auto target = scenario.build.text("/given");
  scenario.build.add(Kind::mount_bind).bind = {tree_slot, target, target, {}, 0, 0, 0};
  scenario.filesystem("sysfs", "/sys", {}, plan::kOrdinaryDirectory, MOUNT_ATTR_RDONLY);
  scenario.own_root();
  const auto path = scenario.build.text("net/ipv4/ip_forward"), one = scenario.build.text("1");
  scenario.build.add(Kind::write_sysctl).sysctl = {path, one};
  scenario.readonly("/proc/sys");
  scenario.mask("/secret/file");
  scenario.mask("/proc/keys");
  scenario.shell(
      "cat /secret/file /proc/keys | wc -c; echo x > /dev/null; echo null $?; cat /given /proc/self/uid_map "
      "/proc/self/oom_score_adj; cat /proc/sys/net/ipv4/ip_forward");
  std::system(("echo given > " + directory + "/source").c_str());
  const Outcome outcome = scenario.run();
  check(has(outcome.output, "0\nnull 0\n"), "masks and devices without the runtime's descriptors",
        outcome.output + outcome.detail() + " " + std::to_string(outcome.failed.step) + " " + std::to_string(outcome.failed.error));
  check(has(outcome.output, "given\n"), "a tree from outside is attached", outcome.output);
  check(has(outcome.output, "700\n1\n"), "the oom score is set although nobody may look at init; a sysctl of the new network",
        outcome.output);
}

// As exec does it: all namespaces by a pidfd, then a child born inside, with a terminal of the container's own.
void joined() {
  Scenario first;
  first.host_root();
  first.own_root();
  first.shell("echo up; exec sleep 60");
  Outcome inside;
  std::string typed;
  first.after_proceed = [&](int pid) {
    usleep(100'000);  // until the program runs, not init
    Scenario second;
    second.flags = 0;
    const auto slot = second.build.descriptor(plan::DescriptorKind::container, "", "");
    second.give(slot, sys::pidfd_open(pid)->release());
    second.build.add(Kind::join_namespace).join = {slot, CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWIPC, plan::kByPidfd};
    second.build.add(Kind::fork_inside);
    second.build.add(Kind::new_session);
    second.build.enter(Stage::own_root);
    second.build.add(Kind::open_terminal).terminal = {0, 0, 1000, 0};
    second.confined(1000, 0, "sh");
    second.proceed();
    second.exec(
        {"sh", "-c", "echo joined $(cat /proc/sys/kernel/hostname) $$; tty; ls /proc/self/fd; stat -c %u $(tty); echo $HOME"},
        {"PATH=/bin"}, 1000);
    sys::UniqueFd master;
    second.on_terminal = [&](sys::UniqueFd fd) { master = std::move(fd); };
    inside = second.run();
    char buffer[1024];
    for (ssize_t got; (got = read(master.get(), buffer, sizeof buffer)) > 0;) typed.append(buffer, static_cast<std::size_t>(got));
    kill(pid, SIGKILL);
  };
  const Outcome outcome = first.run();
  check(has(outcome.output, "up"), "the container runs", outcome.output + outcome.detail());
  check(has(typed, "joined inside ") && has(typed, "/dev/pts/0"), "a second process is in it, on a terminal of its devpts",
        typed + inside.output + inside.detail());
  check(has(typed, "0  1  2  3\r\n1000"), "it has no descriptor of ours, and owns its terminal", typed);
  check(has(typed, "/home/user"), "its HOME is the container's", typed);
}

// --no-pivot: the root is moved over "/", and the host's proc and sysfs go.
void no_pivot() {
  Scenario scenario;
  scenario.host_root();
  scenario.build.add(Kind::enter_root).flags = plan::kNoPivot;
  scenario.build.enter(Stage::own_root);
  scenario.mask("/secret");
  scenario.shell("echo moved; ls /; grep -c . /proc/self/mountinfo; grep -E ' (proc|sysfs) ' /proc/self/mountinfo");
  const Outcome outcome = scenario.run();
  check(has(outcome.output, "moved") && has(outcome.output, "secret"), "the container's root is \"/\"",
        outcome.output + outcome.detail());
  std::size_t kernel_mounts = 0;
  for (std::size_t at = 0; (at = outcome.output.find(" - proc ", at)) != std::string::npos; ++at) ++kernel_mounts;
  check(kernel_mounts == 1 && !has(outcome.output, " - sysfs "), "only its own proc is left", outcome.output);
}

// Nothing that needs rights: the conversation, the walk through the plan, exec.
void plain() {
  Scenario scenario;
  scenario.flags = 0;
  scenario.build.add(Kind::new_session);
  scenario.build.enter(Stage::own_root);
  const auto where = scenario.build.text(directory + "/by/init");
  const bool emulated = std::getenv("EMULATOR") != nullptr;  // qemu-user knows no openat2(2)
  if (!emulated) scenario.build.add(Kind::make_directory).directory = {where, 0755};
  scenario.build.enter(Stage::confined);
  const auto slash = scenario.build.text("/"), name = scenario.build.text("echo"),
             search = scenario.build.text("/nowhere:" + root() + "/bin");
  scenario.build.add(Kind::change_directory).text = slash;
  scenario.build.add(Kind::find_program).program = {name, search};
  scenario.proceed();
  scenario.exec({"echo", "plain words"}, {});
  const Outcome outcome = scenario.run();
  check(has(outcome.output, "plain words"), "the program runs",
        outcome.output + outcome.detail() + " " + std::to_string(outcome.failed.step));
  if (!emulated) check(access((directory + "/by/init").c_str(), F_OK) == 0, "a directory is made");
}

void damage() {
  const int program = executable_memfd();
  const auto status_with = [&](const std::vector<const char*>& arguments, int fd) {
    std::fflush(stdout);
    const pid_t pid = fork();
    if (pid == 0) {
      if (fd >= 0) dup2(fd, 9);
      const char* envp[] = {nullptr};
      execute_emulated(arguments);
      syscall(SYS_execveat, program, "", arguments.data(), envp, AT_EMPTY_PATH);
      _exit(99);
    }
    int status = 0;
    waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
  };
  const int junk = memfd_create("junk", MFD_CLOEXEC);
  if (ftruncate(junk, 8192) != 0) std::abort();
  check(status_with({"minc-oci", "init", "9", nullptr}, junk) == 125, "a page of zeros is no plan");
  check(status_with({"minc-oci", nullptr}, -1) == 125, "no arguments");
  check(status_with({"minc-oci", "init", "77777", nullptr}, -1) == 125, "no such descriptor");
  check(status_with({"minc-oci", "init", "-1", nullptr}, -1) == 125, "no number");
  close(junk), close(program);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return std::fputs("usage: init-driver INIT BUSYBOX [CASE]\n", stderr), 2;
  init_path = argv[1], busybox_path = argv[2];
  const std::string wanted = argc > 3 ? argv[3] : "";
  const std::pair<const char*, void (*)()> cases[] = {{"damage", damage},
                                                      {"plain", plain},
                                                      {"hello", hello},
                                                      {"user", user},
                                                      {"failures", failures_are_told},
                                                      {"targets", targets},
                                                      {"hooks", hooks},
                                                      {"waiting", waiting},
                                                      {"terminal", terminal},
                                                      {"forked", forked},
                                                      {"notify", notify},
                                                      {"user namespace", user_namespace},
                                                      {"joined", joined},
                                                      {"no pivot", no_pivot}};
  make_root();
  for (const auto& [name, body] : cases) {
    if (!wanted.empty() && wanted != name) continue;
    std::printf("%s\n", name);
    body();
  }
  std::system(("rm -rf " + directory).c_str());
  std::printf("%d failed\n", failures);
  return failures == 0 ? 0 : 1;
}
