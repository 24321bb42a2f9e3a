// The JSON that people and engines give: an error with a place, or types; never a crash. What is accepted is accepted again in the
// form in which we keep it.
#include "config/read.h"
#include "plan/update.h"
#include "tests/fuzz/targets.h"

namespace fuzz {
namespace {

const config::Spec& container() {
  static const config::Spec spec = spec_of(read_file("everything.json"));
  return spec;
}

// A place is somewhere in the text, and a message has words.
void look_up(std::string_view text, const Error& error) {
  must(!error.what.empty());
  if (error.pointer.empty()) return;
  if (error.pointer.starts_with(':')) return;  // no JSON: the place itself
  const config::Position at = config::locate(text, error.pointer);
  must(at.line != 0 && at.column != 0);
}

void print(const Result<plan::Plan>& plan) {
  if (!plan) return must(!plan.error().what.empty());
  must(plan::View::check(plan->image));
  read_all(plan->view());
  must(!plan::print_text(*plan).empty() && !plan::print_json(*plan).empty());
}

}  // namespace

void config(std::string_view bytes) {
  const auto spec = config::read_spec(bytes);
  if (!spec) return look_up(bytes, spec.error());
  if (const auto valid = config::validate(*spec); !valid) look_up(bytes, valid.error());
}

void plan(std::string_view bytes) {
  const auto spec = config::read_spec(bytes);
  if (!spec || !config::validate(*spec)) return;
  plan::Request request;
  request.id = "fuzz";
  request.bundle = "/bundle";
  request.rootfs = "/bundle/rootfs";
  request.wait_for_start = true;
  request.systemd_cgroup = bytes.size() % 3 == 0;
  print(plan::compile(*spec, host_for(bytes), request));
}

void process(std::string_view bytes) {
  const auto process = config::read_process(bytes);
  if (!process) return look_up(bytes, process.error());
  if (const auto valid = config::validate_process(*process, ""); !valid) return look_up(bytes, valid.error());
  plan::ExecRequest request;
  request.id = "fuzz";
  request.namespaces = 0x2c020000;  // mount, uts, ipc, pid
  print(plan::compile_exec(container(), *process, host_for(bytes), request));
}

void resources(std::string_view bytes) {
  const auto asked = config::read_resources(bytes);
  if (!asked) return look_up(bytes, asked.error());
  if (const auto valid = config::validate_resources(*asked, ""); !valid) return look_up(bytes, valid.error());
  const plan::Update update = plan::update_resources(container().linux_.resources.value(), *asked);
  const std::string kept = config::write_resources(update.kept);
  const auto again = config::read_resources(kept);
  must(again.has_value());
  must(config::write_resources(*again) == kept);
}

}  // namespace fuzz
