// floor: what the default spec costs when nothing is decided at run time. It gives /bin/true in BUNDLE/rootfs all that the
// config.json of `runc spec` promises (terminal false), with the fewest system calls known to us, and keeps the least state that
// a runtime must keep. Everything is written down here already: no parsing, no checks, no error texts, no hand-shake. The
// distance between a runtime and this program is the price of being a runtime. README.md explains each choice.
//
//     floor run STATE_ROOT BUNDLE ID        floor --version
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/mount.h>
#include <linux/sched.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define MUST(call)                                              \
  do {                                                          \
    if ((call) < 0) {                                           \
      dprintf(2, "floor:%d: %s: %m\n", __LINE__, #call);        \
      _exit(111);                                               \
    }                                                           \
  } while (0)

enum { kMaxHierarchies = 24 };

static const char* state_root;
static const char* bundle;
static const char* id;
static int hierarchy_count;
static char hierarchies[kMaxHierarchies][64];  // directory names below /sys/fs/cgroup
static int procs[kMaxHierarchies];             // open cgroup.procs, close-on-exec

// Four rotating buffers: no allocation, and short-lived names only.
static const char* text(const char* format, ...) {
  static char buffers[4][512];
  static int next;
  char* buffer = buffers[next++ & 3];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(buffer, sizeof buffers[0], format, arguments);
  va_end(arguments);
  return buffer;
}

static void put(const char* path, const char* value) {
  int fd;
  MUST(fd = open(path, O_WRONLY | O_CLOEXEC));
  MUST(write(fd, value, strlen(value)));
}  // not closed: the end of the process does it for nothing

// ---- cgroups (v1) ------------------------------------------------------------------------------------------------------

static void read_hierarchies(void) {
  char all[4096];
  int fd;
  ssize_t size;
  MUST(fd = open("/proc/self/cgroup", O_RDONLY | O_CLOEXEC));
  MUST(size = read(fd, all, sizeof all - 1));
  all[size] = '\0';
  for (char* line = strtok(all, "\n"); line != NULL && hierarchy_count < kMaxHierarchies; line = strtok(NULL, "\n")) {
    char* name = strchr(line, ':') + 1;
    *strchr(name, ':') = '\0';
    if (*name == '\0') continue;  // the cgroup2 of a hybrid host: unmounted for the benchmark
    if (strncmp(name, "name=", 5) == 0) name += 5;
    strncpy(hierarchies[hierarchy_count++], name, sizeof hierarchies[0] - 1);
  }
}

static void allow_devices(const char* group) {
  static const char* const rules[] = {"c *:* m",   "b *:* m",   "c 1:3 rwm", "c 1:5 rwm", "c 1:7 rwm",   "c 1:8 rwm",
                                      "c 1:9 rwm", "c 5:0 rwm", "c 5:2 rwm", "c 136:* rwm"};
  put(text("%s/devices.deny", group), "a");
  int fd;
  MUST(fd = open(text("%s/devices.allow", group), O_WRONLY | O_CLOEXEC));
  for (size_t i = 0; i < COUNT(rules); ++i) MUST(write(fd, rules[i], strlen(rules[i])));
}

static void copy_cpuset(const char* group) {  // a new cpuset is empty, and nobody may join an empty one
  static const char* const files[] = {"cpuset.cpus", "cpuset.mems"};
  for (size_t i = 0; i < COUNT(files); ++i) {
    char value[256];
    int fd;
    ssize_t size;
    MUST(fd = open(text("/sys/fs/cgroup/cpuset/%s", files[i]), O_RDONLY | O_CLOEXEC));
    MUST(size = read(fd, value, sizeof value - 1));
    value[size] = '\0';
    put(text("%s/%s", group, files[i]), value);
  }
}

static void make_cgroups(void) {
  for (int i = 0; i < hierarchy_count; ++i) {
    char group[256];
    snprintf(group, sizeof group, "/sys/fs/cgroup/%s/%s", hierarchies[i], id);
    MUST(mkdir(group, 0755));
    if (strcmp(hierarchies[i], "devices") == 0) allow_devices(group);
    if (strcmp(hierarchies[i], "cpuset") == 0) copy_cpuset(group);
    MUST(procs[i] = open(text("%s/cgroup.procs", group), O_WRONLY | O_CLOEXEC));
  }
}

static void remove_cgroups(void) {
  for (int i = 0; i < hierarchy_count; ++i) MUST(rmdir(text("/sys/fs/cgroup/%s/%s", hierarchies[i], id)));
}

// ---- state -------------------------------------------------------------------------------------------------------------

static void save_state(const char* status) {
  const char* temporary = text("%s/%s/state.tmp", state_root, id);
  const char* content = text("{\"ociVersion\":\"1.2.0\",\"id\":\"%s\",\"status\":\"%s\",\"bundle\":\"%s\"}", id, status, bundle);
  int fd;
  MUST(fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  MUST(write(fd, content, strlen(content)));
  MUST(rename(temporary, text("%s/%s/state.json", state_root, id)));
}

static void make_state(void) {
  static char config[65536];
  int fd;
  MUST(fd = open(text("%s/config.json", bundle), O_RDONLY | O_CLOEXEC));
  MUST(read(fd, config, sizeof config));
  MUST(mkdir(text("%s/%s", state_root, id), 0711));
  MUST(mknod(text("%s/%s/exec.fifo", state_root, id), S_IFIFO | 0622, 0));
  save_state("creating");
}

static void remove_state(void) {
  MUST(unlink(text("%s/%s/exec.fifo", state_root, id)));
  MUST(unlink(text("%s/%s/state.json", state_root, id)));
  MUST(rmdir(text("%s/%s", state_root, id)));
}

// ---- the container's process; its working directory is the rootfs from build_mounts on -----------------------------------

static void build_mounts(void) {
  const unsigned long quiet = MS_NOSUID | MS_NODEV | MS_NOEXEC;
  const char* rootfs = text("%s/rootfs", bundle);
  MUST(mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL));
  MUST(mount(rootfs, rootfs, NULL, MS_BIND | MS_REC, NULL));
  MUST(chdir(rootfs));
  MUST(mount("proc", "proc", "proc", 0, NULL));
  MUST(mount("tmpfs", "dev", "tmpfs", MS_NOSUID | MS_STRICTATIME, "mode=755,size=65536k"));
  MUST(mkdir("dev/pts", 0755));
  MUST(mount("devpts", "dev/pts", "devpts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620,gid=5"));
  MUST(mkdir("dev/shm", 0755));
  MUST(mount("shm", "dev/shm", "tmpfs", quiet, "mode=1777,size=65536k"));
  MUST(mkdir("dev/mqueue", 0755));
  MUST(mount("mqueue", "dev/mqueue", "mqueue", quiet, NULL));
  MUST(mount("sysfs", "sys", "sysfs", quiet | MS_RDONLY, NULL));
}

static void mount_cgroups(void) {
  MUST(mount("tmpfs", "sys/fs/cgroup", "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=755"));
  for (int i = 0; i < hierarchy_count; ++i) {
    const char* target = text("sys/fs/cgroup/%s", hierarchies[i]);
    MUST(mkdir(target, 0755));
    MUST(mount(text("/sys/fs/cgroup/%s/%s", hierarchies[i], id), target, NULL, MS_BIND, NULL));
  }
  struct mount_attr readonly = {.attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC};
  MUST(syscall(SYS_mount_setattr, AT_FDCWD, "sys/fs/cgroup", AT_RECURSIVE, &readonly, sizeof readonly));  // all of them at once
}

static void make_devices(void) {
  static const struct {
    const char* path;
    unsigned minor_number, major_number;
  } devices[] = {{"dev/null", 3, 1},   {"dev/zero", 5, 1},    {"dev/full", 7, 1},
                 {"dev/random", 8, 1}, {"dev/urandom", 9, 1}, {"dev/tty", 0, 5}};
  static const struct {
    const char *target, *path;
  } links[] = {{"pts/ptmx", "dev/ptmx"},           {"/proc/self/fd", "dev/fd"},       {"/proc/self/fd/0", "dev/stdin"},
               {"/proc/self/fd/1", "dev/stdout"},  {"/proc/self/fd/2", "dev/stderr"}, {"/proc/kcore", "dev/core"}};
  umask(0);  // instead of a chmod for each
  for (size_t i = 0; i < COUNT(devices); ++i)
    MUST(mknod(devices[i].path, S_IFCHR | 0666, makedev(devices[i].major_number, devices[i].minor_number)));
  umask(022);
  for (size_t i = 0; i < COUNT(links); ++i) MUST(symlink(links[i].target, links[i].path));
}

static void hide_paths(void) {
  static const char* const masked[] = {"proc/acpi",       "proc/asound",      "proc/kcore",       "proc/keys",    "proc/latency_stats",
                                       "proc/timer_list", "proc/timer_stats", "proc/sched_debug", "sys/firmware", "proc/scsi"};
  static const char* const readonly[] = {"bus", "fs", "irq", "sys", "sysrq-trigger"};
  // A bind takes the flags of the mount that it copies: one read-only proc outside of the root serves all five, where a bind and
  // a remount for each would be ten calls.
  MUST(mount("proc", "/proc", "proc", MS_RDONLY, NULL));
  for (size_t i = 0; i < COUNT(readonly); ++i)
    if (mount(text("/proc/%s", readonly[i]), text("proc/%s", readonly[i]), NULL, MS_BIND, NULL) < 0 && errno != ENOENT) MUST(-1);
  for (size_t i = 0; i < COUNT(masked); ++i) {
    if (mount("dev/null", masked[i], NULL, MS_BIND, NULL) == 0 || errno == ENOENT) continue;
    MUST(errno == ENOTDIR ? mount("tmpfs", masked[i], "tmpfs", MS_RDONLY, NULL) : -1);
  }
}

static void enter_root(void) {
  MUST(mount(NULL, ".", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL));
  MUST(syscall(SYS_pivot_root, ".", "."));
  MUST(umount2(".", MNT_DETACH));
  MUST(chdir("/"));
}

static void bring_up_loopback(void) {
  struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP};
  int fd;
  MUST(fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  MUST(ioctl(fd, SIOCSIFFLAGS, &request));
}

static void confine(void) {
  const uint64_t kept = 1ULL << CAP_AUDIT_WRITE | 1ULL << CAP_KILL | 1ULL << CAP_NET_BIND_SERVICE;
  const struct rlimit files = {1024, 1024};
  MUST(sethostname("runc", 4));
  MUST(setrlimit(RLIMIT_NOFILE, &files));
  MUST(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
  for (int capability = 0; capability <= CAP_LAST_CAP; ++capability)
    if ((kept >> capability & 1) == 0) MUST(prctl(PR_CAPBSET_DROP, capability, 0, 0, 0));
  MUST(syscall(SYS_setgroups, 0, NULL));
  struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  const struct __user_cap_data_struct sets[2] = {{(uint32_t)kept, (uint32_t)kept, 0}, {(uint32_t)(kept >> 32), (uint32_t)(kept >> 32), 0}};
  MUST(syscall(SYS_capset, &header, sets));
}

static int container_main(void* unused) {
  (void)unused;
  for (int i = 0; i < hierarchy_count; ++i) MUST(write(procs[i], "0", 1));
  MUST(setsid());
  bring_up_loopback();
  build_mounts();
  mount_cgroups();
  make_devices();
  hide_paths();
  enter_root();
  confine();
  char* const arguments[] = {"true", NULL};
  char* const environment[] = {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm", NULL};
  execve("/bin/true", arguments, environment);
  _exit(127);
}

int main(int argc, char** argv) {
  if (argc == 2 && strcmp(argv[1], "--version") == 0) return write(1, "floor 1\n", 8) == 8 ? 0 : 1;
  if (argc != 5 || strcmp(argv[1], "run") != 0) {
    dprintf(2, "usage: floor run STATE_ROOT BUNDLE ID\n");
    return 2;
  }
  state_root = argv[2], bundle = argv[3], id = argv[4];
  make_state();
  read_hierarchies();
  make_cgroups();
  // The child borrows this memory and this process sleeps until its exec: no copied page tables, no hand-shake.
  static char stack[65536] __attribute__((aligned(16)));
  const int namespaces = CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNS;
  int child;
  MUST(child = clone(container_main, stack + sizeof stack, CLONE_VM | CLONE_VFORK | SIGCHLD | namespaces, NULL));
  save_state("running");
  int status = 0;
  MUST(waitpid(child, &status, 0));
  remove_cgroups();
  remove_state();
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
