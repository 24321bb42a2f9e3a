#include <unistd.h>

#include "cli/bind.h"
#include "cli/commands.h"
#include "cli/sizes.h"
#include "cli/text.h"
#include "config/read.h"
#include "container/explain.h"
#include "container/files.h"
#include "container/intel_rdt.h"

namespace cli {
namespace {

using config::Cpu;
using config::Memory;

// Options whose value is a number, read here and not by the table: an empty one counts as not given.
template <class Chapter, class Number>
struct Field {
  std::string_view option;
  std::optional<Number> Chapter::* field;
};
constexpr Field<Cpu, std::int64_t> kSignedCpu[] = {
    {"cpu-idle", &Cpu::idle}, {"cpu-quota", &Cpu::quota}, {"cpu-rt-runtime", &Cpu::realtime_runtime}};
constexpr Field<Cpu, std::uint64_t> kUnsignedCpu[] = {{"cpu-burst", &Cpu::burst},
                                                      {"cpu-period", &Cpu::period},
                                                      {"cpu-rt-period", &Cpu::realtime_period},
                                                      {"cpu-share", &Cpu::shares}};
constexpr Field<Memory, std::int64_t> kMemory[] = {{"memory", &Memory::limit},
                                                   {"memory-swap", &Memory::swap},
                                                   {"kernel-memory", &Memory::kernel},
                                                   {"kernel-memory-tcp", &Memory::kernel_tcp},
                                                   {"memory-reservation", &Memory::reservation}};

Result<std::int64_t> bytes_or_unlimited(std::string_view word) {
  if (word == "-1") return -1;
  return parse_bytes(word);
}

template <class Chapter, class Number, std::size_t N>
Result<> read_fields(const Arguments& arguments, const Field<Chapter, Number> (&fields)[N],
                     Result<Number> (*parse)(std::string_view), Chapter& chapter) {
  for (const Field<Chapter, Number>& each : fields) {
    const std::string* word = arguments.find(each.option);
    if (word != nullptr && !word->empty())
      chapter.*each.field = TRY_DOING("invalid value for " + std::string(each.option), parse(*word));
  }
  return {};
}

Result<config::Resources> from_options(const Arguments& arguments) {
  config::Resources asked;
  Cpu cpu;
  Memory memory;
  TRY(bind(arguments, {{"cpuset-cpus", &cpu.cpus}, {"cpuset-mems", &cpu.mems}}));
  TRY(read_fields(arguments, kSignedCpu, parse_int, cpu));
  TRY(read_fields(arguments, kUnsignedCpu, parse_uint, cpu));
  TRY(read_fields(arguments, kMemory, bytes_or_unlimited, memory));
  if (const std::string* weight = arguments.find("blkio-weight")) {
    const std::int64_t value = TRY(parse_int(*weight));
    if (value < 0 || value > 1000) return fail("invalid blkio weight " + *weight + " (valid range is 10-1000)");
    asked.block_io.emplace().weight = static_cast<std::uint16_t>(value);
  }
  if (const std::string* limit = arguments.find("pids-limit")) asked.pids_limit = TRY(parse_int(*limit));
  asked.cpu = std::move(cpu);
  asked.memory = memory;
  return asked;
}

Result<std::string> read_input(const std::string& file) {
  if (file != "-") return container::read_document(file, config::kMaxDocumentBytes);
  return TRY_DOING("read standard input", container::read_rest(0, config::kMaxDocumentBytes));
}

// Lines for the container's group of resctrl, in the specification's order.
Result<std::vector<std::string>> rdt_schemata(const Arguments& arguments) {
  struct Schema {
    std::string_view option;
    bool plan::Resctrl::* there;
    const char* missing;
  };
  constexpr Schema kSchemas[] = {
      {"l3-cache-schema", &plan::Resctrl::l3, "Intel RDT/CAT: l3 cache schema is not enabled"},
      {"mem-bw-schema", &plan::Resctrl::mb, "Intel RDT/MBA: memory bandwidth schema is not enabled"},
  };
  std::vector<std::string> lines;
  std::optional<plan::Resctrl> resctrl;
  for (const Schema& each : kSchemas) {
    const std::string* schema = arguments.find(each.option);
    if (schema == nullptr || schema->empty()) continue;
    if (!resctrl) resctrl = TRY(container::find_resctrl());
    if (!(*resctrl.*each.there)) return fail(each.missing);
    if (schema->find('\n') != schema->npos) return fail("--" + std::string(each.option) + " takes one line");
    lines.push_back(*schema);
  }
  return lines;
}

}  // namespace

Result<int> commands::update(Invocation& call) {
  const std::string& id = call.arguments.positional[0];
  TRY(container::state(call.context, id));  // before anything is read: whoever names no container hears that first
  std::string file, text;
  TRY(bind(call.arguments, {{"resources", &file}}));
  if (!file.empty()) text = TRY(read_input(file));
  Result<config::Resources> asked = file.empty() ? from_options(call.arguments) : config::read_resources(text);
  const std::string name = file == "-" ? "standard input" : file;
  if (!asked && !file.empty()) asked = std::unexpected(container::about_document(std::move(asked).error(), name));
  if (asked && !file.empty()) {
    asked->devices.clear();  // engines send all that the container has; no update changes them
    if (const auto valid = config::validate_resources(*asked, ""); !valid) asked = std::unexpected(valid.error());
  }
  const std::vector<std::string> schemata = asked ? TRY(rdt_schemata(call.arguments)) : std::vector<std::string>{};
  const Result<> updated = asked ? container::update(call.context, id, *asked, schemata) : Result<>(std::unexpected(asked.error()));
  if (updated) return 0;
  Error error = updated.error();
  if (text.empty()) error.pointer.clear();  // options have no place
  return std::unexpected(container::finish(std::move(error), text, base_name(name)));
}

}  // namespace cli
