// OpenPGP signatures through the real plumb-openpgp, on what the real gpg made
// (openpgp_cases.py). What we accept, gpg accepts.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>

#include "base/text.h"
#include "core/trust/signature/verify.h"
#include "edge/openpgp/openpgp_process.h"
#include "files.h"

namespace plumb::trust {
namespace {

using test::read_file;
using testing::HasSubstr;

struct Case {
  std::string name, certificate, payload, signature, want;
  std::vector<std::string> fingerprints;

  [[nodiscard]] KeySet keys() const {
    std::vector<OpenPgpKey> out;
    for (const std::string& text : fingerprints) {
      out.push_back({*parse_openpgp_fingerprint(text), certificate});
    }
    return {{}, out};
  }
};

class OpenPgp : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    scratch_ = std::make_unique<test::Scratch>();
    const auto made = test::run(
        {"python3", test::source_path("tests/trust/openpgp_cases.py"), *scratch_ / "cases"},
        scratch_->str());
    ASSERT_EQ(made.exit_code, 0) << made.errors;
    for (const auto& entry : std::filesystem::directory_iterator(*scratch_ / "cases")) {
      const auto& at = entry.path();
      cases_.push_back({at.filename(), read_file(at / "certificate"), read_file(at / "payload"),
                        read_file(at / "signature"), read_file(at / "want"),
                        split(read_file(at / "keys"), '\n')});
    }
    std::sort(cases_.begin(), cases_.end(),
              [](const Case& a, const Case& b) { return a.name < b.name; });
  }
  static void TearDownTestSuite() {
    cases_.clear();
    scratch_.reset();
  }
  static const Case& named(const std::string& name) {
    return *std::find_if(cases_.begin(), cases_.end(),
                         [&](const Case& one) { return one.name == name; });
  }
  [[nodiscard]] Result<VerifiedSignature> verify(const Case& one) {
    return verify_signature(one.payload, one.signature, one.keys(), options_);
  }

  static inline std::unique_ptr<test::Scratch> scratch_;
  static inline std::vector<Case> cases_;
  OpenPgpProcess openpgp_{PLUMB_OPENPGP};
  VerifyOptions options_{.now = SystemClock().wall(), .openpgp = &openpgp_};
};

TEST_F(OpenPgp, EveryCase) {
  ASSERT_GT(cases_.size(), 40U);
  for (const Case& one : cases_) {
    const auto verified = verify(one);
    const std::string got =
        verified ? "ok " + verified->key.str().substr(8) : verified.error().code().name;
    EXPECT_EQ(got, one.want) << one.name
                             << (verified ? std::string() : ": " + verified.error().message());
  }
}

// In a home where only the certificate of the case is known.
bool gpg_accepts(const Case& one) {
  const test::Scratch home;
  std::filesystem::create_directory(home / ".gnupg");
  std::filesystem::permissions(home / ".gnupg", std::filesystem::perms::owner_all);
  const std::vector<std::string> gpg = {"gpg", "--batch", "--no-autostart", "--quiet"};
  const auto with = [&](std::vector<std::string> more) {
    more.insert(more.begin(), gpg.begin(), gpg.end());
    return test::run(more, home.str());
  };
  test::write_file(home / "certificate", one.certificate);
  test::write_file(home / "payload", one.payload);
  test::write_file(home / "signature", one.signature);
  (void)with({"--import", home / "certificate"});
  const auto done = with({"--status-fd", "1", "--verify", home / "signature", home / "payload"});
  return done.exit_code == 0 && done.output.find("\n[GNUPG:] GOODSIG ") != std::string::npos;
}

TEST_F(OpenPgp, NeverLooserThanGpg) {
  int accepted = 0;
  for (const Case& one : cases_) {
    const bool ours = verify(one).has_value();
    if (!ours || one.name == "secret-key") continue;  // gpg asks for its passphrase to import it
    ++accepted;
    EXPECT_TRUE(gpg_accepts(one)) << one.name;
  }
  EXPECT_GT(accepted, 10);
  EXPECT_FALSE(gpg_accepts(named("changed"))) << "the oracle tells them apart";
  EXPECT_FALSE(gpg_accepts(named("revoked-1")));
}

