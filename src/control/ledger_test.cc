#include "control/ledger.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "core/audit/chain.h"
#include "edge/os/private_directory.h"

namespace plumb {
namespace {

namespace fs = std::filesystem;
using audit::ChainReport;
using audit::Verdict;

class LedgerTest : public ::testing::Test {
 protected:
  std::string folder() const { return scratch_.path() + "/ledger"; }
  std::unique_ptr<Ledger> open(const std::string& lease_head = "") const {
    return Ledger::open(folder(), lease_head, Log()).value();
  }
  ChainReport check(const audit::ChainExpectation& expected = {}) const {
    std::string text;
    EXPECT_TRUE(read_segments(folder(), [&](std::string_view line) {
      text += std::string(line) + "\n";
      return true;
    }));
    return audit::check_chain(text, expected);
  }
  static audit::Entry entry(const std::string& app, Verdict verdict = Verdict::applied,
                            const std::string& message = "") {
    audit::Entry out;
    out.verdict = verdict;
    out.app = app;
    out.message = message;
    return out;
  }
  PrivateDirectory scratch_ =
      PrivateDirectory::make(fs::temp_directory_path().string(), "plumb-ledger-").value();
};

TEST_F(LedgerTest, ARestartGoesOnWithTheChain) {
  for (int i = 0; i < 4; ++i) open()->add(entry("prod/web"));
  const ChainReport report = check();
  EXPECT_THAT(report.flaws, ::testing::IsEmpty());
  EXPECT_EQ(report.head.number, 4U);
}

TEST_F(LedgerTest, ManyThreadsOneChain) {
  const auto ledger = open();
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 8; ++t) {
      threads.emplace_back([&, t] {
        for (int i = 0; i < 25; ++i) ledger->add(entry("prod/" + std::to_string(t)));
      });
    }
  }
  const ChainReport report = check({.head = ledger->head()});
  EXPECT_THAT(report.flaws, ::testing::IsEmpty());
  EXPECT_EQ(report.records.size(), 200U);
}

TEST_F(LedgerTest, ARefusalIsToldOnce) {
  const auto ledger = open();
  ledger->add(entry("prod/web", Verdict::refused, "no"));
  ledger->add(entry("prod/web", Verdict::refused, "no"));
  ledger->add(entry("prod/api", Verdict::refused, "no"));
  ledger->add(entry("prod/web", Verdict::refused, "still no"));
  EXPECT_EQ(ledger->head().number, 3U);
  ledger->add(entry("prod/web"));
  ledger->add(entry("prod/web", Verdict::refused, "still no"));
  EXPECT_EQ(ledger->head().number, 5U);
}

TEST_F(LedgerTest, ANewVolumeGoesOnBehindTheLease) {
  audit::Head head;
  {
    const auto ledger = open();
    ledger->add(entry("prod/web"));
    ledger->add(entry("prod/web"));
    head = ledger->head();
  }
  fs::remove_all(folder());
  open(audit::to_string(head))->add(entry("prod/web"));
  EXPECT_THAT(check({.first = 3}).flaws, ::testing::IsEmpty());
  EXPECT_EQ(check({.first = 3}).records.front().previous, head.hash);
}

TEST_F(LedgerTest, WhatWasCutOffShowsAsAGap) {
  audit::Head head;
  {
    const auto ledger = open();
    for (int i = 0; i < 5; ++i) ledger->add(entry("prod/web"));
    head = ledger->head();
  }
  const std::string file = folder() + "/00000000000000000001.jsonl";
  std::ifstream in(file);
  std::string line;
  std::string kept;
  for (int i = 0; i < 3 && std::getline(in, line); ++i) kept += line + "\n";
  std::ofstream(file, std::ios::trunc) << kept;
  open(audit::to_string(head))->add(entry("prod/web"));
  const ChainReport report = check();
  ASSERT_EQ(report.flaws.size(), 1U);
  EXPECT_EQ(report.flaws[0].message, "records 4 to 5 are missing");
}

// Ahead of the Lease: it crashed before the next renewal told it.
TEST_F(LedgerTest, TheFilesMayBeAhead) {
  std::string lease;
  {
    const auto ledger = open();
    ledger->add(entry("prod/web"));
    lease = audit::to_string(ledger->head());
    ledger->add(entry("prod/web"));
  }
  open(lease)->add(entry("prod/web"));
  EXPECT_THAT(check().flaws, ::testing::IsEmpty());
  EXPECT_EQ(check().head.number, 3U);
}

TEST_F(LedgerTest, ADiskThatFailsLosesNothing) {
  const auto ledger = open();
  fs::remove_all(folder());
  ledger->add(entry("prod/web"));
  EXPECT_EQ(ledger->waiting(), 1U);
  EXPECT_EQ(ledger->head().number, 0U);
  fs::create_directory(folder());
  ledger->add(entry("prod/api"));
  EXPECT_EQ(ledger->waiting(), 0U);
  const ChainReport report = check({.head = ledger->head()});
  EXPECT_THAT(report.flaws, ::testing::IsEmpty());
  ASSERT_EQ(report.records.size(), 2U);
  EXPECT_EQ(report.records[0].entry.app, "prod/web");
}

}  // namespace
}  // namespace plumb
