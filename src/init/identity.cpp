// init/identity.cpp. Process: init, confined: from container root to the user. credentials(7), capabilities(7).
#include "init/steps.h"
#include "sys/process.h"

namespace init {

// Every capability that is not kept, up to the last one that this kernel knows (EINVAL). Needs CAP_SETPCAP, so before the user.
Result<> drop_bounding(std::uint64_t kept) {
  for (int capability = 0; capability < 64; ++capability) {
    if ((kept >> capability & 1) != 0) continue;
    const auto dropped = sys::prctl(PR_CAPBSET_DROP, capability);
    if (dropped.code() == kEinval) return {};
    if (!dropped) return fail(Trouble::none, dropped.code());
  }
  return {};
}

// The permitted set survives the change of user, for set_capabilities to choose from. Groups first: afterwards nobody may.
Result<> set_identity(Run& run, const plan::SetIdentity& identity) {
  TRY(sys::prctl(PR_SET_KEEPCAPS, 1));
  if ((identity.flags & plan::kKeepGroups) == 0)
    TRY_ABOUT(Trouble::none, "setgroups", sys::setgroups(run.plan.array<std::uint32_t>(identity.groups)));
  TRY_ABOUT(Trouble::none, "setgid", sys::setresgid(identity.gid));
  TRY_ABOUT(Trouble::none, "setuid", sys::setresuid(identity.uid));
  // commit_creds() in the kernel clears the parent-death signal, and makes us as dumpable as fs.suid_dumpable says.
  hide_from_ptrace(run);
  if (!run.proceeded) arm_parent_death();
  return retry_directory(run);
}

Result<> set_capabilities(const plan::SetCapabilities& sets) {
  (void)sys::prctl(PR_SET_KEEPCAPS, 0);
  TRY(sys::capset({sets.effective, sets.permitted, sets.inheritable}));
  const auto cleared = sys::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL);
  if (!cleared && cleared.code() != kEinval) return fail(Trouble::none, cleared.code(), "ambient");
  for (int capability = 0; capability < 64; ++capability) {
    if ((sets.ambient >> capability & 1) == 0) continue;
    // EPERM: it is not in both the permitted and the inheritable set; peers go on too, and weaker is safe.
    const auto raised = sys::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability);
    if (!raised && raised.code() != kEperm && raised.code() != kEinval) return fail(Trouble::none, raised.code(), "ambient");
  }
  return {};
}

}  // namespace init
