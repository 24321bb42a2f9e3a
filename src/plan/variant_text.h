// plan/variant_text.h: a value written in GVariant's text format, as annotations give unit properties. GLib, "GVariant Text
// Format".
#pragma once
#include <string_view>

#include "plan/bus_value.h"
#include "support/result.h"

namespace plan {

// "true", "uint64 5", "'words'", "['a', 'b']", "@as []", "('a', 1)", "<5>". Numbers without a type are int32, with a point or an
// exponent doubles, as GVariant has it. Dictionaries, maybe types and byte strings are refused.
Result<BusValue> parse_variant(std::string_view text);

}  // namespace plan
