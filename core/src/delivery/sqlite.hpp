// SQLite as values: a connection that closes itself, statements that finalize themselves, a
// transaction that rolls back unless committed.
//
// Inside the ledger only. Failures are thrown as `SqliteError` and become an `Error` at the
// ledger's functions. One thread at a time.
#pragma once

#include <sqlite3.h>

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

namespace ktel::delivery {

class SqliteError : public std::runtime_error {
 public:
  explicit SqliteError(sqlite3* db);
  explicit SqliteError(int code, const std::string& text) : std::runtime_error(text), code_(code) {}

  int code() const noexcept { return code_; }  // the primary one: SQLITE_BUSY, ...
  bool damaged() const noexcept { return code_ == SQLITE_CORRUPT || code_ == SQLITE_NOTADB; }

 private:
  int code_;
};

struct Blob {
  std::string_view bytes;
};

class Statement {
 public:
  Statement(sqlite3* db, std::string_view sql);

  // Binds the values to ?1, ?2, ...; they are copied.
  template <class... T>
  requires(sizeof...(T) > 0) Statement(sqlite3* db, std::string_view sql, const T&... values)
      : Statement(db, sql) {
    int at = 0;
    (bind(++at, values), ...);
  }

  bool step();  // true: there is a row

  std::int64_t integer(int column) const { return sqlite3_column_int64(handle_.get(), column); }
  std::string text(int column) const;  // or blob
  bool null(int column) const { return sqlite3_column_type(handle_.get(), column) == SQLITE_NULL; }

 private:
  void bind(int at, std::integral auto value) {
    check(sqlite3_bind_int64(handle_.get(), at, static_cast<sqlite3_int64>(value)));
  }
  void bind(int at, std::string_view value);
  void bind(int at, Blob value);
  void bind(int at, std::nullptr_t) { check(sqlite3_bind_null(handle_.get(), at)); }
  void check(int code) const;

  struct Finalize {
    void operator()(sqlite3_stmt* handle) const { sqlite3_finalize(handle); }
  };
  sqlite3* db_;
  std::unique_ptr<sqlite3_stmt, Finalize> handle_;
};

class Connection {
 public:
  Connection(const std::string& file, std::chrono::milliseconds busy_timeout);

  template <class... T>
  Statement query(std::string_view sql, const T&... values) {
    return Statement(db_.get(), sql, values...);
  }
  template <class... T>
  void run(std::string_view sql, const T&... values) {
    Statement statement(db_.get(), sql, values...);
    while (statement.step()) {
    }
  }
  template <class... T>
  std::int64_t integer(std::string_view sql, const T&... values) {
    Statement statement(db_.get(), sql, values...);
    return statement.step() ? statement.integer(0) : 0;
  }
  void script(const char* sql);  // several statements

  std::int64_t changed() const { return sqlite3_changes64(db_.get()); }
  std::int64_t last_row() const { return sqlite3_last_insert_rowid(db_.get()); }
  bool moved() const;          // its file is no longer there under its name
  bool being_written() const;  // some connection, of any process, is within a change

 private:
  struct Close {
    void operator()(sqlite3* db) const { sqlite3_close_v2(db); }
  };
  std::unique_ptr<sqlite3, Close> db_;
};

class Transaction {
 public:
  // Takes the write lock at once: one that starts by reading cannot wait for it.
  explicit Transaction(Connection& db) : db_(db) { db_.run("BEGIN IMMEDIATE"); }
  ~Transaction();

  void commit();

 private:
  Connection& db_;
  bool open_ = true;
};

}  // namespace ktel::delivery
