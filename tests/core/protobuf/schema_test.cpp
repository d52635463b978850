// The table is read as it is written: names, numbers, types, marks.
#include "protobuf/schema.hpp"

#include <doctest/doctest.h>

#include <set>

using namespace ktel::protobuf;

namespace {

void check(const Message& message, std::set<const Message*>& seen) {
  if (!seen.insert(&message).second) return;
  CAPTURE(message.name);
  CHECK_FALSE(message.fields.empty());
  std::set<std::uint32_t> numbers;
  std::set<std::string_view> names;
  for (const Field& field : message.fields) {
    CAPTURE(field.name);
    CHECK(field.number > 0);
    CHECK(numbers.insert(field.number).second);
    CHECK(names.insert(field.name).second);
    CHECK((field.message != nullptr) == (field.type == Field::Type::message));
    CHECK_FALSE((field.repeated && field.left_out_empty));
    if (field.message != nullptr) check(*field.message, seen);
  }
}

}  // namespace

TEST_SUITE("core/protobuf/schema") {
  TEST_CASE("a message has the fields the table gives it") {
    const Message* pod = message_of("", "v1", "pods");
    REQUIRE(pod != nullptr);
    CHECK(pod->name == "Pod");
    const Field* containers = pod->find("spec")->message->find("containers");
    REQUIRE(containers != nullptr);
    CHECK(containers->number == 2);
    CHECK(containers->repeated);
    const Field* image = containers->message->find("image");
    REQUIRE(image != nullptr);
    CHECK(image->type == Field::Type::text);
    CHECK(image->left_out_empty);
    CHECK_FALSE(containers->message->find("name")->left_out_empty);
    CHECK(pod->find("metadata")->message->find("labels")->type == Field::Type::texts);
    CHECK(pod->find("metadata")->message->find("creationTimestamp")->type == Field::Type::time);
    CHECK(pod->find("nothing") == nullptr);
  }

  TEST_CASE("kinds and versions it does not know have none") {
    CHECK(message_of("apps", "v1", "deployments") != nullptr);
    CHECK(message_of("apps", "v1beta1", "deployments") == nullptr);
    CHECK(message_of("", "v1", "deployments") == nullptr);
    CHECK(message_of("a.example", "v1", "pods") == nullptr);
  }

  TEST_CASE("no message has a field or a name twice") {
    std::set<const Message*> seen;
    for (const char* resource : {"pods", "nodes", "services", "events", "endpoints"}) {
      check(*message_of("", "v1", resource), seen);
    }
    check(*message_of("batch", "v1", "cronjobs"), seen);
    check(partial_object_metadata(), seen);
    check(status(), seen);
    CHECK(seen.size() > 30);
  }
}
