#include "base/fault.h"

#include <utility>

namespace traincost {

std::string Fault::text() const {
  std::string text = file;
  if (line > 0) text += ":" + std::to_string(line);
  if (!pointer.empty()) text += ": " + pointer;
  if (!text.empty()) text += ": ";
  text += message;
  if (!remedy.empty()) text += "\n    " + remedy;
  return text;
}

InputError::InputError(std::vector<Fault> faults) : faults_(std::move(faults)) {
  for (const Fault& fault : faults_) {
    if (!text_.empty()) text_ += '\n';
    text_ += fault.text();
  }
}

}  // namespace traincost
