// config/samples.h: documents for this room's tests.
#pragma once
#include <string>

#include "config/read.h"

namespace config::samples {

// A config that is accepted, with more properties at its three levels: "\"hostname\": \"x\"".
struct Parts {
  std::string top, process, linux_;
  std::string namespaces = R"({"type":"pid"},{"type":"network"},{"type":"ipc"},{"type":"uts"},{"type":"mount"})";
};

inline std::string text(const Parts& parts) {
  const auto more = [](const std::string& properties) { return properties.empty() ? "" : "," + properties; };
  return R"({"ociVersion":"1.0.2-dev","root":{"path":"rootfs"},"process":{"cwd":"/","args":["sh"])" + more(parts.process) +
         R"(},"linux":{"namespaces":[)" + parts.namespaces + "]" + more(parts.linux_) + "}" + more(parts.top) + "}";
}

inline std::string in_words(const Error& error) { return error.pointer + ": " + error.what; }

// "" when the document is read and valid, otherwise "pointer: message".
inline std::string verdict(const std::string& document) {
  const Result<Spec> spec = read_spec(document);
  if (!spec) return in_words(spec.error());
  const Result<> valid = validate(*spec);
  return valid ? "" : in_words(valid.error());
}
inline std::string verdict(const Parts& parts) { return verdict(text(parts)); }
inline std::string verdict_top(const std::string& top) { return verdict(Parts{.top = top, .process = {}, .linux_ = {}}); }
inline std::string verdict_process(const std::string& process) {
  return verdict(Parts{.top = {}, .process = process, .linux_ = {}});
}
inline std::string verdict_linux(const std::string& section) { return verdict(Parts{.top = {}, .process = {}, .linux_ = section}); }

}  // namespace config::samples
