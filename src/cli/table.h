// cli/table.h: rows of words in columns, laid out as Go's tabwriter does with a least cell width of 12 and a padding of 3.
#pragma once
#include <string>
#include <vector>

namespace cli {

using Row = std::vector<std::string>;
// All rows have as many cells as the first. The last column is not padded. Ends with a newline.
std::string lay_out(const std::vector<Row>& rows);

}  // namespace cli
