// init/strings.cpp. Process: init, or a hook about to be.
#include "init/strings.h"

namespace init {

static const char* table[Strings::kMax + 1];  // zero from the start: the end of the environment is there already

void Strings::add(const char* text) {
  if (fits()) table[size_++] = text;
}

void Strings::add_all(const Run& run, plan::Range texts) {
  for (const plan::Text& text : run.plan.array<plan::Text>(texts)) add(run.c_str(text));
}

void Strings::end_arguments() {
  add(nullptr);
  environment_ = size_;
}

const char* const* Strings::arguments() const { return table; }
const char* const* Strings::environment() const { return table + environment_; }

}  // namespace init
