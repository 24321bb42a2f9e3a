// tests/fuzz/targets.h: what the fuzzer feeds. One program holds all of them and is the target whose name it is called by.
//
// A target takes any bytes and says nothing: wrong is only what ends the process (a sanitizer's report, `must`) or does not end.
#pragma once
#include <string>
#include <string_view>

#include "config/spec.h"
#include "plan/facts.h"
#include "plan/plan.h"

namespace fuzz {

void config(std::string_view bytes);     // config.json: read, validated, its errors located
void plan(std::string_view bytes);       // config.json: compiled for one of several hosts, printed
void process(std::string_view bytes);    // exec --process FILE
void resources(std::string_view bytes);  // update --resources FILE
void state(std::string_view bytes);      // state.json, limits.json, descriptors.json, a file of facts
void image(std::string_view bytes);      // a plan as init reads it
void arguments(std::string_view bytes);  // the command line: options, numbers, sizes, times, signals, users
void messages(std::string_view bytes);   // what systemd and criu answer

// Something that holds for every input. Not assert: it must count in every build.
inline void must(bool holds) {
  if (!holds) __builtin_trap();
}

std::string read_file(const std::string& name);  // below tests/plan
config::Spec spec_of(const std::string& text);   // of our own documents, which are right

// The hosts that a document is compiled for: v1, v2, rootless, and one of which nothing is known. Its length decides, which the
// fuzzer changes all the time.
const plan::HostFacts& host_for(std::string_view bytes);

// Whole images, states and messages, into the corpus below `directory`.
void write_seeds(const std::string& directory);

// Every descriptor, text and array that init could reach, each byte of it.
void read_all(const plan::View& view);

}  // namespace fuzz
