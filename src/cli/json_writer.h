// cli/json_writer.h: JSON text as Go's encoding/json lays it out, value by value. Indented, or on one line.
#pragma once
#include <charconv>
#include <concepts>
#include <string>
#include <string_view>

#include "cli/text.h"

namespace cli {

class JsonWriter {
 public:
  explicit JsonWriter(std::size_t indent) : indent_(indent) {}  // blanks a level; 0 = one line

  JsonWriter& begin_object() { return open('{'); }
  JsonWriter& end_object() { return close('}'); }
  JsonWriter& begin_array() { return open('['); }
  JsonWriter& end_array() { return close(']'); }
  JsonWriter& key(std::string_view name) {
    begin_value();
    text_.append(json_string(name)).append(indent_ > 0 ? ": " : ":");
    after_key_ = true;
    return *this;
  }
  JsonWriter& value(std::string_view text) { return literal(json_string(text)); }
  JsonWriter& value(const char* text) { return value(std::string_view(text)); }
  JsonWriter& value(std::same_as<bool> auto flag) { return literal(flag ? "true" : "false"); }
  JsonWriter& value(std::integral auto number)
    requires(!std::same_as<decltype(number), bool>)
  {
    return literal(std::to_string(number));
  }
  // The shortest digits that give the number again, without an exponent.
  JsonWriter& value(std::same_as<double> auto number) {
    char digits[64];
    const auto end = std::to_chars(digits, digits + sizeof digits, number, std::chars_format::fixed).ptr;
    return literal(std::string_view(digits, static_cast<std::size_t>(end - digits)));
  }
  JsonWriter& null() { return literal("null"); }
  template <class Names>
  JsonWriter& strings(const Names& names) {
    begin_array();
    for (const auto& name : names) value(std::string_view(name));
    return end_array();
  }

  std::string take() { return std::move(text_); }

 private:
  std::string text_;
  std::size_t indent_ = 0, depth_ = 0;
  bool first_ = true;  // nothing stands yet at this level
  bool after_key_ = false;

  void new_line() {
    if (indent_ > 0) text_.append(1, '\n').append(indent_ * depth_, ' ');
  }
  void begin_value() {
    if (after_key_) {
      after_key_ = false;
      return;
    }
    if (!first_) text_ += ',';
    if (depth_ > 0) new_line();
    first_ = false;
  }
  JsonWriter& literal(std::string_view text) {
    begin_value();
    text_.append(text);
    return *this;
  }
  JsonWriter& open(char bracket) {
    begin_value();
    text_ += bracket;
    ++depth_, first_ = true;
    return *this;
  }
  JsonWriter& close(char bracket) {
    --depth_;
    if (!first_) new_line();
    text_ += bracket;
    first_ = false;
    return *this;
  }
};

}  // namespace cli
