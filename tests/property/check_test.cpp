// True claims with one figure changed are caught; true claims printed with fewer digits are not.
#include "estimator/questions/check.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <functional>
#include <random>

#include "tests/support.h"

namespace traincost {
namespace {

std::vector<Claim> shipped_claims() {
  std::vector<std::string> files;
  const std::string folder = std::string(TRAINCOST_SOURCE_DIR) + "/examples/claims";
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    files.push_back(entry.path().filename().string());
  }
  std::sort(files.begin(), files.end());
  std::vector<Claim> claims;
  for (const std::string& name : files) {
    const std::string path = "examples/claims/" + name;
    for (Claim& claim :
         read_claims(parse_json(test::source_file(path), path), path, test::database())) {
      claims.push_back(std::move(claim));
    }
  }
  return claims;
}

// Claims of runs that hold, whose figures can then be spoiled.
std::vector<Claim> true_claims() {
  std::vector<Claim> claims;
  for (Claim& claim : shipped_claims()) {
    const Verdict verdict = check_claim(claim, test::database()).overall;
    if (verdict == Verdict::kConsistent || verdict == Verdict::kPlausible) {
      claims.push_back(std::move(claim));
    }
  }
  return claims;
}

void scale(Stated& stated, double factor) {
  for (double* each : {&stated.value, &stated.printed.low, &stated.printed.high, &stated.meant.low,
                       &stated.meant.high}) {
    *each *= factor;
  }
}

// Every figure that a redundant relation or a bounded ratio rests on, as a way to change it.
struct Change {
  const Claim* claim;
  std::string what;
  std::function<void(Claim&, double)> apply;
};

bool rests_on(const CheckAnswer& answer, const std::string& subject, const char* figure) {
  return std::any_of(answer.rows.begin(), answer.rows.end(), [&](const CheckRow& row) {
    const bool tests = row.counts && row.verdict != Verdict::kCannotTell &&
                       row.aspect != Aspect::kScope && row.subject == subject;
    const auto names = [&](const std::vector<std::string>& list) {
      return std::find(list.begin(), list.end(), figure) != list.end();
    };
    return tests && (row.figure == figure || names(row.from) || names(row.through));
  });
}

std::vector<Change> changes(const std::vector<Claim>& claims) {
  std::vector<Change> all;
  for (const Claim& claim : claims) {
    const CheckAnswer answer = check_claim(claim, test::database());
    const auto add = [&](const Subject& subject, auto pick) {
      for (const auto& [figure, stated] : subject.figures) {
        const char* key = kind_of(figure).key;
        if (!rests_on(answer, subject.name, key)) continue;
        const Figure which = figure;
        all.push_back({&claim, subject.name + (subject.name.empty() ? "" : ".") + key,
                       [which, pick](Claim& changed, double factor) {
                         scale(pick(changed).figures.at(which), factor);
                       }});
      }
    };
    add(claim.whole, [](Claim& c) -> Subject& { return c.whole; });
    for (std::size_t i = 0; i < claim.parts.size(); ++i) {
      add(claim.parts[i], [i](Claim& c) -> Subject& { return c.parts[i]; });
    }
    for (std::size_t i = 0; i < claim.others.size(); ++i) {
      add(claim.others[i], [i](Claim& c) -> Subject& { return c.others[i]; });
    }
    for (std::size_t i = 0; i < claim.specs.size(); ++i) {
      all.push_back({&claim, "spec " + claim.specs[i].field, [i](Claim& c, double factor) {
                       scale(c.specs[i].stated, factor);
                     }});
    }
    for (std::size_t i = 0; i < claim.ratios.size(); ++i) {
      if (claim.ratios[i].ratio.vague) continue;  // "under 15%" holds for twice as much
      all.push_back({&claim, "ratio " + claim.ratios[i].name, [i](Claim& c, double factor) {
                       scale(c.ratios[i].ratio, factor);
                     }});
    }
  }
  return all;
}

TEST(Mutated, OfAHundredClaimsWithAFigureTwiceOffNinetyFiveAreCaught) {
  const std::vector<Claim> claims = true_claims();
  const std::vector<Change> all = changes(claims);
  ASSERT_GT(all.size(), 100U);
  int caught = 0, tried = 0;
  std::string missed;
  for (const Change& change : all) {
    for (const double factor : {2.0, 0.5, 3.0, 1.0 / 3, 10.0, 0.1}) {
      Claim changed = *change.claim;
      change.apply(changed, factor);
      ++tried;
      if (check_claim(changed, test::database()).fails()) {
        ++caught;
      } else {
        missed += change.claim->id + " " + change.what + " x " + std::to_string(factor) + "\n";
      }
    }
  }
  EXPECT_GE(caught, 0.95 * tried) << caught << " of " << tried << "; missed:\n" << missed;
}

}  // namespace
}  // namespace traincost
