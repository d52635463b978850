// `Terminal`: a terminal in a test, and what somebody in front of it sees.
//
//   test::Terminal terminal;
//   write(terminal.fd(), ...);  // or a program with `2> terminal.name()`
//   CHECK(terminal.screen() == "a line\n");
//
// It knows the sequences ktel uses, up and erase-below, and no other. Lines that scrolled away are
// kept in what is seen, but the cursor does not come back to them. One thread; throws
// std::runtime_error where it cannot be set up.
#pragma once

#include <pty.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace ktel::test {

class Terminal {
 public:
  explicit Terminal(unsigned short rows = 24, unsigned short columns = 80) : rows_(rows) {
    winsize size{};
    size.ws_row = rows;
    size.ws_col = columns;
    char name[64] = {};
    if (::openpty(&reader_, &writer_, name, nullptr, &size) != 0) {
      throw std::runtime_error("openpty failed");
    }
    name_ = name;
  }
  ~Terminal() {
    ::close(reader_);
    ::close(writer_);
  }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  // What a program is given, and its name for a shell.
  int fd() const noexcept { return writer_; }
  const std::string& name() const noexcept { return name_; }

  // Everything that was written, sequences included.
  const std::string& bytes() {
    // What was written arrives some time later: all of it is there when the end is.
    const char end = '\a';
    if (::write(writer_, &end, 1) != 1) throw std::runtime_error("the terminal takes nothing");
    std::string arrived;
    while (!arrived.ends_with(end)) {
      char buffer[4096];
      const ssize_t got = ::read(reader_, buffer, sizeof buffer);
      if (got <= 0) throw std::runtime_error("the terminal is gone");
      arrived.append(buffer, static_cast<std::size_t>(got));
    }
    arrived.pop_back();
    show(arrived);
    return bytes_ += arrived;
  }

  // The lines on it, each with its end, down to where the cursor stands at the beginning of one.
  std::string screen() {
    bytes();
    std::string text;
    for (const std::string& line : lines_) text += line + "\n";
    text.pop_back();  // behind the cursor's own line
    return text;
  }

 private:
  void show(std::string_view bytes) {
    while (!bytes.empty()) {
      const char c = bytes.front();
      bytes.remove_prefix(1);
      if (c == '\r') {
        column_ = 0;
      } else if (c == '\n') {
        if (++row_ == lines_.size()) lines_.emplace_back();
      } else if (c == '\x1b') {
        bytes.remove_prefix(obey(bytes));
      } else {
        lines_[row_].resize(std::max(lines_[row_].size(), column_ + 1), ' ');
        lines_[row_][column_++] = c;
      }
    }
  }

  // Gives how many bytes the sequence has.
  std::size_t obey(std::string_view sequence) {
    const std::size_t end = sequence.find_first_of("AJ");
    if (end == sequence.npos) throw std::runtime_error("an unknown sequence");
    if (sequence[end] == 'A') {
      const std::size_t up = std::stoul(std::string(sequence.substr(1, end - 1)));
      const std::size_t top = lines_.size() > rows_ ? lines_.size() - rows_ : 0;
      row_ = std::max(top + up, row_) - up;
    } else {
      lines_.resize(row_ + 1);
      lines_[row_].resize(column_);
    }
    return end + 1;
  }

  int reader_ = -1;
  int writer_ = -1;
  std::string name_;
  std::size_t rows_;
  std::string bytes_;
  std::vector<std::string> lines_{""};
  std::size_t row_ = 0;
  std::size_t column_ = 0;
};

}  // namespace ktel::test
