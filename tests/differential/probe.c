/* probe [EXIT-CODE]: what a process sees of itself and of its container, one fact a line: name, tab, value.
 *
 * Built static by tests/differential/configs; runs as the container's first process, and through exec. It asks the kernel by
 * system calls where it can, so that it also works without /proc. The file /look lists places to look at besides (see look()).
 * Prints "end" when all is said and then waits for a byte on its standard input: meanwhile the host can look at it, too.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/utsname.h>
#include <unistd.h>

extern char** environ;

static const char* error_name(void) { return errno ? strerrorname_np(errno) : "0"; }
static void text(const char* value, size_t size) { /* printable, one line */
  for (size_t i = 0; i < size; i++) {
    unsigned char c = (unsigned char)value[i];
    if (c < ' ' || c == '\\' || c > '~') printf("\\x%02x", c);
    else putchar(c);
  }
}
static void fact(const char* name, const char* value) {
  printf("%s\t", name);
  text(value, strlen(value));
  putchar('\n');
}

static void ids(void) {
  uid_t ur, ue, us;
  gid_t gr, ge, gs, groups[256];
  getresuid(&ur, &ue, &us);
  getresgid(&gr, &ge, &gs);
  printf("uids\t%u %u %u fs %u\ngids\t%u %u %u fs %u\ngroups\t", ur, ue, us, (unsigned)syscall(SYS_setfsuid, -1), gr, ge, gs,
         (unsigned)syscall(SYS_setfsgid, -1));
  int count = getgroups(256, groups);
  for (int i = 0; i < count; i++) printf("%u ", groups[i]);
  mode_t mask = umask(0);
  umask(mask);
  printf("\numask\t%04o\n", mask);
  printf("session\t%s, %s\n", getsid(0) == getpid() ? "leader" : "not leader", getpgid(0) == getpid() ? "group leader" : "not group leader");
  printf("pid 1\t%s\n", getpid() == 1 ? "yes" : "no");
  printf("parent\t%s\n", getppid() == 0 ? "outside" : getppid() == 1 ? "1" : "inside");
}

static void rights(void) {
  struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  struct __user_cap_data_struct data[2] = {{0}};
  syscall(SYS_capget, &header, data);
  printf("capabilities effective\t%08x%08x\n", data[1].effective, data[0].effective);
  printf("capabilities permitted\t%08x%08x\n", data[1].permitted, data[0].permitted);
  printf("capabilities inheritable\t%08x%08x\n", data[1].inheritable, data[0].inheritable);
  unsigned long long bounding = 0, ambient = 0;
  for (int cap = 0; cap < 63; cap++) {
    if (prctl(PR_CAPBSET_READ, cap, 0, 0, 0) == 1) bounding |= 1ULL << cap;
    if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, cap, 0, 0) == 1) ambient |= 1ULL << cap;
  }
  printf("capabilities bounding\t%016llx\ncapabilities ambient\t%016llx\n", bounding, ambient);
  printf("no new privileges\t%d\n", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
  printf("securebits\t%d\nkeepcaps\t%d\ndumpable\t%d\n", prctl(PR_GET_SECUREBITS), prctl(PR_GET_KEEPCAPS), prctl(PR_GET_DUMPABLE));
  int signal_number = -1;
  prctl(PR_GET_PDEATHSIG, &signal_number);
  printf("parent death signal\t%d\n", signal_number);
  int subreaper = -1;
  prctl(PR_GET_CHILD_SUBREAPER, &subreaper);
  printf("subreaper\t%d\n", subreaper);
  printf("timer slack\t%d\n", prctl(PR_GET_TIMERSLACK));
  printf("personality\t%x\n", personality(0xffffffff));
  char keyring[256] = "";
  errno = 0;
  if (syscall(SYS_keyctl, 6 /* KEYCTL_DESCRIBE */, -3 /* the session's */, keyring, sizeof keyring - 1, 0) < 0) fact("keyring", error_name());
  else fact("keyring", keyring);
}

static void scheduling(void) {
  static const char* const names[] = {"CPU", "FSIZE", "DATA", "STACK", "CORE", "RSS", "NPROC", "NOFILE", "MEMLOCK", "AS", "LOCKS", "SIGPENDING", "MSGQUEUE", "NICE", "RTPRIO", "RTTIME"};
  for (int i = 0; i < 16; i++) {
    struct rlimit64 limit;
    if (prlimit64(0, i, NULL, &limit) == 0) printf("rlimit %s\t%lld %lld\n", names[i], (long long)limit.rlim_cur, (long long)limit.rlim_max);
  }
  printf("nice\t%d\n", getpriority(PRIO_PROCESS, 0));
  printf("scheduler\t%d\n", sched_getscheduler(0));
  printf("io priority\t%ld\n", syscall(SYS_ioprio_get, 1, 0));
  cpu_set_t set;
  CPU_ZERO(&set);
  sched_getaffinity(0, sizeof set, &set);
  printf("cpus\t");
  for (int i = 0; i < CPU_SETSIZE; i++)
    if (CPU_ISSET(i, &set)) printf("%d ", i);
  int mode = -1;
  syscall(SYS_get_mempolicy, &mode, NULL, 0, NULL, 0);
  printf("\nmemory policy\t%d\n", mode);
  sigset_t blocked;
  sigprocmask(SIG_SETMASK, NULL, &blocked);
  printf("signals blocked\t");
  for (int i = 1; i < 65; i++)
    if (sigismember(&blocked, i) == 1) printf("%d ", i);
  printf("\nsignals ignored\t");
  for (int i = 1; i < 65; i++) {
    struct sigaction action;
    if (sigaction(i, NULL, &action) == 0 && action.sa_handler == SIG_IGN) printf("%d ", i);
  }
  putchar('\n');
}

