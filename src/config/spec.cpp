// The document's outermost object, and the order in which its chapters are checked: config.md.
#include "config/spec.h"

#include "config/chapters.h"
#include "config/read.h"
#include "config/run_oci.h"
#include "config/version.h"
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

// Any 1.x is read: properties of a later minor version that we do not know are passed over like all unknown ones, and the compiler
// of the plan warns of that.
Result<> validate_version(const std::string& version) {
  if (version.empty()) return fail("ociVersion must be specified", "/ociVersion", "such as \"1.3.0\"");
  const auto parsed = parse_version(version);
  if (!parsed) return fail("ociVersion " + text::quote(version) + " is not a semantic version", "/ociVersion", "such as \"1.3.0\"");
  if (parsed->major != "1")
    return fail("ociVersion " + text::quote(version) + " is not supported: this runtime reads 1.x", "/ociVersion");
  return {};
}

Result<> validate_annotations(const Object<std::string>& annotations) {
  for (const auto& [key, value] : annotations)
    if (key.empty()) return fail("annotation with an empty name", "/annotations/");
  return validate_run_oci(annotations);
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
