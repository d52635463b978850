// An OTLP receiver's answer in each form it may have: what was read is no more than what was there,
// is read again when it is written out, and half an answer in JSON says nothing.
#include <cstdint>
#include <string>
#include <string_view>

#include "answer.hpp"
#include "property.hpp"
#include "wire.hpp"

using namespace ktel::fuzz;
using otlp::Answer;
using otlp::Message;

namespace {

constexpr std::string_view json = "application/json";
constexpr std::string_view protobuf = "application/x-protobuf";

const std::string_view forms[] = {json, protobuf, "text/plain", ""};

bool same(const Answer& a, const Answer& b) {
  return a.message == b.message && a.rejected == b.rejected;
}

void check_written_out(bool success, const Answer& answer) {
  Message said;
  said.varint(1, static_cast<std::uint64_t>(answer.rejected)).text(2, answer.message);
  const std::string bytes = success ? Message().message(1, said).bytes() : said.bytes();
  require(same(otlp::read_answer(success, protobuf, bytes), answer), "what it said is read again");
}

// Blanks at its end do not count.
void check_cut(bool success, std::string_view text) {
  const std::size_t end = text.find_last_not_of(" \t\r\n") + 1;
  if (end == 0) return;
  const Answer half = otlp::read_answer(success, json, text.substr(0, hash_of(text) % end));
  require(same(half, Answer{}), "half an answer says nothing");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = text_of(data, size);
  for (const bool success : {false, true}) {
    for (const std::string_view form : forms) {
      const Answer answer = otlp::read_answer(success, form, text);
      require(answer.message.size() <= text.size(), "it says no more than was there");
      require(success || answer.rejected == 0, "a failure takes nothing, so rejects no part");
      check_written_out(success, answer);
    }
    const bool is_json = !same(otlp::read_answer(success, json, text), Answer{});
    if (is_json) check_cut(success, text);
  }
  return 0;
}
