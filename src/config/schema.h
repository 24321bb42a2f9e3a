// config/schema.h: the tables that say how JSON becomes types, and the machine that runs over them. Internal to this room.
//
//   Type    what must stand there (boolean, integer in a range, string, array, map, object) and how it is stored
//   Field   one property of an object: its key, its Type, and the member that takes it
//
// A chapter gives one table of Fields for each struct (`fields_of`, declared in config/chapters.h); Types follow from the
// members' C++ types. Everything is constexpr: nothing is built when the program starts.
#pragma once
#include <concepts>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "config/spec.h"
#include "support/result.h"

namespace config {

inline constexpr std::size_t kMaxDepth = 64;
inline constexpr std::size_t kMaxStringBytes = 1U << 20;  // but for args, env and annotations

struct Type;
struct Field {
  std::string_view key;
  const Type* type = nullptr;
  void* (*slot)(void* object) = nullptr;  // where the value goes; an optional member becomes present by it
  bool required = false;
};
using Fields = std::span<const Field>;  // at most 64

struct Type {
  enum class Kind : std::uint8_t { boolean, integer, string, array, map, object };
  Kind kind = Kind::object;
  bool long_text = false;  // string: only the document's size limits it
  std::int64_t min = 0;    // integer
  std::uint64_t max = 0;
  void (*store)(void* target, std::uint64_t bits) = nullptr;      // boolean, integer (two's complement)
  const Type* element = nullptr;                                  // array, map
  void* (*append)(void* target, std::string_view key) = nullptr;  // array, map: a new element's place
  Fields (*fields)() = nullptr;                                   // object
};

// ---- Types from C++ types ---------------------------------------------------------------------------------------------------

template <class T>
struct Unwrapped {
  using Inner = T;
};
template <class T>
struct Unwrapped<std::optional<T>> {
  using Inner = T;
};
template <class T>
inline constexpr bool is_array = false;
template <class T>
inline constexpr bool is_array<std::vector<T>> = true;
template <class T>
inline constexpr bool is_map = false;
template <class T>
inline constexpr bool is_map<Object<T>> = true;

template <std::integral T>
consteval Type integer(std::int64_t min = std::numeric_limits<T>::min(),
                       std::uint64_t max = static_cast<std::uint64_t>(std::numeric_limits<T>::max())) {
  Type type{.kind = Type::Kind::integer, .min = min, .max = max};
  type.store = [](void* target, std::uint64_t bits) { *static_cast<T*>(target) = static_cast<T>(bits); };
  return type;
}

template <class T>
consteval Type make_type();
template <class T>
inline constexpr Type type_of = make_type<T>();

template <class T>
consteval Type array_of(const Type& element) {
  Type type{.kind = Type::Kind::array, .element = &element};
  type.append = [](void* target, std::string_view) -> void* { return &static_cast<std::vector<T>*>(target)->emplace_back(); };
  return type;
}
template <class T>
consteval Type map_of(const Type& element) {
  Type type{.kind = Type::Kind::map, .element = &element};
  type.append = [](void* target, std::string_view key) -> void* {
    return &static_cast<Object<T>*>(target)->emplace_back(std::string(key), T{}).second;
  };
  return type;
}
consteval Type object_of(Fields (*fields)()) { return Type{.kind = Type::Kind::object, .fields = fields}; }

template <class T>
consteval Type make_type() {
  if constexpr (std::same_as<T, bool>) {
    Type type{.kind = Type::Kind::boolean};
    type.store = [](void* target, std::uint64_t bits) { *static_cast<bool*>(target) = bits != 0; };
    return type;
  } else if constexpr (std::integral<T>) {
    return integer<T>();
  } else if constexpr (std::same_as<T, std::string>) {
    return Type{.kind = Type::Kind::string};
  } else if constexpr (is_map<T>) {
    using Value = typename T::value_type::second_type;
    return map_of<Value>(type_of<Value>);
  } else if constexpr (is_array<T>) {
    return array_of<typename T::value_type>(type_of<typename T::value_type>);
  } else {
    return object_of([] { return fields_of(static_cast<const T*>(nullptr)); });
  }
}

// A uid or gid: the last number means "none" to the kernel (setresuid(2), chown(2)) and would silently change nothing.
inline constexpr Type kId = integer<std::uint32_t>(0, 4294967294);
inline constexpr Type kIds = array_of<std::uint32_t>(kId);
inline constexpr Type kLongString{.kind = Type::Kind::string, .long_text = true};
inline constexpr Type kLongStrings = array_of<std::string>(kLongString);
inline constexpr Type kLongStringMap = map_of<std::string>(kLongString);

// ---- Fields from members ----------------------------------------------------------------------------------------------------

template <class Owner, class Member>
Member member_of(Member Owner::*);
template <class Owner, class Member>
Owner owner_of(Member Owner::*);

template <auto Pointer>
void* slot_of(void* object) {
  auto& member = static_cast<decltype(owner_of(Pointer))*>(object)->*Pointer;
  if constexpr (requires { member.emplace(); })
    return &member.emplace();
  else
    return &member;
}

template <auto Pointer>
consteval Field field(std::string_view key, const Type& type) {
  return Field{key, &type, &slot_of<Pointer>};
}
template <auto Pointer>
consteval Field field(std::string_view key) {
  return field<Pointer>(key, type_of<typename Unwrapped<decltype(member_of(Pointer))>::Inner>);
}
consteval Field required(Field field) {
  field.required = true;
  return field;
}
// An object in JSON whose properties are members of the same struct here (resources.pids.limit).
consteval Field flattened(std::string_view key, const Type& type) {
  return Field{key, &type, [](void* object) { return object; }};
}

// ---- the machine ------------------------------------------------------------------------------------------------------------

// Takes the events of one JSON document in order. Each answers false when the document is refused: then `error` says why and no
// more events may follow. Its own stack, so the depth of the document is not the depth of ours.
class Machine {
 public:
  Machine(const Type& type, void* target) : root_type_(type), root_target_(target) { frames_.reserve(16); }

