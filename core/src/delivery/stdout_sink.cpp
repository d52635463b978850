// stdout: see the header.
#include "delivery/stdout_sink.hpp"

#include <mutex>
#include <utility>

namespace ktel::delivery {
namespace {

class StdoutSink : public Sink {
 public:
  StdoutSink(Destination destination, Writer writer)
      : destination_(std::move(destination)), writer_(std::move(writer)) {}

  const Destination& destination() const noexcept override { return destination_; }

  Result<Preview> preview(const Outgoing& report) override {
    return Preview{
        .method = {}, .url = destination_.url, .headers = {}, .body = report.body + "\n"};
  }

  void send(Outgoing report, std::stop_token stop, std::function<void(Answer)> done) override {
    done(write(report, stop));
  }

 private:
  Attempt write(const Outgoing& report, const std::stop_token& stop) {
    Attempt attempt;
    if (stop.stop_requested()) {
      attempt.cause = Cause::stopped;
      attempt.text = "stopped before the report was written to stdout";
      return attempt;
    }
    const std::lock_guard lock(mutex_);
    if (const auto written = writer_(report.body + "\n"); !written) {
      attempt.verdict = Verdict::blocked;
      attempt.cause = Cause::io;
      attempt.text = written.error().message;
      return attempt;
    }
    attempt.outcome = Outcome::delivered;
    attempt.verdict = Verdict::up;
    attempt.text = "written to stdout";
    return attempt;
  }

  Destination destination_;
  std::mutex mutex_;
  Writer writer_;
};

}  // namespace

std::shared_ptr<Sink> make_stdout_sink(Destination destination, Writer writer) {
  return std::make_shared<StdoutSink>(std::move(destination), std::move(writer));
}

}  // namespace ktel::delivery
