// plan/bus_value.h: a value of D-Bus's type system, as a property of a systemd unit has one. D-Bus Specification, "Type System".
#pragma once
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace plan {

// One complete type: a basic one, an array ("as"), a struct ("(ss)") or a variant. Dictionaries are not among them: no property
// that a container sets has one.
struct BusValue {
  std::string signature;
  std::uint64_t number = 0;     // y b n q i u x t, sign-extended; d: the bits of the double
  std::string text;             // s o g
  std::vector<BusValue> items;  // of an array or a struct; a variant's one content

  friend bool operator==(const BusValue&, const BusValue&) = default;
};

inline BusValue bus_text(std::string text) { return {"s", 0, std::move(text), {}}; }
inline BusValue bus_flag(bool value) { return {"b", value ? 1U : 0U, {}, {}}; }
inline BusValue bus_u64(std::uint64_t value) { return {"t", value, {}, {}}; }
inline BusValue bus_u32(std::uint32_t value) { return {"u", value, {}, {}}; }
inline BusValue bus_array(std::string element, std::vector<BusValue> items) {
  return {"a" + std::move(element), 0, {}, std::move(items)};
}
inline BusValue bus_pair(std::string first, std::string second) {
  return {"(ss)", 0, {}, {bus_text(std::move(first)), bus_text(std::move(second))}};
}

// For people and tests: true, 5, "x", ["a", "b"], ("a", "b").
std::string show(const BusValue& value);

}  // namespace plan