TEST_F(OpenPgp, OneBitAnywhereIsRefused) {
  const Case& one = named("ed25519");
  const KeySet keys = one.keys();
  const size_t begin = one.signature.find("\n\n") + 2;
  int refused = 0;
  for (size_t at = begin; at < one.signature.rfind("\n="); ++at) {
    std::string changed = one.signature;
    if (changed[at] == '\n') continue;
    changed[at] = changed[at] == 'A' ? 'B' : 'A';
    if (changed == one.signature) continue;
    // Without the checksum, so that it is not what refuses.
    changed.erase(changed.rfind("\n="), 6);
    EXPECT_FALSE(verify_signature(one.payload, changed, keys, options_)) << at;
    ++refused;
  }
  EXPECT_GT(refused, 100);
}

TEST_F(OpenPgp, FactsOfTheSignature) {
  const Case& one = named("will-expire");
  const auto verified = verify(one);
  ASSERT_TRUE(verified);
  EXPECT_EQ(verified->algorithm, "openpgp-eddsa");
  EXPECT_EQ(verify(named("SHA384"))->hash, "sha384");
  const auto day = std::chrono::hours(24);
  EXPECT_LT(*verified->signed_at, *options_.now - 9 * day);
  EXPECT_GT(*verified->valid_until, *options_.now + 9 * day);
  EXPECT_EQ(verified->principal_key, verified->key);
  const auto sub = verify(named("subkey-by-primary"));
  ASSERT_TRUE(sub);
  EXPECT_EQ(sub->principal_key.str(), "openpgp:" + named("subkey-by-primary").fingerprints[0]);
  EXPECT_NE(sub->principal_key, sub->key);
}

TEST_F(OpenPgp, AKeyThatExpiresNeedsAClock) {
  options_.now = {};
  EXPECT_TRUE(verify(named("ed25519")));
  EXPECT_EQ(verify(named("will-expire")).error().code(), kKeyExpired);
  options_.now = SystemClock().wall() + std::chrono::hours(24 * 11);
  EXPECT_EQ(verify(named("will-expire")).error().code(), kKeyExpired);
}

TEST_F(OpenPgp, WithoutTheProgramNothingIsAccepted) {
  options_.openpgp = nullptr;
  EXPECT_EQ(verify(named("ed25519")).error().code(), kOpenPgpUnavailable);
  for (const char* program : {"/no/such/plumb-openpgp", "/bin/true", "/bin/cat"}) {
    OpenPgpProcess broken(program);
    options_.openpgp = &broken;
    EXPECT_EQ(verify(named("ed25519")).error().code(), kOpenPgpFailed) << program;
  }
  OpenPgpProcess hangs("/usr/bin/yes", std::chrono::milliseconds(50));
  options_.openpgp = &hangs;
  EXPECT_EQ(verify(named("ed25519")).error().code(), kOpenPgpFailed);
}

// The process that answers now, by its parent and name.
pid_t child_pid() {
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string status = read_file(entry.path() / "status");
    if (status.find("Name:\tplumb-openpgp\n") != std::string::npos &&
        status.find("PPid:\t" + std::to_string(getpid()) + "\n") != std::string::npos) {
      return std::stoi(entry.path().filename());
    }
  }
  return 0;
}

TEST_F(OpenPgp, AProcessThatDiesIsReplacedAfterOneError) {
  ASSERT_TRUE(verify(named("ed25519")));
  const pid_t first = child_pid();
  ASSERT_GT(first, 0);
  kill(first, SIGKILL);
  const auto failed = verify(named("ed25519"));
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code(), kOpenPgpFailed);
  EXPECT_EQ(failed.error().retry(), Retry::transient);
  EXPECT_TRUE(verify(named("ed25519")));
  EXPECT_NE(child_pid(), first);
}

// What holds a process that answers: the filter of system calls, and no right to gain more.
TEST_F(OpenPgp, TheProcessIsConfined) {
  ASSERT_TRUE(verify(named("ed25519")));
  const std::string status = read_file("/proc/" + std::to_string(child_pid()) + "/status");
  EXPECT_THAT(status, HasSubstr("Seccomp:\t2\n"));
  EXPECT_THAT(status, HasSubstr("NoNewPrivs:\t1\n"));
  if (getuid() == 0) {
    EXPECT_THAT(status, HasSubstr("Uid:\t65534\t65534\t65534\t65534\n"));
  }
}

}  // namespace
}  // namespace plumb::trust
