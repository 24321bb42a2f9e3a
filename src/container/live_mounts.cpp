// Process: the runtime, on the host, with the caller's rights. It enters nothing: init joins the container. What comes from the
// host is opened here, with its flags, before init is made; no record is kept, since the mounts end with the container.
#include "config/read.h"
#include "container/bundle.h"
#include "container/container.h"
#include "container/conversation.h"
#include "container/descriptors.h"
#include "container/facts.h"
#include "container/files.h"
#include "container/mount_idmap.h"
#include "container/process_id.h"
#include "container/refusal.h"

namespace container {
namespace {

class Change final : private Answers {
  const Context& context_;
  Entry entry_;
  State state_;
  sys::UniqueFd container_;  // pidfd of its init
  plan::Plan plan_;
  MountIdMapper id_mapper_;
  Launched launched_;

  Result<> write_maps(int) override { return {}; }
  Result<> ready_cgroup(int) override { return {}; }
  Result<> run_create_hooks(int) override { return {}; }
  Result<> take_terminal(sys::UniqueFd) override { return fail("the plan is damaged"); }
  Result<> take_listener(sys::UniqueFd) override { return fail("the plan is damaged"); }
  Result<> record(const Child&) override { return {}; }
  Result<> map_ids(std::uint32_t step, sys::UniqueFd tree) override { return id_mapper_.map(plan_, step, tree.get()); }

  // The container's config as it was at create; of its mounts only the new ones count.
  Result<config::Spec> read(std::string_view text, bool remove) const {
    auto mounts = TRY(config::read_mounts(text));
    config::Spec spec = TRY(saved_spec(entry_, state_));
    if (!spec.process) return fail("the config of container " + state_.id + " has no process");
    spec.mounts = std::move(mounts);
    if (!remove) TRY(config::validate_mounts(spec));
    return spec;
  }

 public:
  Change(const Context& context, Entry entry, State state, sys::UniqueFd container)
      : context_(context), entry_(std::move(entry)), state_(std::move(state)), container_(std::move(container)) {}

  Result<> prepare(std::string_view text, bool remove) {
    const config::Spec spec = TRY(read(text, remove));
    plan::LiveMountsRequest request;
    request.id = state_.id;
    request.bundle = state_.bundle;
    request.rootfs = state_.rootfs;
    request.namespaces = state_.namespaces;
    request.remove = remove;
    const plan::HostFacts facts = TRY(read_facts(context_, spec, false));
    plan_ = TRY(plan::compile_live_mounts(spec, facts, request));
    for (const std::string& warning : plan_.warnings) context_.warn(warning);
    return {};
  }

  Result<> make() {
    DescriptorSources sources;
    sources.container = container_.get();
    sources.id_mapper = &id_mapper_;
    sources.purpose = Purpose::mounts;
    const auto opened = TRY(open_descriptors(plan_, std::move(sources)));
    Membership none;
    launched_ = TRY(launch(plan_, 0, entry_.directory.get(), none, false));
    TRY(converse(plan_, launched_, *this, Purpose::mounts));
    return proceed(plan_, launched_, Purpose::mounts);
  }

  void end() const { end_child(launched_.process); }
};

// "/mounts/0/source" is "/0/source" of the file.
Error in_file(Error error) {
  constexpr std::string_view kChapter = "/mounts";
  if (error.pointer.starts_with(kChapter)) error.pointer.erase(0, kChapter.size());
  return error;
}

}  // namespace

Result<> change_mounts(const Context& context, const std::string& id, std::string_view text, bool remove) {
  const Store store(context.root);
  Entry entry = TRY(store.open(id));
  State state = TRY(store.load(entry));
  const Status status = TRY(status_of(entry, state));
  if (status == Status::stopped || status == Status::creating) return not_running(id, status);
  auto pidfd = open_process(state.init);
  if (!pidfd) return not_running(id, Status::stopped);
  Change change(context, std::move(entry), std::move(state), take(std::move(pidfd)));
  auto changed = change.prepare(text, remove);
  if (changed) changed = change.make();
  change.end();
  if (!changed) return std::unexpected(in_file(std::move(changed).error()));
  return {};
}

}  // namespace container
