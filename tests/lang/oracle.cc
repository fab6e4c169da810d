#include "oracle.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace plumb::testing {
namespace {

std::string slurp(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

}  // namespace

void Oracle::ask(std::string_view operation, std::string_view text) {
  questions_ += std::string(operation) + " " + std::to_string(text.size()) + "\n";
  questions_ += text;
  questions_ += '\n';
  ++count_;
}

std::vector<Answer> Oracle::answers() const {
  const char* const program = std::getenv("PLUMB_ORACLE");
  if (program == nullptr) {
    ADD_FAILURE() << "PLUMB_ORACLE is not set; run this test with ctest";
    return {};
  }
  std::string folder = (std::filesystem::temp_directory_path() / "plumb-oracle-XXXXXX").string();
  if (mkdtemp(folder.data()) == nullptr) {
    ADD_FAILURE() << "no temporary folder";
    return {};
  }
  const std::filesystem::path in = std::filesystem::path(folder) / "in";
  const std::filesystem::path out = std::filesystem::path(folder) / "out";
  std::ofstream(in, std::ios::binary) << questions_;
  const std::string command =
      "'" + std::string(program) + "' <'" + in.string() + "' >'" + out.string() + "'";
  const int status = std::system(command.c_str());
  std::istringstream text(slurp(out));
  std::filesystem::remove_all(folder);
  EXPECT_EQ(status, 0);
  std::vector<Answer> answers;
  std::string word;
  size_t size = 0;
  while (text >> word >> size) {
    Answer answer{word == "ok", std::string(size, '\0')};
    text.get();
    text.read(answer.text.data(), static_cast<std::streamsize>(size));
    answers.push_back(std::move(answer));
  }
  EXPECT_EQ(answers.size(), count_);
  answers.resize(count_);
  return answers;
}

}  // namespace plumb::testing
