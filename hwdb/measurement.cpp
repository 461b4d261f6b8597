#include "hwdb/measurement.h"

#include "base/units.h"

namespace traincost {
namespace {

using namespace unit;

struct NamedPass {
  const char* name;
  Pass value;
};
constexpr NamedPass kPasses[] = {{"forward", Pass::kForward},
                                 {"input_gradient", Pass::kInputGradient},
                                 {"weight_gradient", Pass::kWeightGradient},
                                 {"backward", Pass::kBackward},
                                 {"both", Pass::kBoth}};

enum class Op { kGemm, kAttention, kElementWise, kCollective };
struct NamedOp {
  const char* name;
  Op value;
};
constexpr NamedOp kOps[] = {{"gemm", Op::kGemm},
                            {"attention", Op::kAttention},
                            {"element_wise", Op::kElementWise},
                            {"all_reduce", Op::kCollective},
                            {"all_gather", Op::kCollective},
                            {"reduce_scatter", Op::kCollective},
                            {"all_to_all", Op::kCollective},
                            {"send", Op::kCollective}};

constexpr Range kSize{1, 1e12};

double size(const JsonCursor& row, const char* key) {
  const auto member = row.require(key);
  return member ? member->number(kSize).value_or(1) : 1;
}

std::string name(const JsonCursor& row, const char* key) {
  const auto member = row.require(key);
  return member ? member->text().value_or("") : "";
}

Pass pass(const JsonCursor& row) { return row.one_of("pass", kPasses).value_or(Pass::kForward); }

MeasuredGemm read_gemm(const JsonCursor& row) {
  MeasuredGemm gemm;
  gemm.precision = name(row, "precision");
  gemm.m = size(row, "m");
  gemm.n = size(row, "n");
  gemm.k = size(row, "k");
  gemm.groups = row.number("groups", kSize).value_or(1);
  gemm.pass = pass(row);
  gemm.accumulate = row.boolean("accumulate").value_or(false);
  gemm.casts = row.boolean("casts").value_or(false);
  gemm.warm = row.boolean("warm").value_or(false);
  gemm.best_of = row.boolean("best_of").value_or(false);
  return gemm;
}

MeasuredAttention read_attention(const JsonCursor& row) {
  MeasuredAttention attention;
  attention.kernel = name(row, "kernel");
  attention.pass = pass(row);
  attention.causal = row.boolean("causal").value_or(false);
  attention.batch = size(row, "batch");
  attention.sequence_length = size(row, "sequence_length");
  attention.heads = size(row, "heads");
  attention.kv_heads = size(row, "kv_heads");
  attention.qk_dim = size(row, "qk_dim");
  attention.v_dim = size(row, "v_dim");
  return attention;
}

MeasuredCollective read_collective(const JsonCursor& row) {
  MeasuredCollective collective;
  collective.collective = name(row, "op");
  const auto ranks = row.require("ranks");
  collective.ranks = static_cast<int>(ranks ? ranks->integer({2, 1e7}).value_or(2) : 2);
  collective.ranks_per_node =
      static_cast<int>(row.integer("ranks_per_node", {1, 1e7}).value_or(collective.ranks));
  if (const auto nic = row.number("nic_gbps", {0.1, 1e6})) collective.nic = *nic * Gb_per_s;
  collective.algorithm = row.text("algorithm").value_or("");
  collective.timed_singly = row.boolean("timed_singly").value_or(false);
  collective.bytes = size(row, "bytes") * B;
  return collective;
}

struct NamedKind {
  std::string_view name;
  SourceKind value;
};

Source read_source(const JsonCursor& row) {
  static const std::vector<NamedKind> kinds = [] {
    std::vector<NamedKind> all;
    for (const SourceKind kind :
         {SourceKind::kVendor, SourceKind::kPaper, SourceKind::kMeasured, SourceKind::kProvider,
          SourceKind::kSecondary, SourceKind::kRecalled, SourceKind::kAssumed}) {
      all.push_back({source_kind_name(kind), kind});
    }
    return all;
  }();
  Source source;
  source.key = name(row, "id");
  source.kind = row.one_of("kind", kinds).value_or(SourceKind::kMeasured);
  source.title = name(row, "title");
  source.where = name(row, "where");
  source.retrieved = name(row, "retrieved");
  return source;
}

}  // namespace

void Measurements::read_row(const JsonValue& value, const std::string& file) {
  Faults faults;
  const JsonCursor row(value, file, faults);
  if (!row.expect_object()) {
    faults.throw_if_any();
    return;
  }
  if (row.find("title")) {
    Source source = read_source(row);
    row.finish();
    faults.throw_if_any();
    sources.push_back(std::move(source));
    return;
  }
  Measurement m;
  const auto op = row.require("op");
  const auto known = op ? op->one_of(kOps) : std::nullopt;
  m.accelerator = name(row, "accelerator");
  m.platform = row.text("platform").value_or("");
  m.system = row.text("system").value_or("");
  m.source = name(row, "source");
  m.apart = row.boolean("apart").value_or(false);
  const auto time = row.require("time_us");
  m.time = (time ? time->number({1e-3, 1e12}).value_or(1) : 1) * microsecond;
  if (known) {
    switch (*known) {
      case Op::kGemm: m.shape = read_gemm(row); break;
      case Op::kAttention: m.shape = read_attention(row); break;
      case Op::kElementWise:
        m.shape = MeasuredElementWise{name(row, "kernel"), size(row, "bytes") * B};
        break;
      case Op::kCollective: m.shape = read_collective(row); break;
    }
    row.finish();
  }
  faults.throw_if_any();
  rows.push_back(std::move(m));
}

}  // namespace traincost
