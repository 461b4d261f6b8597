// Figures of an explanation by their paths, and by the names that people use.
#include <functional>
#include <string>
#include <vector>

#include "estimator/questions/explain.h"

namespace traincost {
namespace {

void walk(const std::vector<ExplainedFigure>& factors,
          const std::function<void(const ExplainedFigure&)>& see) {
  for (const ExplainedFigure& each : factors) {
    see(each);
    walk(each.parts, see);
  }
}

}  // namespace

const ExplainedFigure* find_figure(const Explanation& explanation, const std::string& path) {
  const ExplainedFigure* found = nullptr;
  walk(explanation.answers, [&](const ExplainedFigure& each) {
    if (found == nullptr && each.path == path) found = &each;
  });
  return found;
}

std::string figure_path(const Explanation& explanation, const std::string& name) {
  if (find_figure(explanation, name) != nullptr) return name;
  for (const std::string& path : figure_paths(explanation)) {
    const std::string last = path.substr(path.rfind('.') + 1);
    if (last == name || last.rfind(name + "_", 0) == 0) return path;
  }
  return "";
}

std::vector<std::string> figure_paths(const Explanation& explanation) {
  std::vector<std::string> paths;
  walk(explanation.answers, [&](const ExplainedFigure& each) {
    if (std::find(paths.begin(), paths.end(), each.path) == paths.end()) {
      paths.push_back(each.path);
    }
  });
  return paths;
}

}  // namespace traincost
