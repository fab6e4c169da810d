// What the tests of the Git store stand on: a scratch folder, a repository people push to, and the
// servers of tests/git_server as child processes.
#pragma once

#include <sys/types.h>

#include <map>
#include <string>
#include <vector>

#include "lang/value/value.h"

namespace plumb::test {

// A folder that goes with its owner.
class Scratch {
 public:
  Scratch();
  ~Scratch();
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  [[nodiscard]] std::string path(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

// Runs git as a person does and returns what it prints, trimmed. A failure fails the test.
std::string git(const std::string& directory, const std::vector<std::string>& arguments);

[[nodiscard]] std::string read_text(const std::string& path);
void write_text(const std::string& path, const std::string& text);

// A working copy and the bare repository it pushes to (ROOT/NAME.git).
class Person {
 public:
  Person(std::string work, const std::string& bare);

  // Writes the files, commits and pushes the branch; returns the commit.
  std::string commit(const std::map<std::string, std::string>& files,
                     const std::string& message = "change");
  std::string run(const std::vector<std::string>& arguments) const { return git(work_, arguments); }
  void push(const std::string& refspec, bool force = false) const;
  [[nodiscard]] const std::string& folder() const { return work_; }

 private:
  std::string work_;
};

// A server process: one line of JSON when ready, a line of JSON for each command.
class Server {
 public:
  Server(const std::string& script, const std::vector<std::string>& arguments);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  Value command(const std::string& line) const;
  [[nodiscard]] std::string about(const std::string& key) const;  // of the first line
  [[nodiscard]] int64_t stat(const std::string& key) const;

 private:
  void start(const std::string& script, const std::vector<std::string>& arguments);

  pid_t pid_ = 0;
  int to_ = -1;
  int from_ = -1;
  Value about_;
};

}  // namespace plumb::test
