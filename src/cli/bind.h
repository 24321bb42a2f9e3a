// cli/bind.h: options of one call → the fields of an options struct, by CLI11. Only what was given is built.
#pragma once
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "cli/arguments.h"

namespace cli {

using Target = std::variant<bool*, std::string*, std::optional<std::string>*, std::uint32_t*, std::vector<std::string>*,
                            std::vector<std::uint32_t>*>;
struct Binding {
  std::string_view option;  // its name in the table
  Target target;
};

// Fields whose option was not given keep their value. An option without a binding is accepted and means nothing.
Result<> bind(const Arguments& arguments, std::initializer_list<Binding> bindings);

}  // namespace cli
