// Reads rows of JSON from files and folders, one at a time, so that length costs no memory.
//
// A .jsonl file holds a row in each line of at most 1 MiB; a .json file holds one row, or an array
// of them. A folder stands for its .jsonl and .json files, subfolders included, in order of path.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/fault.h"
#include "base/json.h"

namespace traincost {

// Hands each row to `visit` with the file it is from. Faults of rows that cannot be read, and
// InputErrors that `visit` throws, are all collected and thrown together at the end. `expected`
// says what a folder should have held: "published runs, schema traincost.published/1".
void visit_json_rows(
    const std::vector<std::string>& paths, const std::string& expected,
    const std::function<void(const JsonValue& row, const std::string& file)>& visit);

}  // namespace traincost
