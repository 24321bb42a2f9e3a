#include "cli/bind.h"
#include "cli/commands.h"
#include "cli/create.h"
#include "cli/criu_options.h"

namespace cli {

Result<int> commands::restore(Invocation& call) {
  container::RestoreOptions options;
  std::vector<std::string> empty_namespaces;
  TRY(read_create_options(call, options.create));
  TRY(bind(call.arguments, {{"image-path", &options.image_path},
                            {"work-path", &options.work_path},
                            {"tcp-established", &options.tcp_established},
                            {"tcp-close", &options.tcp_close},
                            {"ext-unix-sk", &options.ext_unix_sk},
                            {"shell-job", &options.shell_job},
                            {"file-locks", &options.file_locks},
                            {"manage-cgroups-mode", &options.manage_cgroups_mode},
                            {"network-lock", &options.network_lock},
                            {"detach", &options.detach},
                            {"no-subreaper", &options.no_subreaper},
                            {"empty-ns", &empty_namespaces},
                            {"auto-dedup", &options.auto_dedup},
                            {"lazy-pages", &options.lazy_pages},
                            {"lsm-profile", &options.lsm_profile},
                            {"lsm-mount-context", &options.lsm_mount_context}}));
  TRY(check_empty_namespaces(empty_namespaces));
  return container::restore(call.context, options);
}

}  // namespace cli
