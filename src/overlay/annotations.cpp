// The annotations org.minc-oci.rootfs.* → Request. Pure: no path is looked at here (layers.cpp does that).
#include <algorithm>
#include <array>
#include <limits>

#include "overlay/overlay.h"
#include "overlay/words.h"
#include "support/text.h"

namespace overlay {
namespace {

constexpr std::string_view kPrefix = "org.minc-oci.rootfs.";

struct Place {
  std::string_view bundle;
  std::string pointer;  // of the annotation, for errors
};

// What a person may decide about overlayfs. All else is ours: the layers stay self-contained and nothing of the host is named.
struct Choice {
  std::string_view name;
  std::array<std::string_view, 3> values;  // all empty = a flag
};
constexpr std::array kChoices{
    Choice{"index", {"on", "off"}}, Choice{"metacopy", {"on", "off"}},
    Choice{"nfs_export", {"off"}},  Choice{"redirect_dir", {"on", "off"}},
    Choice{"volatile", {}},         Choice{"xino", {"on", "off", "auto"}},
};

std::unexpected<Error> refuse(const Place& place, std::string what, std::string hint = {}) {
  return fail(std::move(what), place.pointer, std::move(hint));
}

Result<std::string> absolute(const Place& place, std::string_view given, std::string_view what) {
  if (given.empty()) return refuse(place, std::string(what) + " is empty");
  if (given.starts_with('/')) return text::clean_path(given);
  return text::clean_path(std::string(place.bundle) + '/' + std::string(given));
}

Result<> read_lower(const Place& place, std::string_view value, Request& request) {
  const auto names = read_string_list(value);
  if (!names || names->empty())
    return refuse(place, "lower is no JSON array of directories: " + text::quote(value),
                  "as in [\"host\"] or [\"layers/top\", \"/srv/base\"], the top one first");
  for (const std::string& name : *names)
    request.lowers.push_back(name == "host" ? "/" : TRY(absolute(place, name, "a lower directory")));
  return {};
}

Result<> read_upper(const Place& place, std::string_view value, Request& request) {
  if (value == "none") {
    request.upper = Request::Upper::none;
  } else if (value == "tmpfs" || value.starts_with("tmpfs:")) {
    request.upper = Request::Upper::tmpfs;
    if (value == "tmpfs") return {};
    const auto bytes = read_size(value.substr(6));
    if (!bytes || *bytes == 0) return refuse(place, "no size: " + text::quote(value), "as in tmpfs:512m");
    request.tmpfs_bytes = *bytes;
  } else if (value == "layer") {
    return refuse(place, "kept layers (upper \"layer\") are not supported by this version", "name a directory, or \"tmpfs\"");
  } else {
    request.upper = Request::Upper::directory;
    request.upper_directory = TRY(absolute(place, value, "upper"));
  }
  return {};
}

Result<> read_work(const Place& place, std::string_view value, Request& request) {
  request.work_directory = TRY(absolute(place, value, "work"));
  return {};
}

Result<> read_option(const Place& place, std::string_view word, Request& request) {
  const std::size_t equals = word.find('=');
  const std::string_view name = word.substr(0, equals);
  const std::string_view value = equals == std::string_view::npos ? std::string_view{} : word.substr(equals + 1);
  const auto choice = std::ranges::find(kChoices, name, &Choice::name);
  if (choice == kChoices.end()) return refuse(place, "overlay option " + text::quote(name) + " is not allowed here");
  const bool wants_value = !choice->values[0].empty();
  const bool known = wants_value ? !value.empty() && std::ranges::find(choice->values, value) != choice->values.end()
                                 : equals == std::string_view::npos;
  if (!known) return refuse(place, "overlay option " + text::quote(word) + " has no such value");
  request.options.emplace_back(name, value);
  return {};
}

Result<> read_options(const Place& place, std::string_view value, Request& request) {
  while (!value.empty()) {
    const std::size_t comma = value.find(',');
    TRY(read_option(place, value.substr(0, comma), request));
    value = comma == std::string_view::npos ? std::string_view{} : value.substr(comma + 1);
  }
  return {};
}

Result<> read_submounts(const Place& place, std::string_view value, Request& request) {
  constexpr std::array<std::string_view, 4> names{"overlay", "ro", "bind", "hide"};  // in the order of Submounts
  const auto found = std::ranges::find(names, value);
  if (found == names.end()) return refuse(place, "submounts is none of overlay, ro, bind, hide: " + text::quote(value));
  request.submounts = static_cast<Submounts>(found - names.begin());
  return {};
}

Result<> read_mask(const Place& place, std::string_view, Request&) {
  return refuse(place, "this annotation is not supported by this version", "name the paths in linux.maskedPaths");
}

Result<> read_keep(const Place& place, std::string_view value, Request&) {
  if (value == "false") return {};
  return refuse(place, "kept layers are not supported by this version", "name a directory as upper");
}

Result<> read_attach(const Place& place, std::string_view, Request&) {
  return refuse(place, "this annotation is not supported by this version");
}

Result<> pass_type(const Place&, std::string_view, Request&) { return {}; }

struct Annotation {
  std::string_view name;
  Result<> (*read)(const Place& place, std::string_view value, Request& request);
};
constexpr std::array kAnnotations{
    Annotation{"attach", read_attach}, Annotation{"keep", read_keep},       Annotation{"lower", read_lower},
    Annotation{"mask", read_mask},     Annotation{"options", read_options}, Annotation{"submounts", read_submounts},
    Annotation{"type", pass_type},     Annotation{"upper", read_upper},     Annotation{"work", read_work},
};

const std::string* find(const config::Spec& spec, std::string_view name) {
  for (const auto& [key, value] : spec.annotations)
    if (key.starts_with(kPrefix) && std::string_view(key).substr(kPrefix.size()) == name) return &value;
  return nullptr;
}

Place place_of(std::string_view name, std::string_view bundle) {
  return {bundle, text::pointer("/annotations", std::string(kPrefix) + std::string(name))};
}

// The rules that span several annotations.
Result<> settle(const config::Spec& spec, const std::string& bundle, Request& request) {
  if (spec.root && spec.root->readonly) request.upper = Request::Upper::none;  // nothing could be written anyway
  if (request.lowers.empty())
    return refuse(place_of("type", bundle), "an overlay root needs the annotation org.minc-oci.rootfs.lower");
  const bool directory = request.upper == Request::Upper::directory;
  if (!directory && !request.work_directory.empty() && request.upper_directory.empty())
    return refuse(place_of("work", bundle), "work is given, but upper is no directory");
  if (directory && request.work_directory.empty()) request.work_directory = request.upper_directory + ".work";
  return {};
}

}  // namespace

Result<std::optional<Request>> read_annotations(const config::Spec& spec, const std::string& bundle) {
  const std::string* type = find(spec, "type");
  if (type == nullptr) return std::nullopt;
  if (*type != "overlay")
    return refuse(place_of("type", bundle), "org.minc-oci.rootfs.type is not \"overlay\": " + text::quote(*type));
  Request request;
  for (const auto& [key, value] : spec.annotations) {
    if (!key.starts_with(kPrefix)) continue;
    const std::string_view name = std::string_view(key).substr(kPrefix.size());
    const Place place = place_of(name, bundle);
    const auto annotation = std::ranges::find(kAnnotations, name, &Annotation::name);
    if (annotation == kAnnotations.end()) return refuse(place, "unknown annotation " + text::quote(key));
    TRY(annotation->read(place, value, request));
  }
  TRY(settle(spec, bundle, request));
  return request;
}

}  // namespace overlay
