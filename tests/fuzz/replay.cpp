// The main function of a fuzz target without libFuzzer: calls it with each file of a directory.
//
// A broken property or a sanitizer ends the program; the file in hand has been named before.
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <set>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: " << argv[0] << " DIRECTORY\n";
    return 2;
  }
  std::set<std::filesystem::path> seeds;
  for (const auto& entry : std::filesystem::directory_iterator(argv[1])) seeds.insert(entry.path());
  for (const auto& seed : seeds) {
    std::cout << seed.filename().string() << std::endl;
    std::ifstream file(seed, std::ios::binary);
    if (!file) {
      std::cerr << seed.string() << " cannot be read\n";
      return 1;
    }
    const std::vector<char> bytes{std::istreambuf_iterator<char>(file), {}};
    LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  }
  std::cout << seeds.size() << " seeds\n";
  return seeds.empty() ? 1 : 0;  // a directory without seeds tests nothing
}