static void names(void) {
  struct utsname name;
  uname(&name);
  fact("hostname", name.nodename);
  fact("domainname", name.domainname);
  fact("machine", name.machine);
  char directory[PATH_MAX];
  errno = 0;
  long size = syscall(SYS_getcwd, directory, sizeof directory);
  fact("cwd", size < 0 ? error_name() : directory);
  int inet = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  struct ifreq request = {.ifr_name = "lo"};
  if (inet >= 0 && ioctl(inet, SIOCGIFFLAGS, &request) == 0) printf("lo\t%x\n", request.ifr_flags);
  if (inet >= 0) close(inet);
}

static const char* kind(mode_t mode) {
  switch (mode & S_IFMT) {
    case S_IFDIR: return "directory";
    case S_IFREG: return "file";
    case S_IFLNK: return "link";
    case S_IFCHR: return "char";
    case S_IFBLK: return "block";
    case S_IFIFO: return "fifo";
    case S_IFSOCK: return "socket";
    default: return "other";
  }
}

static void descriptors(void) { /* before anything is opened */
  for (int fd = 0; fd < 256; fd++) {
    struct stat about;
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0 || fstat(fd, &about) < 0) continue;
    printf("fd %d\t%s %x", fd, kind(about.st_mode), flags & (O_ACCMODE | O_APPEND | O_NONBLOCK | O_PATH));
    if (S_ISCHR(about.st_mode)) printf(" %u:%u", major(about.st_rdev), minor(about.st_rdev));
    printf(" owner %u mode %o\n", about.st_uid, about.st_mode & 07777);
  }
  struct winsize size = {0};
  if (ioctl(0, TIOCGWINSZ, &size) == 0) printf("terminal\t%u %u\n", size.ws_row, size.ws_col);
  int terminal = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
  errno = terminal < 0 ? errno : 0;
  fact("controlling terminal", error_name());
  if (terminal >= 0) close(terminal);
}

/* Harmless calls, to see what a filter says. */
static void calls(void) {
#define TRY(name, ...) (errno = 0, syscall(SYS_##name, ##__VA_ARGS__), fact("call " #name, error_name()))
  TRY(getpid);
  TRY(mkdirat, -1, "x", 0);
  TRY(mkdir, "", 0);
  TRY(chroot, "");
  TRY(ptrace, -1, 0, 0, 0);
  TRY(sethostname, NULL, -1L);
  TRY(unshare, 0);
  TRY(mount, NULL, NULL, NULL, 0, NULL);
  TRY(bpf, -1, NULL, 0);
  TRY(clone3, NULL, 0);
  TRY(openat2, -1, NULL, NULL, 0);
  TRY(keyctl, 9999, 0, 0, 0, 0);
  TRY(personality, 0xffffffff);
  TRY(socket, 9999, 0, 0);
  TRY(kexec_load, -1, 0, NULL, -1);
  TRY(io_uring_setup, 0, NULL);
  TRY(userfaultfd, -1);
  TRY(sched_setscheduler, -1, 0, NULL);
  TRY(setpriority, 99, 0, 0);
#undef TRY
  errno = 0;
  syscall(4000, 0);
  fact("call 4000", error_name());
}

static void describe(const char* path, const struct stat* about) {
  printf("path ");
  text(path, strlen(path));
  printf("\t%s %o %u:%u", kind(about->st_mode), about->st_mode & 07777, about->st_uid, about->st_gid);
  if (S_ISCHR(about->st_mode) || S_ISBLK(about->st_mode)) printf(" %u:%u", major(about->st_rdev), minor(about->st_rdev));
  if (S_ISREG(about->st_mode)) printf(" %lld", (long long)about->st_size);
  if (S_ISLNK(about->st_mode)) {
    char target[PATH_MAX];
    ssize_t size = readlink(path, target, sizeof target);
    if (size > 0) printf(" -> "), text(target, (size_t)size);
  }
  putchar('\n');
}
static void filesystem(const char* path) {
  struct statfs about;
  if (statfs(path, &about) < 0) return;
  printf("filesystem ");
  text(path, strlen(path));
  printf("\t%lx flags %lx", (long)about.f_type, (long)about.f_flags & ~0x20L); /* without ST_VALID */
  if (about.f_type == 0x01021994) printf(" size %lld files %lld", (long long)about.f_blocks * about.f_bsize, (long long)about.f_files);
  putchar('\n');
}

