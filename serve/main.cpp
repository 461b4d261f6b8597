// traincost-serve: the questions of the command line over HTTP, in the same bytes.
//
// Loopback only unless there is a token. Bodies, headers, waiting connections and long questions
// are bounded; SIGTERM and SIGINT let what is in flight end. It reads no file of a question's, asks
// nothing of the network, and keeps nothing.
#include <httplib.h>
#include <pthread.h>

#include <boost/program_options.hpp>
#include <condition_variable>
#include <csignal>
#include <fstream>
#include <iostream>
#include <iterator>
#include <queue>
#include <semaphore>
#include <thread>

#include "base/read_file.h"
#include "commands/answer.h"
#include "commands/common.h"
#include "reports/report.h"
#include "serve/metrics.h"
#include "serve/routes.h"

namespace traincost {
namespace {

namespace po = boost::program_options;

struct Settings {
  std::string host = "127.0.0.1";
  int port = 8080;
  std::string token;
  std::string page;  // its text; empty where there is none
  std::size_t body_bytes = std::size_t{1} << 20U;
  int connections = 64;
  int long_questions = 1;
};

// Workers for connections, and a queue that keeps those who come faster waiting at the door.
class Workers : public httplib::TaskQueue {
 public:
  explicit Workers(int count) : most_waiting_(static_cast<std::size_t>(count)) {
    for (int i = 0; i < count; ++i) threads_.emplace_back([this] { work(); });
  }
  void enqueue(std::function<void()> task) override {
    std::unique_lock lock(mutex_);
    room_.wait(lock, [this] { return closed_ || waiting_.size() < most_waiting_; });
    waiting_.push(std::move(task));
    lock.unlock();
    there_.notify_one();
  }
  // What waits and what runs is done first.
  void shutdown() override {
    {
      const std::lock_guard lock(mutex_);
      closed_ = true;
    }
    there_.notify_all();
    room_.notify_all();
    for (std::thread& each : threads_) each.join();
  }

 private:
  void work() {
    while (true) {
      std::unique_lock lock(mutex_);
      there_.wait(lock, [this] { return closed_ || !waiting_.empty(); });
      if (waiting_.empty()) return;
      const std::function<void()> task = std::move(waiting_.front());
      waiting_.pop();
      lock.unlock();
      room_.notify_one();
      task();
    }
  }

