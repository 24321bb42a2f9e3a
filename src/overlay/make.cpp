// Process: the runtime, on the host, with the caller's rights.
#include <algorithm>
#include <array>

#include "overlay/builder.h"

namespace overlay {
namespace {

// overlayfs tells most of its reasons to the kernel's log alone; these are the usual ones.
struct Reason {
  int code;
  std::string_view hint;
};
constexpr std::array kReasons{
    Reason{1, "an overlay needs the right to mount: CAP_SYS_ADMIN over the host's mounts"},
    Reason{16, "the upper or the work directory is in use by another overlay"},
    Reason{22,
           "the kernel's log (dmesg) may tell more: a layer on a filesystem that overlayfs cannot use, or too deep a stack of "
           "overlays"},
    Reason{28, "the filesystem of the upper is full"},
    Reason{40, "a lower directory lies inside another layer"},
    Reason{116, "the upper directory was made over another lower directory"},
};

Error explained(Error error) {
  const auto reason = std::ranges::find(kReasons, error.code, &Reason::code);
  if (reason != kReasons.end() && error.hint.empty()) error.hint = reason->hint;
  error.what.insert(0, "overlay root: ");
  if (error.pointer.empty()) error.pointer = "/annotations/org.minc-oci.rootfs.type";
  return error;
}

Result<Mounted> make_checked(const Request& request) {
  TRY(check_layers(request));
  Builder builder(request, false);
  auto mounted = builder.build();
  if (mounted || !builder.lacks_descriptors()) return mounted;
  return make_in_namespace(request);
}

}  // namespace

Result<Mounted> make(const Request& request) {
  auto mounted = make_checked(request);
  if (!mounted) return std::unexpected(explained(std::move(mounted).error()));
  return mounted;
}

}  // namespace overlay
