// Comma-separated values as RFC 4180 has them, safe to open in a spreadsheet.
#pragma once

#include <string>

#include "reports/tree.h"

namespace traincost {

// A text as one cell, quoted where it must be.
[[nodiscard]] std::string csv_cell(const std::string& text);

// A text as JSON has it, with its quotes.
[[nodiscard]] std::string json_string(const std::string& text);

// The keys of all rows as a header, in the order in which they are met, then one line a row, CRLF.
// Null, and what a row has not, is an empty cell; a text that a spreadsheet would read as a formula
// gets a leading apostrophe. Members that are no scalars are left out.
[[nodiscard]] std::string csv_table(const Tree& rows);

// The rows as JSON Lines, one a line.
[[nodiscard]] std::string json_lines(const Tree& rows);

}  // namespace traincost
