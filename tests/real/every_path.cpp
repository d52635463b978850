// Walks the table, and shows cells as text.
#include "real/every_path.hpp"

#include <fmt/format.h>

#include <stdexcept>
#include <string_view>

#include "cluster/list_body.hpp"

namespace ktel::test {
namespace {

using json::Cell;
using protobuf::Field;
using protobuf::Message;

// The samples call what is in a map after the map: "labelsKey".
void add_paths(const Message& message, const std::string& prefix, std::vector<std::string>& paths) {
  for (const Field& field : message.fields) {
    const std::string path = prefix + std::string(field.name) + (field.repeated ? "[*]" : "");
    if (field.type == Field::Type::message) {
      add_paths(*field.message, path + ".", paths);
    } else if (field.type == Field::Type::texts || field.type == Field::Type::quantities) {
      paths.push_back(fmt::format("{}['{}Key']", path, field.name));
      paths.push_back(fmt::format("{}['{}*']", path, field.name.substr(0, 3)));
      for (const std::string_view first : {"a", "c", "k", "kubernetes.io/", "nobody"}) {
        paths.push_back(fmt::format("{}['{}*']", path, first));
      }
    } else {
      paths.push_back(path);
    }
  }
}

std::string show(const Cell& cell) {
  switch (cell.type) {
    case Cell::Type::absent:
      return "-";
    case Cell::Type::boolean:
      return cell.integer != 0 ? "true" : "false";
    case Cell::Type::integer:
      return fmt::format("{}", cell.integer);
    case Cell::Type::text:
      return "\"" + cell.text + "\"";
    case Cell::Type::list: {
      std::string text = "[";
      for (const Cell& item : cell.items) text += show(item) + " ";
      return text + "]";
    }
    default:
      return "?";
  }
}

json::RowSink keep(std::vector<Cells>& rows) {
  return [&rows](std::span<const Cell> row) {
    Cells& cells = rows.emplace_back();
    for (const Cell& cell : row) cells.push_back(show(cell));
    return Result<void>();
  };
}

template <class Reader>
void read(Reader& reader, std::string_view bytes, std::size_t piece) {
  Result<void> fed;
  for (std::size_t at = 0; at < bytes.size() && fed; at += piece) {
    fed = reader.feed(bytes.substr(at, piece));
  }
  if (fed) fed = reader.finish();
  if (!fed) throw std::runtime_error(fed.error().message);
}

}  // namespace

EveryPath::EveryPath(const Message& message) : message_(message) {
  add_paths(message, "", names_);
  paths_ = std::make_shared<const json::PathTrie>(
      json::parse_paths(fmt::format("{}", fmt::join(names_, " "))).value());
}

std::vector<Cells> EveryPath::from_json(const std::string& text, json::Shape shape) const {
  std::vector<Cells> rows;
  json::Projection projection(paths_, shape, keep(rows));
  read(projection, text, text.size());
  return rows;
}

std::vector<Cells> EveryPath::from_protobuf(const std::string& bytes, protobuf::Shape shape,
                                            std::size_t piece) const {
  std::vector<Cells> rows;
  protobuf::Reader reader(protobuf::wanted_of(message_, *paths_).value(), paths_, shape,
                          keep(rows));
  read(reader, bytes, piece);
  return rows;
}

std::vector<Cells> EveryPath::from_list(const std::string& content_type, const std::string& bytes,
                                        const cluster::Fetch& fetch, cluster::Representation form,
                                        std::size_t piece) const {
  std::vector<Cells> rows;
  auto body = cluster::ListBody::make(content_type, fetch, form, paths_, keep(rows));
  if (!body) throw std::runtime_error(body.error().message);
  read(*body, bytes, piece);
  return rows;
}

}  // namespace ktel::test
