#include "core/trust/trust.h"

#include <gtest/gtest.h>

#include <type_traits>

namespace plumb::trust {
namespace {

// Applying an unverified commit does not compile: nobody but verify can make the key.
static_assert(!std::is_default_constructible_v<VerifiedRevision>);
static_assert(!std::is_constructible_v<VerifiedRevision, Revision>);
static_assert(!std::is_constructible_v<VerifiedRevision, Revision, std::string, std::string>);
static_assert(!std::is_default_constructible_v<VerifiedRevisionKey>);
static_assert(!std::is_copy_constructible_v<VerifiedRevisionKey>);
static_assert(!std::is_aggregate_v<VerifiedRevisionKey>);
// `{}` where a key is expected must not make one either.
template <class T>
concept MadeFromBraces = requires(Revision r) { T({}, r, std::string(), std::string()); };
static_assert(!MadeFromBraces<VerifiedRevision>);

Revision revision() {
  Revision out;
  out.url = "https://git.example.com/config";
  out.ref = RefName("refs/heads/main");
  out.commit = CommitId("3f1c2ab9d0e77a01c81fe00299aa77bb33cc44dd");
  return out;
}

TEST(Trust, RepositoryDeclaredNone) {
  const auto verified = verify(revision(), {.repository = "prod/config", .declared = "none"});
  ASSERT_TRUE(verified.has_value());
  EXPECT_EQ(verified->policy(), "none");
  EXPECT_EQ(verified->signer(), "");
  EXPECT_EQ(verified->revision(), revision());
}

TEST(Trust, OperatorFlagCoversRepositoriesThatSayNothing) {
  EXPECT_TRUE(
      verify(revision(), {.repository = "prod/config", .operator_policy = "none"}).has_value());
}

TEST(Trust, NothingDeclaredIsRefused) {
  const auto verified = verify(revision(), {.repository = "prod/config"});
  ASSERT_FALSE(verified.has_value());
  EXPECT_EQ(verified.error().code(), kNoTrustPolicy);
  EXPECT_EQ(verified.error().retry(), Retry::denied);
  EXPECT_EQ(verified.error().message(),
            "no trust policy covers repository prod/config, so "
            "main@3f1c2ab9d0e77a01c81fe00299aa77bb33cc44dd is not applied");
  EXPECT_NE(verified.error().help(), "");
}

TEST(Trust, UnknownPolicyIsRefusedEvenWhereTheOperatorTrustsAll) {
  for (const std::string declared : {"None", "off", "signed\x1b[2J"}) {
    const auto verified = verify(
        revision(), {.repository = "prod/config", .declared = declared, .operator_policy = "none"});
    ASSERT_FALSE(verified.has_value()) << declared;
    EXPECT_EQ(verified.error().code(), kUnknownTrustPolicy);
    EXPECT_EQ(verified.error().retry(), Retry::denied);
    EXPECT_EQ(verified.error().message().find('\x1b'), std::string::npos);
  }
}

}  // namespace
}  // namespace plumb::trust