  bool null();
  bool boolean(bool value);
  bool integer(std::int64_t value);       // negative ones
  bool natural(std::uint64_t value);      // the others
  bool fraction(std::string_view token);  // with '.' or an exponent, or beyond 64 bits
  bool string(std::string& value);        // may be moved from
  bool open_object();
  bool key(std::string_view name);
  bool close_object();
  bool open_array();
  bool close_array();

  Error error;

 private:
  struct Frame {
    const Type* type = nullptr;  // nullptr: nobody wants what is in here
    void* target = nullptr;
    bool is_array = false;
    const Field* field = nullptr;         // object: the property being read, nullptr = an unknown one
    std::size_t index = 0;                // array: of the element being read, counted from 1
    std::uint64_t seen = 0, present = 0;  // object: bits of `fields`; seen counts null too
    std::size_t first_name = 0;           // names of maps and unknown properties, in `names_`
  };
  struct Place {  // of the value that comes next
    const Type* type = nullptr;
    void* target = nullptr;
  };

  Place next(bool is_null);
  bool refuse(std::string what, std::string hint = {});
  bool mismatch(const Type& type, std::string_view found);
  bool store_integer(const Type& type, void* target, bool negative, std::uint64_t bits);
  bool open(bool is_array, Type::Kind kind, std::string_view found);
  std::string_view name(std::size_t index) const;
  bool names_are_unique(const Frame& frame);
  std::string pointer() const;

  const Type& root_type_;
  void* root_target_;
  std::vector<Frame> frames_;
  std::string names_;                     // one after the other
  std::vector<std::uint32_t> name_ends_;  // a document has fewer than 2^32 bytes
};

}  // namespace config
