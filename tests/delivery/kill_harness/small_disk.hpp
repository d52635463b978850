// A small file system of this process and its children alone, which can be filled up and emptied.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

namespace ktel::test::harness {

// Gives this process mounts of its own, by root's right or in a user namespace. To be called before
// there is a second thread. Empty, or why it cannot be had here.
std::string own_mounts();

// Mounted while it lives. Throws where it cannot be. Not thread-safe; several may be there.
class SmallDisk {
 public:
  SmallDisk(std::filesystem::path directory, std::size_t bytes);
  ~SmallDisk();
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

  void fill();
  void make_room();

 private:
  std::filesystem::path directory_;
};

}  // namespace ktel::test::harness
