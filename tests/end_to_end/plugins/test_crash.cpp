// A backend that crashes on some reports: where the report's body says so.
#include <ktel/sdk/backend.hpp>

#include <cstdlib>
#include <string>

namespace {

using ktel::sdk::Delivery;
using ktel::sdk::str;
using ktel::sdk::view;

class Sink {
 public:
  Sink(Delivery, const ktel_target& target)
      : url_("http://" + std::string(view(target.authority)) + "/") {}

  void encode(Delivery host, const ktel_report& report) {
    crash_if("crash in encode", report);
    ktel_request request;
    KTEL_SIZED(request);
    request.method = str("POST");
    request.url = str(url_);
    request.body = report.body;
    host.request(request);
  }

  void decode(Delivery host, const ktel_report& report, const ktel_response&) {
    crash_if("crash in decode", report);
    host.outcome({.result = KTEL_DELIVERED, .text = "taken"});
    host.verdict({.result = KTEL_UP, .text = {}});
  }

 private:
  static void crash_if(std::string_view where, const ktel_report& report) {
    if (view(report.body).find(where) != std::string_view::npos) std::abort();
  }

  std::string url_;
};

constexpr ktel_backend backends[] = {{
    .name = "tests-crash",
    .summary = "Crashes where a report tells it to.",
    .schemes = "tests-crash",
    .open = ktel::sdk::open_sink<Sink>,
    .encode = ktel::sdk::encode<Sink>,
    .decode = ktel::sdk::decode<Sink>,
    .close = ktel::sdk::close_sink<Sink>,
}};

}  // namespace

KTEL_PLUGIN(.id = "io.tests.crash", .version = "1.0.0", .summary = "A backend for tests",
            KTEL_BACKENDS(backends));
