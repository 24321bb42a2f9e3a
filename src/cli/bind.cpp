#include "cli/bind.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <limits>

#include "support/text.h"

namespace cli {
namespace {

bool store(bool& field, const std::vector<std::string>& values) {
  field = values.back() == "true";
  return true;
}
bool store(std::string& field, const std::vector<std::string>& values) {
  field = values.back();
  return true;
}
bool store(std::optional<std::string>& field, const std::vector<std::string>& values) {
  field = values.back();
  return true;
}
bool store(std::vector<std::string>& field, const std::vector<std::string>& values) {
  field = values;
  return true;
}
bool store(std::uint32_t& field, const std::vector<std::string>& values) {
  const auto number = text::parse_unsigned(values.back(), std::numeric_limits<std::uint32_t>::max());
  if (number) field = static_cast<std::uint32_t>(*number);
  return number.has_value();
}
bool store(std::vector<std::uint32_t>& field, const std::vector<std::string>& values) {
  field.resize(values.size());
  for (std::size_t i = 0; i < values.size(); ++i)
    if (!store(field[i], {values[i]})) return false;
  return true;
}

// The strings reach `store` as they are: CLI11's own conversions would take "[a,b]" apart and drop quotes.
void add(CLI::App& app, const Binding& binding) {
  const auto convert = [target = binding.target](const CLI::results_t& values) {
    return std::visit([&values](auto* field) { return store(*field, values); }, target);
  };
  app.add_option("--" + std::string(binding.option), convert)
      ->type_size(1)
      ->expected(1)
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

}  // namespace

Result<> bind(const Arguments& arguments, std::initializer_list<Binding> bindings) {
  if (arguments.options.empty()) return {};  // most calls: nothing is built at all
  CLI::App app;
  app.set_help_flag();
  const auto given = [&arguments](std::string_view name) { return arguments.find(name) != nullptr; };
  for (const Binding& binding : bindings)
    if (given(binding.option)) add(app, binding);
  std::vector<std::string> words;
  for (const Given& each : arguments.options) {
    const auto bound = [&each](const Binding& binding) { return binding.option == each.option->name; };
    if (!std::ranges::any_of(bindings, bound)) continue;
    // "--name=" would take the next word; as a word of its own an empty value is one.
    words.push_back("--" + std::string(each.option->name) + (each.value.empty() ? "" : "=" + each.value));
    if (each.value.empty()) words.emplace_back();
  }
  std::ranges::reverse(words);  // CLI11 takes them from the back
  try {
    app.parse(std::move(words));
  } catch (const CLI::Error& error) {
    return fail(error.what());
  }
  return {};
}

}  // namespace cli
