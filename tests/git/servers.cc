#include "servers.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/text.h"
#include "edge/os/process.h"
#include "lang/json/json.h"

extern char** environ;

namespace plumb::test {
namespace {

namespace fs = std::filesystem;

// One line; "" when the process ended.
std::string read_line(int fd) {
  std::string line;
  char c = 0;
  while (read(fd, &c, 1) == 1 && c != '\n') line += c;
  return line;
}

}  // namespace

Scratch::Scratch() {
  path_ = (fs::temp_directory_path() / "plumb-git-XXXXXX").string();
  if (mkdtemp(path_.data()) == nullptr) ADD_FAILURE() << "cannot make " << path_;
}

Scratch::~Scratch() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

std::string git(const std::string& directory, const std::vector<std::string>& arguments) {
  ProcessRequest request{
      .program = "/usr/bin/git",
      .arguments = {"-C", directory},
      .environment = {"PATH=/usr/bin:/bin", "HOME=/nonexistent", "GIT_CONFIG_NOSYSTEM=1",
                      "GIT_CONFIG_GLOBAL=/dev/null", "GIT_AUTHOR_NAME=Ann",
                      "GIT_AUTHOR_EMAIL=ann@example.com", "GIT_COMMITTER_NAME=Ann",
                      "GIT_COMMITTER_EMAIL=ann@example.com"},
      .deadline = Deadline::in(std::chrono::seconds(60))};
  request.arguments.insert(request.arguments.end(), arguments.begin(), arguments.end());
  const Result<ProcessResult> done = run_process(request, {});
  if (!done || done->exit_code != 0) {
    ADD_FAILURE() << "git " << join(arguments, " ") << ": "
                  << (done ? done->errors : done.error().render());
    return "";
  }
  return std::string(trim(done->output));
}

std::string read_text(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

void write_text(const std::string& path, const std::string& text) {
  fs::create_directories(fs::path(path).parent_path());
  std::ofstream(path, std::ios::binary) << text;
}

Person::Person(std::string work, const std::string& bare) : work_(std::move(work)) {
  fs::create_directories(work_);
  fs::create_directories(bare);
  git(bare, {"init", "-q", "--bare", "-b", "main"});
  git(work_, {"init", "-q", "-b", "main"});
  git(work_, {"remote", "add", "origin", bare});
}

std::string Person::commit(const std::map<std::string, std::string>& files,
                           const std::string& message) {
  for (const auto& [path, text] : files) write_text(work_ + "/" + path, text);
  run({"add", "-A"});
  run({"commit", "-q", "--allow-empty", "-m", message});
  push("HEAD");
  return run({"rev-parse", "HEAD"});
}

void Person::push(const std::string& refspec, bool force) const {
  run({"push", "-q", force ? "--force" : "--no-force", "origin", refspec});
}

Server::Server(const std::string& script, const std::vector<std::string>& arguments) {
  start(script, arguments);
}

void Server::start(const std::string& script, const std::vector<std::string>& arguments) {
  const char* root = std::getenv("PLUMB_SOURCE_DIR");
  std::vector<std::string> words = {
      "python3", std::string(root != nullptr ? root : ".") + "/tests/git_server/" + script};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  int in[2];
  int out[2];
  ASSERT_EQ(pipe2(in, O_CLOEXEC), 0);
  ASSERT_EQ(pipe2(out, O_CLOEXEC), 0);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in[0], 0);
  posix_spawn_file_actions_adddup2(&actions, out[1], 1);
  const int error = posix_spawnp(&pid_, "python3", &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(in[0]);
  close(out[1]);
  to_ = in[1];
  from_ = out[0];
  ASSERT_EQ(error, 0);
  const std::string line = read_line(from_);
  Result<Value> about = json::parse(line);
  ASSERT_TRUE(about) << script << " said: " << line;
  about_ = *std::move(about);
}

Server::~Server() {
  close(to_);  // the end of its input ends it
  close(from_);
  if (pid_ > 0) waitpid(pid_, nullptr, 0);
}

Value Server::command(const std::string& line) const {
  const std::string text = line + "\n";
  EXPECT_EQ(write(to_, text.data(), text.size()), static_cast<ssize_t>(text.size()));
  Result<Value> answer = json::parse(read_line(from_));
  if (!answer) {
    ADD_FAILURE() << line << ": " << answer.error().render();
    return {};
  }
  EXPECT_EQ(answer->find("error"), nullptr) << json::write(*answer);
  return *std::move(answer);
}

std::string Server::about(const std::string& key) const {
  const Value* found = about_.find(key);
  const std::string* text = found != nullptr ? found->as_string() : nullptr;
  if (text == nullptr) {
    ADD_FAILURE() << "the server did not tell " << key;
    return "";
  }
  return *text;
}

int64_t Server::stat(const std::string& key) const {
  const Value stats = command("stats");
  const Value* found = stats.find(key);
  return found != nullptr && found->as_integer() != nullptr ? *found->as_integer() : -1;
}

}  // namespace plumb::test
