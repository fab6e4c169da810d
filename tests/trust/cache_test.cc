// Signatures are verified once a commit: what was good before is taken from the cache, by the id of
// the commit and the keys in force.
#include <gtest/gtest.h>

#include <map>

#include "core/trust/policy/read_policy.h"
#include "core/trust/walk/walk.h"
#include "ssh_signer.h"

namespace plumb::trust {
namespace {

constexpr size_t kCommits = 50;

class MemoryObjects final : public GitObjectSource {
 public:
  std::string add(GitObjectKind kind, std::string bytes) {
    std::string id = sha256(bytes).hex().substr(0, 40);
    objects_[id] = {kind, std::move(bytes)};
    return id;
  }
  void replace(const std::string& id, std::string bytes) { objects_[id].bytes = std::move(bytes); }
  Result<std::optional<GitObject>> read_object(const std::string& id, uint64_t) const override {
    const auto at = objects_.find(id);
    return at == objects_.end() ? std::nullopt : std::optional(at->second);
  }

 private:
  std::map<std::string, GitObject> objects_;
};

class CachedWalk : public ::testing::Test {
 protected:
  CachedWalk() {
    const std::string anchor = commit("", 0);
    std::string tip = anchor;
    for (size_t i = 1; i <= kCommits; ++i) {
      tip = commit(tip, i);
      ids_.push_back(tip);
    }
    Budget budget;
    const std::string text =
        "apiVersion: plumb.dev/v1alpha1\nkind: TrustPolicy\nmetadata: {name: p}\nspec:\n"
        "  sources: [{url: https://git.example.com/c.git, ref: refs/heads/main}]\n"
        "  anchor: " +
        anchor + "\n  principals: [{name: alice, keys: [\"" + alice_.public_line() +
        "\"]}, {name: bob, keys: [\"" + bob_.public_line() +
        "\"]}]\n  rules: [{name: all, paths: [\"**\"], anyOf: [{author: [alice]}]}]\n";
    policy_ = read_trust_policy(text, "policy.yaml", budget).value();
  }

  std::string unsigned_commit(const std::string& parent, size_t number) {
    const std::string blob = objects_.add(GitObjectKind::blob, std::to_string(number));
    std::string tree = "100644 file";
    tree += '\0';
    for (size_t i = 0; i < blob.size(); i += 2) {
      tree += static_cast<char>(std::stoi(blob.substr(i, 2), nullptr, 16));
    }
    const std::string who = "Ada <ada@example.com> 1700000000 +0000\n";
    return "tree " + objects_.add(GitObjectKind::tree, tree) + "\n" +
           (parent.empty() ? "" : "parent " + parent + "\n") + "author " + who + "committer " +
           who + "\nchange\n";
  }
  std::string commit(const std::string& parent, size_t number) {
    const std::string text = unsigned_commit(parent, number);
    return objects_.add(GitObjectKind::commit,
                        test::with_commit_signature(text, alice_.sign(text)));
  }
  // The same id now has a signature that is not good.
  void spoil(size_t index) {
    const std::string text = unsigned_commit(ids_[index - 1], index + 1);
    const std::string armor = alice_.sign(text + "of another text");
    objects_.replace(ids_[index], test::with_commit_signature(text, armor));
  }
  WalkVerdict walk_to_tip(VerificationCache* cache) const {
    return walk({.policy = policy_,
                 .objects = objects_,
                 .source = policy_.sources[0],
                 .tip = ObjectId(ids_.back()),
                 .now = WallTime(std::chrono::seconds(1'800'000'000)),
                 .cache = cache})
        .value();
  }

  test::SshSigner alice_{KeyAlgorithm::ed25519, "alice"};
  test::SshSigner bob_{KeyAlgorithm::ed25519, "bob"};
  MemoryObjects objects_;
  std::vector<std::string> ids_;
  TrustPolicy policy_;
};

TEST_F(CachedWalk, EachCommitIsVerifiedOnce) {
  VerificationCache cache;
  ASSERT_TRUE(walk_to_tip(&cache).trusted());
  EXPECT_EQ(cache.size(), kCommits);
  // Were a signature looked at again, it would be found bad now.
  for (size_t i = 1; i < kCommits; ++i) spoil(i);
  const WalkVerdict again = walk_to_tip(&cache);
  EXPECT_TRUE(again.trusted()) << again.refusal->render();
  EXPECT_EQ(again.commits.back().signer, "alice");
  EXPECT_EQ(cache.size(), kCommits);
  const WalkVerdict without = walk_to_tip(nullptr);
  ASSERT_FALSE(without.trusted());
  EXPECT_STREQ(without.refusal->code().name, "BadSignature");
}

TEST_F(CachedWalk, OtherKeysAreOtherVerdicts) {
  VerificationCache cache;
  ASSERT_TRUE(walk_to_tip(&cache).trusted());
  spoil(kCommits / 2);
  policy_.keys = {};
  EXPECT_FALSE(walk_to_tip(&cache).trusted());
}

// What is remembered is who signed; whether that is allowed is asked anew.
TEST_F(CachedWalk, RulesAreNotCached) {
  VerificationCache cache;
  ASSERT_TRUE(walk_to_tip(&cache).trusted());
  policy_.rules[0].any_of[0].author = {"bob"};
  const WalkVerdict verdict = walk_to_tip(&cache);
  ASSERT_FALSE(verdict.trusted());
  EXPECT_STREQ(verdict.refusal->code().name, "NotAllowed");
}

}  // namespace
}  // namespace plumb::trust
