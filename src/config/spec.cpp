// The document's outermost object, and the order in which its chapters are checked: config.md.
#include "config/spec.h"

#include <algorithm>

#include "config/chapters.h"
#include "config/read.h"
#include "support/text.h"

namespace config {

Fields fields_of(const Root*) {
  static constexpr Field kFields[] = {field<&Root::path>("path"), field<&Root::readonly>("readonly")};
  return kFields;
}
Fields fields_of(const Spec*) {
  static constexpr Field kFields[] = {
      field<&Spec::oci_version>("ociVersion"),
      field<&Spec::root>("root"),
      field<&Spec::process>("process"),
      field<&Spec::hostname>("hostname"),
      field<&Spec::domainname>("domainname"),
      field<&Spec::mounts>("mounts"),
      field<&Spec::hooks>("hooks"),
      field<&Spec::annotations>("annotations", kLongStringMap),
      field<&Spec::linux_>("linux"),
  };
  return kFields;
}

namespace {

bool is_identifiers(std::string_view dotted, bool numbers_have_no_leading_zero) {
  while (true) {
    const std::size_t end = std::min(dotted.find('.'), dotted.size());
    const std::string_view part = dotted.substr(0, end);
    const auto is_letter = [](char c) {
      return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
    };
    if (part.empty() || !std::ranges::all_of(part, is_letter)) return false;
    const bool number = std::ranges::all_of(part, [](char c) { return c >= '0' && c <= '9'; });
    if (numbers_have_no_leading_zero && number && part.size() > 1 && part[0] == '0') return false;
    if (end == dotted.size()) return true;
    dotted.remove_prefix(end + 1);
  }
}

// Semantic Versioning 2.0: MAJOR.MINOR.PATCH[-PRERELEASE][+BUILD]. The major number, or nothing.
std::optional<std::string_view> semver_major(std::string_view version) {
  if (const std::size_t plus = version.find('+'); plus != version.npos) {
    if (!is_identifiers(version.substr(plus + 1), false)) return std::nullopt;
    version = version.substr(0, plus);
  }
  if (const std::size_t dash = version.find('-'); dash != version.npos) {
    if (!is_identifiers(version.substr(dash + 1), true)) return std::nullopt;
    version = version.substr(0, dash);
  }
  const bool numbers = version.find_first_not_of("0123456789.") == version.npos;
  if (!numbers || std::ranges::count(version, '.') != 2 || !is_identifiers(version, true)) return std::nullopt;
  return version.substr(0, version.find('.'));
}

// Any 1.x is read: properties of a later minor version that we do not know are passed over like all unknown ones.
Result<> validate_version(const std::string& version) {
  if (version.empty()) return fail("ociVersion must be specified", "/ociVersion", "such as \"1.3.0\"");
  const auto major = semver_major(version);
  if (!major) return fail("ociVersion " + text::quote(version) + " is not a semantic version", "/ociVersion", "such as \"1.3.0\"");
  if (*major != "1") return fail("ociVersion " + text::quote(version) + " is not supported: this runtime reads 1.x", "/ociVersion");
  return {};
}

Result<> validate_annotations(const Object<std::string>& annotations) {
  for (const auto& [key, value] : annotations)
    if (key.empty()) return fail("annotation with an empty name", "/annotations/");
  return {};
}

}  // namespace

Result<> validate(const Spec& spec) {
  TRY(validate_version(spec.oci_version));
  if (!spec.process) return fail("process property must not be empty", "/process");
  TRY(validate_process(*spec.process, "/process"));
  if (!spec.root) return fail("root must be specified", "/root");
  if (spec.root->path.empty()) return fail("root.path must not be empty", "/root/path");
  TRY(validate_namespaces(spec));
  TRY(validate_mounts(spec));
  TRY(validate_hooks(spec.hooks));
  TRY(validate_annotations(spec.annotations));
  return validate_linux(spec);
}

}  // namespace config