  const std::size_t most_waiting_;
  std::mutex mutex_;
  std::condition_variable there_, room_;
  std::queue<std::function<void()>> waiting_;
  std::vector<std::thread> threads_;
  bool closed_ = false;
};

bool is_loopback(const std::string& host) {
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

// As long for a wrong token as for a right one.
bool same_token(const std::string& given, const std::string& token) {
  unsigned differs = given.size() == token.size() ? 0 : 1;
  for (std::size_t i = 0; i < token.size(); ++i) {
    const char other = i < given.size() ? given[i] : '\0';
    differs |= static_cast<unsigned>(token[i] ^ other);
  }
  return differs == 0;
}

class Service {
 public:
  explicit Service(const Settings& settings)
      : settings_(settings),
        cores_(std::max(1, static_cast<int>(std::thread::hardware_concurrency()))),
        long_(settings.long_questions) {
    server_.new_task_queue = [this] { return new Workers(settings_.connections); };
    server_.set_payload_max_length(settings_.body_bytes);
    constexpr std::time_t kPatience = 3;  // seconds for the next bytes of a request
    server_.set_read_timeout(kPatience);
    server_.set_write_timeout(kPatience);
    server_.set_keep_alive_timeout(kPatience);
    server_.set_keep_alive_max_count(100'000);
    server_.set_tcp_nodelay(true);
    const auto handle = [this](const httplib::Request& request, httplib::Response& response) {
      answer(request, response);
    };
    const std::string any = R"([\s\S]*)";
    server_.Get(any, handle).Post(any, handle).Put(any, handle).Patch(any, handle);
    server_.Delete(any, handle).Options(any, handle);
    server_.set_error_handler([this](const httplib::Request&, httplib::Response& response) {
      if (!response.body.empty()) return;
      const char* title = response.status == 413 ? "too large" : "bad request";
      const std::string detail =
          response.status == 413
              ? "a body has at most " + std::to_string(settings_.body_bytes) + " bytes here"
              : "";
      write(problem(response.status, title, detail), response);
      metrics_.count("refused", response.status, 0);
    });
  }

  // Until SIGTERM or SIGINT, which must be blocked in every thread. Exit status 1 where the address
  // cannot be had.
  int run() {
    const int port =
        settings_.port == 0
            ? server_.bind_to_any_port(settings_.host)
            : (server_.bind_to_port(settings_.host, settings_.port) ? settings_.port : -1);
    if (port < 0) {
      std::cerr << settings_.host << ":" << settings_.port << ": cannot be listened on\n";
      return kInternal;
    }
    std::thread waits([this] {
      sigset_t set;
      sigemptyset(&set);
      sigaddset(&set, SIGTERM);
      sigaddset(&set, SIGINT);
      int caught = 0;
      sigwait(&set, &caught);
      server_.stop();
    });
    std::cerr << "traincost " << engine_version() << " on http://" << settings_.host << ":" << port
              << (settings_.token.empty() ? "" : ", token required") << std::endl;
    server_.listen_after_bind();
    pthread_kill(waits.native_handle(), SIGTERM);
    waits.join();
    return kOk;
  }

 private:
  static void write(const Response& from, httplib::Response& to) {
    to.status = from.status;
    to.set_content(from.body, from.type);
    for (const auto& [name, value] : from.headers) to.set_header(name, value);
    to.set_header("X-Content-Type-Options", "nosniff");
  }

  Response respond_to(const httplib::Request& from) {
    if (from.path == "/health") return {200, "text/plain; charset=utf-8", "ok\n", {}};
    if (!settings_.token.empty()) {
      const std::string given = from.get_header_value("Authorization");
      const std::string bearer = "Bearer ";
      if (!given.starts_with(bearer) || !same_token(given.substr(bearer.size()), settings_.token)) {
        Response refused =
            problem(401, "unauthorized", "Authorization: Bearer TOKEN is missing or wrong");
        refused.headers.emplace_back("WWW-Authenticate", "Bearer");
        return refused;
      }
    }
    if (from.path == "/metrics") return {200, "text/plain; version=0.0.4", metrics_.text(), {}};
    if (from.path == "/") {
      if (settings_.page.empty()) return {200, "text/plain; charset=utf-8", kNoPage, {}};
      return {200, "text/html; charset=utf-8", settings_.page, {}};
    }
    const Request request{from.method, from.path, query_of(from.target), from.body};
    if (!takes_long(request)) {
      cores_.acquire();
      Response response = respond(request);
      cores_.release();
      return response;
    }
    if (!long_.try_acquire()) {
      Response busy = problem(503, "busy", "a long question is being answered; ask again");
      busy.headers.emplace_back("Retry-After", "2");
      return busy;
    }
    Response response = respond(request);
    long_.release();
    return response;
  }

  void answer(const httplib::Request& from, httplib::Response& to) {
    const auto began = std::chrono::steady_clock::now();
    metrics_.began();
    const Response response = respond_to(from);
    write(response, to);
    metrics_.ended();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    metrics_.count(route_name(from.path), response.status, took.count());
  }

  static constexpr const char* kNoPage =
      "traincost: POST a job to /v1/estimate; /openapi.json has the rest. The page was not built: "
      "./dev page, then --page build/web/traincost.html\n";

  Settings settings_;
  httplib::Server server_;
  Metrics metrics_;
  std::counting_semaphore<> cores_;
  std::counting_semaphore<> long_;
};

// The first line of a file, as a secret is kept.
std::string token_in(const std::string& file) {
  std::string text = read_file(file);
  text = text.substr(0, text.find_first_of("\r\n"));
  constexpr std::size_t kShortest = 16;
  if (text.size() < kShortest) {
    throw UsageError{file + ": a token has 16 characters or more",
                     "such as: head -c 24 /dev/urandom | base64 > token"};
  }
  return text;
}

int serve(int argc, char** argv) {
  Settings settings;
  std::string token_file, page_file;
  po::options_description options("options");
  options.add_options()("help,h", "this text")("host", po::value(&settings.host),
                                               "address to listen on (default: 127.0.0.1)")(
      "port", po::value(&settings.port), "0 for any that is free (default: 8080)")(
      "token-file", po::value(&token_file), "its first line is asked of every request")(
      "page", po::value(&page_file), "the page to serve at / (./dev page makes it)")(
      "body-bytes", po::value(&settings.body_bytes), "of a request at most (default: 1048576)")(
      "connections", po::value(&settings.connections), "open at a time (default: 64)")(
      "long-questions", po::value(&settings.long_questions),
      "searches and sizings at a time (default: 1)");
  po::variables_map values;
  try {
    po::store(po::parse_command_line(argc, argv, options), values);
    po::notify(values);
  } catch (const po::error& error) {
    throw UsageError{error.what(), "traincost-serve --help"};
  }
  if (values.count("help") != 0) {
    std::cout << "traincost-serve: the questions of traincost over HTTP, in the same bytes\n\n"
              << options
              << "\n  curl --json @examples/deepseek-v3.job.json "
                 "http://127.0.0.1:8080/v1/estimate\n";
    return kOk;
  }
  const bool sane = settings.port >= 0 && settings.port <= 65535 && settings.connections >= 1 &&
                    settings.connections <= 1024 && settings.long_questions >= 0 &&
                    settings.long_questions <= 64;
  if (!sane) throw UsageError{"a number is out of range", "traincost-serve --help"};
  if (!token_file.empty()) settings.token = token_in(token_file);
  if (!is_loopback(settings.host) && settings.token.empty()) {
    throw UsageError{"--host " + settings.host + " can be reached by others: a token is required",
                     "--token-file FILE, or listen on 127.0.0.1"};
  }
  if (!page_file.empty()) settings.page = read_file(page_file);

  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  refuse_files();
  // Records are read before the first question, not by it.
  static_cast<void>(load_database(Arguments{}));
  return Service(settings).run();
}

}  // namespace
}  // namespace traincost

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  using namespace traincost;
  const Outcome outcome = answer([&] {
    return Outcome{"", "", static_cast<ExitStatus>(serve(argc, argv))};
  });
  std::cerr << outcome.messages;
  return outcome.status;
}
