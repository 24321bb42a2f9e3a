// config/words.h: help for a word that is in none of the tables. Internal to this room.
#pragma once
#include <string>
#include <string_view>

#include "config/names.h"

namespace config {

// "one of A, B, C": for short tables, as an error's hint.
template <class Table>
std::string choices(const Table& table) {
  std::string words = "one of ";
  for (const auto& entry : table) words.append(&entry == &*table.begin() ? "" : ", ").append(entry.name);
  return words;
}

}  // namespace config
