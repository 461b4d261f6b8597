#include "serve/routes.h"

#include <algorithm>

#include "base/nearest.h"
#include "commands/answer.h"
#include "reports/csv.h"
#include "reports/report.h"
#include "reports/tree.h"

namespace traincost {
namespace {

// What a body is to its command, where there is one.
enum class Body { kNone, kDocument, kText };

struct Route {
  const char* name;  // of the path: /v1/NAME
  const char* command;
  Body body;
  const char* schema;  // of the body
  const char* sentence;
  bool takes_long;
};

// POST. A query parameter is an option of the command.
constexpr Route kQuestions[] = {
    {"estimate", "estimate", Body::kDocument, "job",
     "what a run takes: memory, time, accelerator-hours, dollars and energy", false},
    {"explain", "explain", Body::kDocument, "job", "the answer as a product, with sources", false},
    {"search", "search", Body::kDocument, "job", "the best layouts of a job on its cluster", true},
    {"size", "size", Body::kDocument, "job", "how many of which accelerator meet limits", true},
    {"compare", "compare", Body::kDocument, "job", "one job on several accelerators", true},
    {"check", "check", Body::kDocument, "claim", "can a published claim be true", false},
    {"claim", "claim", Body::kText, nullptr, "claims drafted from a text, and checked", false},
    {"render", "render", Body::kDocument, "report", "a saved report in another format", false},
};

// GET. The path may end in one id more.
struct Listing {
  const char* name;
  const char* command;
  std::vector<std::string> all, one;
  const char* sentence;
};
const std::vector<Listing>& listings() {
  static const std::vector<Listing> all = {
      {"hardware", "hw", {"list"}, {"show"}, "records of hardware, with a source for each figure"},
      {"models", "hw", {"list", "models"}, {}, "models by name"},
      {"prices", "prices", {}, {"show"}, "dated prices, with their sources"},
      {"parameters", "params", {}, {}, "exact parameter counts of a model by name"},
  };
  return all;
}

constexpr std::pair<const char*, const char*> kTypes[] = {
    {"json", "application/json"},           {"text", "text/plain; charset=utf-8"},
    {"csv", "text/csv; charset=utf-8"},     {"ndjson", "application/x-ndjson"},
    {"html", "text/html; charset=utf-8"},   {"svg", "image/svg+xml"},
    {"md", "text/markdown; charset=utf-8"}, {"markdown", "text/markdown; charset=utf-8"},
    {"trace", "application/json"},          {"sarif", "application/sarif+json"},
};

std::string type_of(const std::string& format) {
  for (const auto& [name, type] : kTypes) {
    if (format == name) return type;
  }
  return "text/plain; charset=utf-8";
}

// Options that name a file or a folder: a stranger's question reads and writes none.
bool names_file(const OptionSpec& option) {
  return option.value == "FILE" || option.value == "DIR" || option.value == "REPORT.json";
}

// Of a query, the command's options; throws UsageError for others.
Arguments arguments_of(const Command& command, const Request& request) {
  Arguments arguments;
  std::vector<std::string> known;
  for (const OptionSpec& option : command.options) {
    if (!names_file(option)) known.emplace_back(option.name);
  }
  for (const auto& [name, value] : request.query) {
    const auto option =
        std::find_if(command.options.begin(), command.options.end(),
                     [&name = name](const OptionSpec& each) { return each.name == name; });
    if (option == command.options.end() || names_file(*option)) {
      throw UsageError{
          "unknown parameter \"" + name.substr(0, 60) + "\" of " + std::string(command.name),
          did_you_mean(name, known)};
    }
    std::vector<std::string>& values = arguments.options[name];
    if (option->value.empty()) {
      if (!value.empty() && value != "true" && value != "1") {
        throw UsageError{"\"" + name + "\" takes no value", "leave it out where it does not hold"};
      }
      continue;
    }
    if (!option->repeated && !values.empty()) {
      throw UsageError{"parameter \"" + name + "\" is given more than once", ""};
    }
    values.push_back(value);
  }
  if (!arguments.has("format")) arguments.options["format"] = {"json"};
  // One question, one core: the others are for other people's.
  const bool threads = std::find(known.begin(), known.end(), "threads") != known.end();
  if (threads) arguments.options["threads"] = {"1"};
  constexpr double kMostSamples = 20'000;
  const std::string samples = arguments.value("samples");
  if (!samples.empty() && std::atof(samples.c_str()) > kMostSamples) {
    throw UsageError{"samples: at most 20000 here", ""};
  }
  return arguments;
}

Response problem_of(const Outcome& outcome) {
  return {http_status(outcome.status), "application/problem+json", problem_json(outcome), {}};
}

Response ran(const Command& command, const Request& request,
             const std::function<void(Arguments&)>& complete) {
  Arguments arguments;
  const Outcome outcome = answer([&] {
    arguments = arguments_of(command, request);
    complete(arguments);
    return command.run(arguments);
  });
  const bool told =
      outcome.status == kOk || outcome.status == kInfeasible || outcome.status == kCheckFailed;
  if (!told) return problem_of(outcome);
  Response response;
  response.type = type_of(arguments.value("format"));
  response.body = outcome.output;
  response.headers.emplace_back("X-Traincost-Exit", std::to_string(outcome.status));
  return response;
}

std::vector<std::string> parts_of(const std::string& path) {
  std::vector<std::string> parts;
  std::size_t begin = 0;
  while (begin < path.size()) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    if (end > begin) parts.push_back(path.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

const Route* question_of(const std::string& name) {
  const auto found = std::find_if(std::begin(kQuestions), std::end(kQuestions),
                                  [&](const Route& each) { return each.name == name; });
  return found == std::end(kQuestions) ? nullptr : &*found;
}

const Listing* listing_of(const std::string& name) {
  const auto found = std::find_if(listings().begin(), listings().end(),
                                  [&](const Listing& each) { return each.name == name; });
  return found == listings().end() ? nullptr : &*found;
}

Response asked(const Route& route, const Request& request) {
  if (request.method != "POST" && !(request.method == "GET" && request.body.empty())) {
    Response response = problem(405, "method not allowed", "POST the question");
    response.headers.emplace_back("Allow", "POST, GET");
    return response;
  }
  return ran(*find_command(route.command), request, [&](Arguments& arguments) {
    if (request.body.empty()) return;
    arguments.input = request.body;
    if (route.body == Body::kText) {
      arguments.options["text"] = {"-"};
    } else {
      arguments.positional = {"-"};
    }
  });
}

Response listed(const Listing& listing, const std::vector<std::string>& parts,
                const Request& request) {
  if (request.method != "GET") {
    Response response = problem(405, "method not allowed", "GET what is listed");
    response.headers.emplace_back("Allow", "GET");
    return response;
  }
  Response response = ran(*find_command(listing.command), request, [&](Arguments& arguments) {
    arguments.positional = parts.size() > 2 ? listing.one : listing.all;
    if (parts.size() > 2) arguments.positional.push_back(parts[2]);
  });
  // An id that is not there is no fault of the question's form.
  if (parts.size() > 2 && response.status == 422) {
    Tree tree = Tree::parse(response.body);
    tree["title"] = "not found";
    tree["status"] = response.status = 404;
    response.body = tree.dump(2) + "\n";
  }
  return response;
}

Response schema(const std::vector<std::string>& parts) {
  Arguments arguments;
  if (parts.size() > 2) arguments.positional = {parts[2]};
  const Outcome outcome = answer([&] { return find_command("schema")->run(arguments); });
  if (outcome.status != kOk) return problem(404, "no such schema", outcome.messages);
  return {200,
          parts.size() > 2 ? "application/schema+json" : "text/plain; charset=utf-8",
          outcome.output,
          {}};
}

// "%2B" and "+" as a form has them; what is no such escape stays.
std::string decoded(const std::string& text) {
  const auto digit = [](char c) {
    const std::string_view digits = "0123456789abcdef";
    const char low = c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
    const std::size_t at = digits.find(low);
    return at == std::string_view::npos ? -1 : static_cast<int>(at);
  };
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escape =
        text[i] == '%' && i + 2 < text.size() && digit(text[i + 1]) >= 0 && digit(text[i + 2]) >= 0;
    if (escape) {
      plain += static_cast<char>(16 * digit(text[i + 1]) + digit(text[i + 2]));
      i += 2;
    } else {
      plain += text[i] == '+' ? ' ' : text[i];
    }
  }
  return plain;
}

}  // namespace

std::vector<std::pair<std::string, std::string>> query_of(const std::string& target) {
  std::vector<std::pair<std::string, std::string>> query;
  std::size_t begin = target.find('?');
  if (begin == std::string::npos) return query;
  const std::size_t stop = std::min(target.find('#', begin), target.size());
  for (++begin; begin < stop;) {
    const std::size_t end = std::min(target.find('&', begin), stop);
    const std::string each = target.substr(begin, end - begin);
    const std::size_t equals = std::min(each.find('='), each.size());
    if (!each.empty()) {
      query.emplace_back(decoded(each.substr(0, equals)),
                         equals < each.size() ? decoded(each.substr(equals + 1)) : "");
    }
    begin = end + 1;
  }
  return query;
}

std::string route_name(const std::string& path) {
  const std::vector<std::string> parts = parts_of(path);
  if (parts.empty()) return "page";
  for (const char* own : {"health", "metrics", "openapi.json"}) {
    if (parts == std::vector<std::string>{own}) return own;
  }
  if (parts.size() < 2 || parts[0] != "v1") return "other";
  const bool known =
      question_of(parts[1]) != nullptr || listing_of(parts[1]) != nullptr || parts[1] == "schemas";
  return known ? parts[1] : "other";
}

bool takes_long(const Request& request) {
  const Route* route = question_of(route_name(request.path));
  return route != nullptr && route->takes_long;
}

Response respond(const Request& request) {
  const std::vector<std::string> parts = parts_of(request.path);
  if (parts == std::vector<std::string>{"openapi.json"}) {
    return {200, "application/json", openapi(), {}};
  }
  if (parts.size() >= 2 && parts.size() <= 3 && parts[0] == "v1") {
    const Route* route = question_of(parts[1]);
    if (route != nullptr && parts.size() == 2) return asked(*route, request);
    if (const Listing* listing = listing_of(parts[1])) return listed(*listing, parts, request);
    if (parts[1] == "schemas") return schema(parts);
  }
  std::vector<std::string> known;
  for (const Route& each : kQuestions) known.push_back(std::string("/v1/") + each.name);
  for (const Listing& each : listings()) known.push_back(std::string("/v1/") + each.name);
  const std::string near = did_you_mean(request.path, known);
  return problem(404, "not found", near.empty() ? "/openapi.json has what there is" : near);
}

Response problem(int status, const std::string& title, const std::string& detail) {
  const Tree tree = {
      {"type", "about:blank"}, {"title", title}, {"status", status}, {"detail", detail}};
  return {status,
          "application/problem+json",
          tree.dump(2, ' ', false, Tree::error_handler_t::replace) + "\n",
          {}};
}

std::string openapi() {
  const auto parameters = [](const char* name) {
    Tree list = Tree::array();
    for (const OptionSpec& option : find_command(name)->options) {
      if (names_file(option) || option.name == "threads" || option.sentence.empty()) continue;
      Tree entry = {{"name", option.name}, {"in", "query"}, {"description", option.sentence}};
      const Tree text = {{"type", "string"}};
      if (option.repeated) {
        entry["schema"] = {{"type", "array"}, {"items", text}};
      } else {
        entry["schema"] = option.value.empty() ? Tree{{"type", "boolean"}} : text;
        if (option.value.empty()) entry["allowEmptyValue"] = true;
      }
      list.push_back(std::move(entry));
    }
    return list;
  };
  const Tree report = {{"schema", {{"$ref", "/v1/schemas/report"}}}};
  const Tree responses = {
      {"200",
       {{"description",
         "the report, in the format asked for; X-Traincost-Exit has the exit status"},
        {"content", {{"application/json", report}}}}},
      {"400", {{"description", "wrong use"}}},
      {"422",
       {{"description", "bad input, all faults at once"},
        {"content",
         {{"application/problem+json",
           {{"schema", {{"$ref", "#/components/schemas/problem"}}}}}}}}}};
  Tree paths;
  for (const Route& route : kQuestions) {
    Tree post = {{"operationId", route.name},
                 {"summary", route.sentence},
                 {"parameters", parameters(route.command)},
                 {"responses", responses}};
    const char* type = route.body == Body::kText ? "text/plain" : "application/json";
    Tree schema = {{"type", "string"}};
    if (route.schema != nullptr) {
      schema = {{"$ref", std::string("/v1/schemas/") + route.schema}};
    }
    post["requestBody"] = {{"required", false}, {"content", {{type, {{"schema", schema}}}}}};
    paths[std::string("/v1/") + route.name]["post"] = std::move(post);
  }
  for (const Listing& listing : listings()) {
    const std::string path = std::string("/v1/") + listing.name;
    const Tree get = {{"summary", listing.sentence}, {"responses", responses}};
    if (listing.name != std::string("parameters")) paths[path]["get"] = get;
    if (listing.name == std::string("models")) continue;
    Tree one = get;
    one["parameters"] = Tree::array(
        {{{"name", "id"}, {"in", "path"}, {"required", true}, {"schema", {{"type", "string"}}}}});
    paths[path + "/{id}"]["get"] = std::move(one);
  }
  for (const auto& [path, sentence] : {std::pair{"/v1/schemas", "names of the JSON Schemas"},
                                       std::pair{"/health", "whether the service answers"},
                                       std::pair{"/metrics", "counts and times, for Prometheus"}}) {
    paths[path]["get"] = {{"summary", sentence},
                          {"responses", {{"200", {{"description", "as text"}}}}}};
  }
  Tree document;
  document["openapi"] = "3.1.0";
  document["info"] = {{"title", "traincost"},
                      {"version", engine_version()},
                      {"description",
                       "What training a large model takes. Every answer is the "
                       "command line's, byte for byte."}};
  document["paths"] = std::move(paths);
  document["components"]["schemas"]["problem"] = {
      {"type", "object"},
      {"description", "RFC 9457"},
      {"properties",
       {{"type", {{"type", "string"}}},
        {"title", {{"type", "string"}}},
        {"status", {{"type", "integer"}}},
        {"detail", {{"type", "string"}}},
        {"exit_status", {{"type", "integer"}}},
        {"faults", {{"type", "array"}, {"items", {{"type", "object"}}}}}}}};
  document["components"]["securitySchemes"]["token"] = {{"type", "http"}, {"scheme", "bearer"}};
  return document.dump(2) + "\n";
}

}  // namespace traincost
