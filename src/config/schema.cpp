#include "config/schema.h"

#include <algorithm>
#include <cstring>

#include "support/text.h"

namespace config {
namespace {

std::string_view kind_in_words(Type::Kind kind) {
  switch (kind) {
    case Type::Kind::boolean:
      return "true or false";
    case Type::Kind::integer:
      return "integer";
    case Type::Kind::string:
      return "string";
    case Type::Kind::array:
      return "array";
    case Type::Kind::map:
    case Type::Kind::object:
      break;
  }
  return "object";
}

std::string expected(const Type& type) {
  std::string words = "expected ";
  words.append(kind_in_words(type.kind));
  if (type.kind == Type::Kind::integer)
    words.append(" ").append(std::to_string(type.min)).append("..").append(std::to_string(type.max));
  return words;
}

bool has_nul(std::string_view text) { return std::memchr(text.data(), 0, text.size()) != nullptr; }

constexpr char kNulHint[] = "the kernel would see the text only up to it";

}  // namespace

bool Machine::refuse(std::string what, std::string hint) {
  error = Error{0, std::move(what), pointer(), std::move(hint)};
  return false;
}

bool Machine::mismatch(const Type& type, std::string_view found) { return refuse(expected(type).append(", found ").append(found)); }

std::string_view Machine::name(std::size_t index) const {
  const std::size_t begin = index == 0 ? 0 : name_ends_[index - 1];
  return std::string_view(names_).substr(begin, name_ends_[index] - begin);
}

std::string Machine::pointer() const {
  std::string whole;
  for (std::size_t level = 0; level < frames_.size(); ++level) {
    const Frame& frame = frames_[level];
    if (frame.is_array) {
      if (frame.index > 0) text::append_pointer(whole, frame.index - 1);
    } else if (frame.field != nullptr) {
      text::append_pointer(whole, frame.field->key);
    } else {
      const std::size_t end = level + 1 < frames_.size() ? frames_[level + 1].first_name : name_ends_.size();
      if (end > frame.first_name) text::append_pointer(whole, name(end - 1));
    }
  }
  return whole;
}

// Where the value goes that begins now; a null leaves its place untouched, so that optional members stay absent.
Machine::Place Machine::next(bool is_null) {
  if (frames_.empty()) return {&root_type_, root_target_};
  Frame& frame = frames_.back();
  if (frame.is_array) ++frame.index;
  if (frame.type == nullptr) return {};
  if (frame.type->kind == Type::Kind::object) {
    if (frame.field == nullptr || is_null) return {};
    frame.present |= std::uint64_t{1} << (frame.field - frame.type->fields().data());
    return {frame.field->type, frame.field->slot(frame.target)};
  }
  const Type* element = frame.type->element;
  if (is_null) return {element, nullptr};
  return {element, frame.type->append(frame.target, frame.is_array ? std::string_view{} : name(name_ends_.size() - 1))};
}

bool Machine::null() {
  const Place place = next(true);
  if (place.type == nullptr) return true;
  return mismatch(*place.type, "null");
}

bool Machine::boolean(bool value) {
  const Place place = next(false);
  if (place.type == nullptr) return true;
  if (place.type->kind != Type::Kind::boolean) return mismatch(*place.type, value ? "true" : "false");
  place.type->store(place.target, value ? 1 : 0);
  return true;
}

bool Machine::store_integer(const Type& type, void* target, bool negative, std::uint64_t bits) {
  const auto as_text = [&] { return negative ? std::to_string(static_cast<std::int64_t>(bits)) : std::to_string(bits); };
  if (type.kind != Type::Kind::integer) return mismatch(type, "integer " + as_text());
  const bool fits = negative ? static_cast<std::int64_t>(bits) >= type.min
                             : bits <= type.max && (type.min <= 0 || bits >= static_cast<std::uint64_t>(type.min));
  if (!fits) return mismatch(type, as_text());
  type.store(target, bits);
  return true;
}

bool Machine::integer(std::int64_t value) {
  const Place place = next(false);
  return place.type == nullptr || store_integer(*place.type, place.target, value < 0, static_cast<std::uint64_t>(value));
}

bool Machine::natural(std::uint64_t value) {
  const Place place = next(false);
  return place.type == nullptr || store_integer(*place.type, place.target, false, value);
}

bool Machine::fraction(std::string_view token) {
  const Place place = next(false);
  if (place.type == nullptr) return true;
  if (place.type->kind != Type::Kind::integer) return mismatch(*place.type, "number " + std::string(token));
  const bool whole = token.find_first_of(".eE") == token.npos;
  return refuse(expected(*place.type).append(", found ").append(token.substr(0, 64)),
                whole ? "" : "write it with digits only, without fraction and exponent");
}

bool Machine::string(std::string& value) {
  const Place place = next(false);
  if (has_nul(value)) return refuse("string contains a NUL byte", kNulHint);
  if (value.size() > kMaxStringBytes && (place.type == nullptr || !place.type->long_text))
    return refuse("string of " + std::to_string(value.size()) + " bytes, at most " + std::to_string(kMaxStringBytes) +
                  " are allowed here");
  if (place.type == nullptr) return true;
  if (place.type->kind != Type::Kind::string) return mismatch(*place.type, "string");
  *static_cast<std::string*>(place.target) = std::move(value);
  return true;
}

bool Machine::open(bool is_array, Type::Kind kind, std::string_view found) {
  const Place place = next(false);
  if (place.type != nullptr && place.type->kind != kind && !(kind == Type::Kind::object && place.type->kind == Type::Kind::map))
    return mismatch(*place.type, found);
  if (frames_.size() == kMaxDepth) return refuse("nested deeper than " + std::to_string(kMaxDepth) + " levels");
  Frame& frame = frames_.emplace_back();
  frame.type = place.type, frame.target = place.target, frame.is_array = is_array, frame.first_name = name_ends_.size();
  return true;
}

bool Machine::open_object() { return open(false, Type::Kind::object, "object"); }
bool Machine::open_array() { return open(true, Type::Kind::array, "array"); }

bool Machine::key(std::string_view key) {
  Frame& frame = frames_.back();
  frame.field = nullptr;
  if (frame.type != nullptr && frame.type->kind == Type::Kind::object) {
    const Fields fields = frame.type->fields();
    const auto known = std::ranges::find(fields, key, &Field::key);
    if (known != fields.end()) {
      frame.field = &*known;
      for (std::size_t each = 0; each < fields.size(); ++each)  // another spelling of it has the same place
        if ((frame.seen >> each & 1) && fields[each].slot == known->slot)
          return refuse("duplicate property " + text::quote(key), "keep one of them");
      frame.seen |= std::uint64_t{1} << (known - fields.begin());
      return true;
    }
  }
  names_.append(key);
  name_ends_.push_back(static_cast<std::uint32_t>(names_.size()));
  if (has_nul(key)) return refuse("property name contains a NUL byte", kNulHint);
  if (key.size() > kMaxStringBytes) return refuse("property name of " + std::to_string(key.size()) + " bytes");
  return true;
}

// Names of maps and unknown properties are compared when their object ends: sorting keeps millions of them cheap.
bool Machine::names_are_unique(const Frame& frame) {
  const std::size_t count = name_ends_.size() - frame.first_name;
  if (count < 2) return true;
  std::vector<std::uint32_t> order(count);
  for (std::size_t each = 0; each < count; ++each) order[each] = static_cast<std::uint32_t>(frame.first_name + each);
  std::ranges::sort(order, {}, [this](std::uint32_t each) { return name(each); });
  const auto twin = std::ranges::adjacent_find(order, {}, [this](std::uint32_t each) { return name(each); });
  if (twin == order.end()) return true;
  const std::string twice(name(*twin));
  // The pointer of this object ends with its last name: put the one that stands twice in its place.
  frames_.back().field = nullptr;
  names_.append(twice);
  name_ends_.push_back(static_cast<std::uint32_t>(names_.size()));
  return refuse("duplicate property " + text::quote(twice), "keep one of them");
}

bool Machine::close_object() {
  Frame& frame = frames_.back();
  if (!names_are_unique(frame)) return false;
  name_ends_.resize(frame.first_name);
  names_.resize(name_ends_.empty() ? 0 : name_ends_.back());
  if (frame.type != nullptr && frame.type->kind == Type::Kind::object) {
    const Fields fields = frame.type->fields();
    for (std::size_t each = 0; each < fields.size(); ++each) {
      if (!fields[each].required || (frame.present >> each & 1)) continue;
      frame.field = nullptr;  // the pointer is this object's
      return refuse("required property " + text::quote(fields[each].key) + " is missing");
    }
  }
  frames_.pop_back();
  return true;
}

bool Machine::close_array() {
  frames_.pop_back();
  return true;
}

}  // namespace config
