// Words that say how exactly a number is meant, in English and Chinese.
#include "base/stated.h"

namespace traincost {
namespace {

constexpr Qualifier kQualifiers[] = {
    {"exactly", Meant::kExactly},
    {"approximately", Meant::kAbout},
    {"an estimated", Meant::kAbout},
    {"estimated", Meant::kAbout},
    {"roughly", Meant::kAbout},
    {"around", Meant::kAbout},
    {"about", Meant::kAbout},
    {"some", Meant::kAbout},
    {"circa", Meant::kAbout},
    {"close to", Meant::kAbout},
    {"~", Meant::kAbout},
    {"\u2248", Meant::kAbout},
    {"大约", Meant::kAbout},
    {"大概", Meant::kAbout},
    {"约为", Meant::kAbout},
    {"约", Meant::kAbout},
    {"more than", Meant::kOver},
    {"upwards of", Meant::kOver},
    {"at least", Meant::kOver},
    {"over", Meant::kOver},
    {"above", Meant::kOver},
    {"exceeding", Meant::kOver},
    {"greater than", Meant::kOver},
    {">", Meant::kOver},
    {"超过", Meant::kOver},
    {"超", Meant::kOver},
    {"逾", Meant::kOver},
    {"至少", Meant::kOver},
    {"高于", Meant::kOver},
    {"特别", Meant::kOver, true},
    {"less than", Meant::kUnder},
    {"fewer than", Meant::kUnder},
    {"under", Meant::kUnder},
    {"below", Meant::kUnder},
    {"at most", Meant::kUnder},
    {"up to", Meant::kUnder},
    {"<", Meant::kUnder},
    {"不到", Meant::kUnder},
    {"不足", Meant::kUnder},
    {"低于", Meant::kUnder},
    {"至多", Meant::kUnder},
    {"最多", Meant::kUnder},
    {"nearly", Meant::kNearly},
    {"almost", Meant::kNearly},
    {"接近", Meant::kNearly},
    {"近", Meant::kNearly},
    {"only", Meant::kAsPrinted},
    {"just", Meant::kAsPrinted},
    {"整整", Meant::kAsPrinted},
    {"仅", Meant::kAsPrinted},
    {"高达", Meant::kAsPrinted},
};

}  // namespace

std::span<const Qualifier> qualifiers() { return kQualifiers; }

std::string_view plain_word(Meant means) {
  switch (means) {
    case Meant::kAsPrinted: return "";
    case Meant::kExactly: return "exactly ";
    case Meant::kAbout: return "about ";
    case Meant::kOver: return "more than ";
    case Meant::kUnder: return "less than ";
    case Meant::kNearly: return "nearly ";
  }
  return "";
}

}  // namespace traincost
