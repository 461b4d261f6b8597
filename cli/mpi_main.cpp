// traincost-mpi: `sweep` on the ranks of mpirun, each a shard; the first one merges.
#include <mpi.h>

#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

#include "base/fault.h"
#include "cli/arguments.h"
#include "cli/guarded.h"
#include "commands/common.h"
#include "commands/sweep.h"

namespace traincost {
namespace {

struct Ranks {
  int rank = 0;
  int size = 1;
};

std::string part_path(const std::string& path, int rank, int size) {
  const std::filesystem::path whole(path);
  return (whole.parent_path() / (whole.stem().string() + "." + std::to_string(rank + 1) + "-of-" +
                                 std::to_string(size) + whole.extension().string()))
      .string();
}

// What one rank does; its exit status.
int sweep_rank(const Arguments& arguments, Ranks ranks) {
  const SweepSpec spec = sweep_of(arguments);
  SweepTarget target = target_of(arguments);
  if (arguments.has("shard")) throw UsageError{"mpirun's ranks are the shards", "drop --shard"};
  const std::string extension = std::filesystem::path(target.path).extension().string();
  if (extension == ".sqlite" || extension == ".db") {
    throw UsageError{"ranks write .csv or .ndjson", "import the merged file into SQLite"};
  }
  if (!target.overwrite && std::filesystem::exists(target.path)) {
    throw InputError(Fault{target.path, 0, "", "exists", "--overwrite replaces it"});
  }
  const std::string path = target.path;
  target.path = part_path(path, ranks.rank, ranks.size);
  target.shard = {ranks.rank + 1, ranks.size};
  target.part = true;
  ProgressLine line("sweeping");
  const SweepOutcome written =
      write_sweep(spec, load_database(arguments), target, count_option(arguments, "threads", 1),
                  heard_interrupt(), line);
  const Outcome outcome = sweep_outcome(spec, target, written);
  std::cerr << outcome.messages;
  return outcome.status;
}

void merge_parts(const Arguments& arguments, int size) {
  const std::string path = arguments.value("out");
  std::vector<std::string> parts;
  for (int rank = 0; rank < size; ++rank) parts.push_back(part_path(path, rank, size));
  if (arguments.has("overwrite")) std::filesystem::remove(path);
  merge_sweeps(parts, path);
  for (const std::string& part : parts) {
    std::filesystem::remove(part);
    std::filesystem::remove(finished_mark(part));
  }
  std::cout << path << ": merged from " << size << " ranks\n";
}

int run(const std::vector<std::string>& words, Ranks ranks) {
  const Command* command = find_command("sweep");
  Arguments arguments;
  int status = guarded([&] {
    if (words.empty() || words.front() != "sweep") {
      throw UsageError{"expected: mpirun -n N traincost-mpi sweep FILE --out FILE",
                       "traincost help sweep"};
    }
    arguments = parse_arguments(*command, {words.begin() + 1, words.end()});
    return sweep_rank(arguments, ranks);
  });
  int worst = kOk;
  MPI_Allreduce(&status, &worst, 1, MPI_INT, MPI_MAX, MPI_COMM_WORLD);
  if (worst == kOk && ranks.rank == 0) {
    worst = guarded([&] {
      merge_parts(arguments, ranks.size);
      return static_cast<int>(kOk);
    });
  }
  MPI_Bcast(&worst, 1, MPI_INT, 0, MPI_COMM_WORLD);
  return worst;
}

}  // namespace
}  // namespace traincost

int main(int argc, char** argv) {
  MPI_Init(&argc, &argv);
  traincost::Ranks ranks;
  MPI_Comm_rank(MPI_COMM_WORLD, &ranks.rank);
  MPI_Comm_size(MPI_COMM_WORLD, &ranks.size);
  const int status = traincost::run({argv + 1, argv + argc}, ranks);
  MPI_Finalize();
  return status;
}
