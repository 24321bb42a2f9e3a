#include "cli/bind.h"
#include "cli/commands.h"
#include "cli/criu_options.h"
#include "cli/text.h"
#include "support/text.h"

namespace cli {

Result<> check_empty_namespaces(const std::vector<std::string>& types) {
  for (const std::string& type : types)
    if (type != "network") return fail("namespace " + quoted(type) + " is not supported");
  return {};
}

Result<> read_page_server(const std::string& word, container::CheckpointOptions& options) {
  if (word.empty()) return {};
  const std::size_t colon = word.rfind(':');
  std::string address = word.substr(0, colon);
  if (address.size() > 1 && address.starts_with('[') && address.ends_with(']'))
    address = address.substr(1, address.size() - 2);
  else if (address.find(':') != std::string::npos)
    address.clear();
  if (colon == std::string::npos || colon + 1 == word.size() || address.empty())
    return fail("Use --page-server ADDRESS:PORT to specify page server");
  const auto port = text::parse_unsigned(std::string_view(word).substr(colon + 1), 65535);
  if (!port || *port == 0) return fail("Invalid port number");
  options.page_server_address = std::move(address);
  options.page_server_port = static_cast<std::uint32_t>(*port);
  return {};
}

Result<int> commands::checkpoint(Invocation& call) {
  container::CheckpointOptions options;
  std::string page_server;
  std::vector<std::string> empty_namespaces;
  std::optional<std::string> status_fd;
  TRY(bind(call.arguments, {{"image-path", &options.image_path},
                            {"work-path", &options.work_path},
                            {"parent-path", &options.parent_path},
                            {"leave-running", &options.leave_running},
                            {"tcp-established", &options.tcp_established},
                            {"tcp-skip-in-flight", &options.tcp_skip_in_flight},
                            {"link-remap", &options.link_remap},
                            {"ext-unix-sk", &options.ext_unix_sk},
                            {"shell-job", &options.shell_job},
                            {"lazy-pages", &options.lazy_pages},
                            {"status-fd", &status_fd},
                            {"page-server", &page_server},
                            {"file-locks", &options.file_locks},
                            {"pre-dump", &options.pre_dump},
                            {"manage-cgroups-mode", &options.manage_cgroups_mode},
                            {"network-lock", &options.network_lock},
                            {"empty-ns", &empty_namespaces},
                            {"auto-dedup", &options.auto_dedup}}));
  options.id = call.arguments.positional[0];
  if (status_fd) options.status_fd = std::stoi(*status_fd);  // the table's kind has checked digits and range
  TRY(read_page_server(page_server, options));
  TRY(check_empty_namespaces(empty_namespaces));
  TRY(container::checkpoint(call.context, options));
  return 0;
}

}  // namespace cli
