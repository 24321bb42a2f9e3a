// Process: the runtime, on the host, with the caller's rights. It enters nothing: init joins the container.
#include <sys/socket.h>

#include "config/read.h"
#include "container/bundle.h"
#include "container/conversation.h"
#include "container/descriptors.h"
#include "container/exec_process.h"
#include "container/facts.h"
#include "container/files.h"
#include "container/filter_cache.h"
#include "container/foreground.h"
#include "container/intel_rdt.h"
#include "container/limits.h"
#include "container/listener.h"
#include "container/pid_file.h"
#include "container/process_id.h"
#include "container/refusal.h"
#include "container/trace.h"
#include "container/unix_socket.h"

namespace container {
namespace {

class Execution final : private Answers {
  const Context& context_;
  Trace trace_{context_};
  ExecOptions options_;  // paths absolute
  Entry entry_;
  State state_;
  sys::UniqueFd container_;  // pidfd of its init
  std::string document_;     // what Error::pointer is about: the file of --process
  plan::Plan plan_;
  cgroup::Group group_;
  Membership membership_;
  Launched launched_;
  sys::UniqueFd console_, pidfd_socket_;
  std::optional<Foreground> foreground_;
  bool limits_first_ = false, pid_file_written_ = false;

  Result<> make_paths_absolute() {
    for (std::string* path : {&options_.pid_file, &options_.console_socket, &options_.pidfd_socket})
      if (!path->empty()) *path = TRY(absolute_path(*path));
    return {};
  }

  Result<> open_container() {
    const Store store(context_.root);
    entry_ = TRY(store.open(options_.id));
    state_ = TRY(store.load(entry_));
    const Status status = TRY(status_of(entry_, state_));
    const std::string which = is_in(options_.id, status);
    if (status == Status::stopped) return fail("cannot exec in a stopped container", "", which);
    if (status == Status::creating) return fail("cannot exec in a container that is being created", "", which);
    if (status == Status::paused && !options_.ignore_paused)
      return fail("cannot exec in a paused container (use --ignore-paused to override)", "", which);
    auto pidfd = open_process(state_.init);
    if (!pidfd) return fail("cannot exec in a stopped container", "", is_in(options_.id, Status::stopped));
    container_ = take(std::move(pidfd));
    return {};
  }

  Result<config::Process> read_process_file() const {
    auto process = config::read_process(document_);
    if (!process) return std::unexpected(about_document(std::move(process).error(), options_.process_file));
    return process;
  }

  // From the copy made at create: what became of the bundle since has no effect.
  Result<> compile() {
    const config::Spec spec = TRY(saved_spec(entry_, state_));
    if (!options_.process_file.empty()) document_ = TRY(read_given(options_.process_file, config::kMaxDocumentBytes));
    const config::Process process = options_.process_file.empty() ? TRY(exec_process(spec, options_)) : TRY(read_process_file());
    TRY(config::validate_process(process, ""));
    DirectoryFilterCache cache(context_.root);
    plan::ExecRequest request;
    request.id = state_.id;
    request.namespaces = state_.namespaces;
    request.preserve_fds = options_.preserve_fds;
    request.filter_cache = &cache;
    for (const cgroup::Member& member : group_)
      if (!member.controllers.empty()) request.cgroup_tasks.push_back(member.directory + "/tasks");
    const plan::HostFacts facts = TRY(read_facts(context_, spec, false, &process));
    plan_ = TRY(plan::compile_exec(spec, process, facts, request));
    limits_first_ = limits_come_first(facts, state_.namespaces);
    for (const std::string& warning : plan_.warnings) context_.warn(warning);
    return {};
  }

  Result<> check_terminal() {
    const bool socket = !options_.console_socket.empty(), needed = options_.detach && plan_.terminal;
    if (needed && !socket) return fail("cannot allocate tty if minc-oci will detach without setting console socket");
    if (socket && !needed) return fail("cannot use console socket if minc-oci will not detach or allocate tty");
    if (!options_.detach) foreground_.emplace();
    if (!options_.detach && plan_.terminal) TRY(foreground_->open_terminal());
    return {};
  }