/* The tree, in order of names. Of the kernel's own trees only the top. */
static void walk(const char* path, dev_t device, int depth) {
  struct stat about;
  if (lstat(path, &about) < 0) {
    printf("path %s\t%s\n", path, error_name());
    return;
  }
  describe(path, &about);
  if (!S_ISDIR(about.st_mode)) {
    if (about.st_dev != device) filesystem(path);
    return;
  }
  struct statfs where;
  if (statfs(path, &where) < 0) return;
  if (about.st_dev != device || depth == 0) filesystem(path);
  int kernel = where.f_type == 0x9fa0 || where.f_type == 0x62656572 || where.f_type == 0x27e0eb || where.f_type == 0x63677270;
  if ((kernel && strcmp(path, "/") != 0) || depth > 7) return;
  struct dirent** entries;
  int count = scandir(path, &entries, NULL, alphasort);
  if (count < 0) return;
  if (count > 200) printf("path %s\tof %d\n", path, count), count = 0;
  for (int i = 0; i < count; i++) {
    const char* name = entries[i]->d_name;
    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0) continue;
    char below[PATH_MAX];
    if (snprintf(below, sizeof below, "%s/%s", strcmp(path, "/") == 0 ? "" : path, name) >= (int)sizeof below) continue;
    walk(below, about.st_dev, depth + 1);
  }
}

static void show(const char* path) { /* what is in it: the beginning of a file, the number of a directory's entries */
  errno = 0;
  int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  printf("read %s\t%s", path, error_name());
  struct stat about;
  if (fd >= 0 && fstat(fd, &about) == 0) {
    printf(" %s", kind(about.st_mode));
    if (S_ISDIR(about.st_mode)) {
      DIR* directory = fdopendir(fd);
      int count = 0;
      while (directory && readdir(directory)) count++;
      printf(" %d", count);
      if (directory) closedir(directory), fd = -1;
    } else if (S_ISREG(about.st_mode)) {
      char begin[1000];
      ssize_t size = read(fd, begin, sizeof begin);
      putchar(' ');
      if (size > 0) text(begin, (size_t)size);
    } else {
      printf(" %u:%u", major(about.st_rdev), minor(about.st_rdev));
    }
  }
  putchar('\n');
  if (fd >= 0) close(fd);
}

/* Lines of /look: "read PATH", "write PATH", "make TYPE MAJOR MINOR" (the device controller and the capability). */
static void look(void) {
  FILE* list = fopen("/look", "re");
  char line[PATH_MAX], path[PATH_MAX], type;
  unsigned major_number, minor_number;
  while (list && fgets(line, sizeof line, list)) {
    if (sscanf(line, "read %s", path) == 1) show(path);
    if (sscanf(line, "write %s", path) == 1) {
      errno = 0;
      struct stat about;
      int directory = stat(path, &about) == 0 && S_ISDIR(about.st_mode);
      int fd = directory ? -1 : open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
      if (directory) errno = access(path, W_OK) < 0 ? errno : 0;
      printf("write %s\t%s\n", path, error_name());
      if (fd >= 0) close(fd);
    }
    if (sscanf(line, "make %c %u %u", &type, &major_number, &minor_number) == 3) {
      const char* name = "/dev/shm/probe-node";
      errno = 0;
      if (mknod(name, (type == 'b' ? S_IFBLK : S_IFCHR) | 0600, makedev(major_number, minor_number)) < 0)
        printf("make %c %u:%u\t%s\n", type, major_number, minor_number, error_name());
      else printf("make %c %u:%u\tmade\n", type, major_number, minor_number);
      unlink(name);
    }
  }
  if (list) fclose(list);
}

static void lines_of(const char* path) {
  FILE* file = fopen(path, "re");
  char line[4096];
  while (file && fgets(line, sizeof line, file)) {
    line[strcspn(line, "\n")] = 0;
    char* colon = strchr(line, ':'); /* 5:memory:/path */
    if (colon) fact("own cgroup", colon + 1);
  }
  if (file) fclose(file);
}

int main(int argc, char** argv) {
  static char buffer[1 << 16];
  setvbuf(stdout, buffer, _IOFBF, sizeof buffer);
  descriptors();
  for (int i = 0; i < argc; i++) printf("argument %d\t", i), text(argv[i], strlen(argv[i])), putchar('\n');
  for (int i = 0; environ[i]; i++) printf("environment %d\t", i), text(environ[i], strlen(environ[i])), putchar('\n');
  ids();
  rights();
  scheduling();
  names();
  lines_of("/proc/self/cgroup");
  walk("/", 0, 0);
  look();
  calls();
  puts("end\t");
  fflush(stdout);
  char byte;
  while (read(0, &byte, 1) < 0 && errno == EINTR) {}
  return argc > 1 ? atoi(argv[1]) : 0;
}
