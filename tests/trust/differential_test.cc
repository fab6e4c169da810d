// Signed commits, changed at random, against the real git: whatever we accept, `git verify-commit`
// (which asks ssh-keygen and gpg) accepts, and git reads the same commit in it. PLUMB_MUTATIONS
// sets how many (default 10,000).
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "base/text.h"
#include "core/trust/signature/verify.h"
#include "edge/openpgp/openpgp_process.h"
#include "files.h"

namespace plumb::trust {
namespace {

using test::read_file;
using test::write_file;

// The same numbers on every run.
class Random {
 public:
  size_t below(size_t bound) {
    state_ = state_ * 6364136223846793005ULL + 1442695040888963407ULL;
    return static_cast<size_t>(state_ >> 33) % bound;
  }

 private:
  uint64_t state_ = 20261124;
};

std::string join_lines(const std::vector<std::string>& lines) {
  return join(lines, "\n");
}

// One change of the kinds that parsers have disagreed on.
std::string mutated(const std::string& object, const std::vector<std::string>& others,
                    Random& random) {
  std::string out = object;
  std::vector<std::string> lines = split(object, '\n');
  const size_t at = random.below(out.size());
  const size_t line = random.below(lines.size());
  static constexpr std::string_view kBytes("\n \t\r\0=-+/Aa0>", 13);
  switch (random.below(12)) {
    case 0:
      out[at] = static_cast<char>(out[at] ^ 1 << random.below(8));
      return out;
    case 1:
      return out.erase(at, 1 + random.below(3));
    case 2:
      return out.insert(at, 1, kBytes[random.below(kBytes.size())]);
    case 3:
      lines.insert(lines.begin() + static_cast<ptrdiff_t>(line), lines[random.below(lines.size())]);
      return join_lines(lines);
    case 4:
      std::swap(lines[line], lines[random.below(lines.size())]);
      return join_lines(lines);
    case 5:
      lines.erase(lines.begin() + static_cast<ptrdiff_t>(line));
      return join_lines(lines);
    case 6: {
      const std::vector<std::string> from = split(others[random.below(others.size())], '\n');
      lines[line] = from[random.below(from.size())];
      return join_lines(lines);
    }
    case 7:
      lines[line] += kBytes[random.below(kBytes.size())];
      return join_lines(lines);
    case 8:
      lines[line].insert(0, " ");
      return join_lines(lines);
    case 9:
      return out.substr(0, at);
    case 10: {
      static const char* const kHeaders[] = {"gpgsig x",
                                             "gpgsig-sha256 x",
                                             "encoding UTF-8",
                                             "mergetag object x",
                                             "unknown header",
                                             "",
                                             " "};
      lines.insert(lines.begin() + static_cast<ptrdiff_t>(line),
                   kHeaders[random.below(std::size(kHeaders))]);
      return join_lines(lines);
    }
    default: {
      // The head of one commit, the rest of another.
      const std::string& other = others[random.below(others.size())];
      return out.substr(0, at) + other.substr(std::min(at, other.size()));
    }
  }
}

class Differential : public testing::Test {
 protected:
  void SetUp() override {
    git({"init", "-q", "--bare", scratch_ / "repo"});
    std::filesystem::create_directory(scratch_ / ".gnupg");
    std::filesystem::permissions(scratch_ / ".gnupg", std::filesystem::perms::owner_all);
    std::string signers;
    for (const std::string type : {"ed25519", "ecdsa", "rsa"}) {
      run({"ssh-keygen", "-q", "-N", "", "-t", type, "-f", scratch_ / type});
      const std::string line = read_file(scratch_ / (type + ".pub"));
      signers += "* " + line;
      ssh_.push_back(*parse_ssh_public_key(trim(line)));
      objects_.push_back(
          commit({"-c", "gpg.format=ssh", "-c", "user.signingKey=" + (scratch_ / type)}));
    }
    write_file(scratch_ / "signers", signers);
    run({"gpg", "--batch", "--quiet", "--passphrase", "", "--quick-gen-key", "ada", "ed25519",
         "sign,cert", "never"});
    const std::string listed = run({"gpg", "--with-colons", "--list-keys", "ada"});
    const std::string fingerprint = listed.substr(listed.find("fpr:::::::::") + 12, 40);
    objects_.push_back(commit({"-c", "user.signingKey=" + fingerprint + "!"}));
    keys_ = KeySet(ssh_, {{*parse_openpgp_fingerprint(fingerprint),
                           run({"gpg", "--armor", "--export", "ada"})}});
    options_.now = SystemClock().wall() + std::chrono::seconds(2);  // not before the key was made
  }
  void TearDown() override { (void)test::run({"gpgconf", "--kill", "all"}, scratch_.str()); }