  Result<> connect_sockets() {
    if (!options_.console_socket.empty()) console_ = TRY(connect_unix(options_.console_socket, SOCK_STREAM));
    if (!options_.pidfd_socket.empty())
      pidfd_socket_ = TRY_DOING("failed to dail " /* sic, as in creation.cpp */ + options_.pidfd_socket,
                                connect_unix(options_.pidfd_socket, SOCK_STREAM));
    return {};
  }

  Result<> write_maps(int) override { return {}; }  // the container has its maps
  Result<> run_create_hooks(int) override { return {}; }

  Result<> ready_cgroup(int pid) override {
    const plan::Plan& plan = plan_;
    if (!plan.exec_affinity_initial.empty()) TRY(set_cpu_affinity(pid, plan.exec_affinity_initial, "/execCPUAffinity/initial"));
    trace_.affinity(pid);
    TRY(join_for_exec(state_, membership_.rest(), pid, options_.cgroups.empty()));
    // The cpuset of the group has set the mask anew.
    if (!plan.exec_affinity_final.empty()) TRY(set_cpu_affinity(pid, plan.exec_affinity_final, "/execCPUAffinity/final"));
    return {};
  }

  Result<> take_terminal(sys::UniqueFd master) override {
    if (foreground_) return foreground_->take_terminal(std::move(master));
    TRY_DOING("send the terminal to " + options_.console_socket,
              send_with_descriptor(console_.get(), "/dev/pts/ptmx", master.get()));
    console_.reset();
    return {};
  }

  Result<> take_listener(sys::UniqueFd listener) override {
    return send_listener(plan_, state_, launched_.process.pid, listener.get());
  }

  Result<> record(const Child& process) override {
    trace_.tell("setns_init: about to exec");
    TRY(join_rdt(state_, process.pid));
    if (!limits_first_) TRY(set_limits(plan_, process.pid));
    if (!options_.pid_file.empty()) {
      TRY(write_pid_file(options_.pid_file, process.pid));
      pid_file_written_ = true;
    }
    if (pidfd_socket_)
      TRY_DOING("send the pidfd to " + options_.pidfd_socket,
                send_with_descriptor(pidfd_socket_.get(), "setns", process.pidfd.get()));
    if (foreground_) return foreground_->hold_signals();
    return {};
  }

 public:
  Execution(const Context& context, const ExecOptions& options) : context_(context), options_(options) {}

  // Everything that can be refused without a side effect.
  Result<> prepare() {
    TRY(check_preserved(0, options_.preserve_fds));
    TRY(make_paths_absolute());
    TRY(open_container());
    group_ = TRY(choose_group(state_.cgroup, options_.cgroups, config::annotation(state_.annotations, config::kDelegateCgroup)));
    TRY(compile());
    TRY(check_terminal());
    return connect_sockets();
  }

  Result<> make() {
    DescriptorSources sources;
    sources.container = container_.get();
    const auto opened = TRY(open_descriptors(plan_, std::move(sources)));
    // A final CPU mask counts after the cpuset has set its own: then the runtime does both.
    if (plan_.exec_affinity_final.empty())
      membership_ = Membership(group_, plan_);
    else
      membership_ = Membership(group_);
    launched_ = TRY(launch(plan_, options_.preserve_fds, entry_.directory.get(), membership_, limits_first_));
    trace_.launched(plan_, launched_.process, membership_.born_inside());
    TRY(converse(plan_, launched_, *this, Purpose::exec));
    TRY(proceed(plan_, launched_, Purpose::exec));
    launched_.channel.close();
    return {};
  }

  void undo() {
    foreground_.reset();
    end_child(launched_.process);
    // conmon takes the file's presence for success.
    if (pid_file_written_) (void)sys::unlinkat(AT_FDCWD, options_.pid_file.c_str());
  }

  Error finish(Error error) const {
    // Without a file the process was put together from options: no document has such a place.
    if (document_.empty()) error.pointer.clear();
    return container::finish(std::move(error), document_, split_path(options_.process_file).name);
  }

  Result<int> wait() {
    if (options_.detach) return 0;
    return foreground_->wait(launched_.process);
  }
};

}  // namespace

Result<int> exec(const Context& context, const ExecOptions& options) {
  Execution execution(context, options);
  auto begun = execution.prepare();
  if (begun) {
    begun = execution.make();
    if (!begun) execution.undo();
  }
  if (!begun) return std::unexpected(execution.finish(std::move(begun).error()));
  return execution.wait();
}

}  // namespace container
