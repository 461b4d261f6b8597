// A file's text, or a fault that says why not.
#pragma once

#include <string>

namespace traincost {

// All of `path`, or of standard input where `path` is "-". Throws InputError where there is
// no such file, it is a folder, it cannot be read, or it is larger than 16 MiB.
[[nodiscard]] std::string read_file(const std::string& path);

// From here on read_file reads nothing, standard input included, and throws: for a service, whose
// questions come from strangers. Said once, before there are threads.
void refuse_files();
[[nodiscard]] bool files_are_read();

}  // namespace traincost