  std::string run(std::vector<std::string> command) {
    const ProcessResult done = test::run(std::move(command), scratch_.str());
    EXPECT_EQ(done.exit_code, 0) << done.errors;
    return done.output;
  }
  std::string git(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "git");
    return run(std::move(arguments));
  }
  // The bytes of a commit that git signed.
  std::string commit(std::vector<std::string> settings) {
    std::vector<std::string> arguments = {"-C", scratch_ / "repo",
                                          "-c", "user.name=Ada Lovelace",
                                          "-c", "user.email=ada@example.com"};
    arguments.insert(arguments.end(), settings.begin(), settings.end());
    const std::string tree(
        trim(git({"-C", scratch_ / "repo", "hash-object", "-w", "-t", "tree", "/dev/null"})));
    for (const char* word : {"commit-tree", "-S", "-m", "deploy web 1.2.3", "-m",
                             "some words \xe2\x80\x94 and more  \n\nReviewed-by: Bob <b@x>"}) {
      arguments.emplace_back(word);
    }
    arguments.push_back(tree);
    const std::string id(trim(git(std::move(arguments))));
    return git({"-C", scratch_ / "repo", "cat-file", "commit", id});
  }
  // "" where git refuses; else what it reads.
  std::string oracle(const std::string& bytes) {
    write_file(scratch_ / "object", bytes);
    const ProcessResult made = test::run({"git", "-C", scratch_ / "repo", "hash-object", "-t",
                                          "commit", "-w", "--literally", scratch_ / "object"},
                                         scratch_.str());
    const std::string id(trim(made.output));
    const ProcessResult good =
        test::run({"git", "-C", scratch_ / "repo", "-c",
                   "gpg.ssh.allowedSignersFile=" + (scratch_ / "signers"), "verify-commit", id},
                  scratch_.str());
    if (made.exit_code != 0 || good.exit_code != 0) return "";
    return git(
        {"-C", scratch_ / "repo", "log", "-1", "--format=%T|%P|%an|%ae|%at|%cn|%ce|%ct", id});
  }
  static std::string reading(const CommitObject& commit) {
    std::vector<std::string> parents;
    for (const CommitId& parent : commit.parents) parents.push_back(parent.str());
    const auto seconds = [](WallTime time) {
      return std::to_string(
          std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count());
    };
    return commit.tree.str() + "|" + join(parents, " ") + "|" + commit.author.name + "|" +
           commit.author.mail + "|" + seconds(commit.author.when) + "|" + commit.committer.name +
           "|" + commit.committer.mail + "|" + seconds(commit.committer.when) + "\n";
  }
  // "" where we refuse; else what we read.
  std::string ours(const std::string& bytes) {
    const auto parsed = parse_commit(bytes, ObjectFormat::sha1);
    if (!parsed || !verify_commit(*parsed, keys_, options_)) return "";
    return reading(*parsed);
  }

  test::Scratch scratch_;
  std::vector<SshPublicKey> ssh_;
  std::vector<std::string> objects_;
  KeySet keys_;
  OpenPgpProcess openpgp_{PLUMB_OPENPGP};
  VerifyOptions options_{.openpgp = &openpgp_};
};

TEST_F(Differential, NeverLooserThanGit) {
  const char* wanted = std::getenv("PLUMB_MUTATIONS");
  const int count = wanted != nullptr ? std::atoi(wanted) : 10'000;
  for (const std::string& object : objects_) {
    ASSERT_EQ(ours(object), oracle(object));
    ASSERT_NE(ours(object), "");
  }
  Random random;
  int accepted = 0;
  int stricter = 0;
  int both_refuse = 0;
  for (int i = 0; i < count; ++i) {
    std::string object = objects_[random.below(objects_.size())];
    const std::string before = object;
    for (size_t n = 1 + random.below(3); n > 0 && !object.empty(); --n) {
      object = mutated(object, objects_, random);
    }
    if (object == before) continue;
    const std::string mine = ours(object);
    if (!mine.empty()) {
      ++accepted;
      EXPECT_EQ(mine, oracle(object)) << "git refuses, or reads another commit:\n" << object;
    } else if (i % 50 == 0) {
      ++(oracle(object).empty() ? both_refuse : stricter);
    }
  }
  RecordProperty("accepted", accepted);
  RecordProperty("stricter", stricter);
  std::printf(
      "%d changed commits: %d accepted by both; of a sample of the refused git accepts %d, "
      "refuses %d\n",
      count, accepted, stricter, both_refuse);
  EXPECT_GT(both_refuse, 0) << "the oracle tells them apart";
}

}  // namespace
}  // namespace plumb::trust
