// plan/words.h: names for what the image holds as numbers, for print.cpp and the messages. Internal to this room.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "plan/plan.h"

namespace plan {

std::string_view kind_name(Kind kind);  // as the enumerator is spelled
std::string_view stage_name(Stage stage);
std::string_view descriptor_name(DescriptorKind kind);
std::string attribute_words(const View& view, const Attributes& attributes);  // "nosuid, ro, rprivate", "" = none
std::string propagation_word(std::uint32_t flags);                            // "rslave"
std::string octal(std::uint32_t mode);                                        // "0755"

// What belongs to a step and is too long for its sentence, a line each: arguments, environment, seccomp rules.
std::vector<std::string> step_details(const Plan& plan, const Step& step);

}  // namespace plan
