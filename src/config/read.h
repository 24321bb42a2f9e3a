// config/read.h: text → types, strictly (SAX, no tree, bounded depth and size).
// Every error has the JSON pointer in Error::pointer (Error::what does not repeat it); `locate` turns it into line and column. What
// is no JSON has no pointers: there it is ":LINE:COLUMN". Refused: wrong type, integer out of the field's range or with a fraction,
// duplicate key, NUL in a string, invalid UTF-8, text after the document, depth over 64, a required property missing, a value that
// is none of an enumeration's. Unknown properties pass. null = absent where the property is optional.
#pragma once
#include <string>
#include <string_view>

#include "config/spec.h"
#include "support/result.h"

namespace config {

inline constexpr std::size_t kMaxDocumentBytes = 64U << 20;

Result<Spec> read_spec(std::string_view text);
Result<Process> read_process(std::string_view text);      // exec --process FILE
Result<Resources> read_resources(std::string_view text);  // update --resources FILE
Result<std::vector<Mount>> read_mounts(std::string_view text);
// Compact JSON that read_resources understands, without the device rules: the limits as the state keeps them after an update.
std::string write_resources(const Resources& resources);

// All that can be refused by looking at the config alone, in the order of the document. What
// depends on the host is refused by plan::compile.
Result<> validate(const Spec& spec);
Result<> validate_process(const Process& process, std::string_view pointer_prefix);  // "/process", or "" for exec's file

// The rules of mounts[] for the mounts of `spec`. Pointers begin with "/mounts".
Result<> validate_mounts(const Spec& spec);
// update's limits: the same rules as for linux.resources of a config. "/linux/resources", or "" for update's file.
Result<> validate_resources(const Resources& resources, std::string_view pointer_prefix);

// Where a pointer's value begins, both counted from 1 (columns in bytes). A place that the document does not have (a missing
// property) is shown as its nearest parent; of a duplicate property the last is meant. {0,0}: the text has no value at all.
struct Position {
  std::size_t line = 0, column = 0;
};
Position locate(std::string_view text, std::string_view pointer);

// What `spec` writes: tab-indented JSON without a final newline.
struct DefaultSpecOptions {
  bool rootless = false;
  std::uint32_t euid = 0, egid = 0;
  bool cgroup_namespace = false;  // pure cgroup v2 hosts
};
std::string default_spec(const DefaultSpecOptions& options);

}  // namespace config
