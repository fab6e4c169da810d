#include "edge/os/segment_log.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "edge/os/private_directory.h"

namespace plumb {
namespace {

namespace fs = std::filesystem;

class SegmentLogTest : public ::testing::Test {
 protected:
  std::string folder() const { return scratch_.path() + "/ledger"; }
  std::vector<std::string> lines() const {
    std::vector<std::string> out;
    const Result<void> read = read_segments(folder(), [&](std::string_view line) {
      out.emplace_back(line);
      return true;
    });
    EXPECT_TRUE(read.has_value());
    return out;
  }
  PrivateDirectory scratch_ =
      PrivateDirectory::make(fs::temp_directory_path().string(), "plumb-log-").value();
};

TEST_F(SegmentLogTest, KeepsLinesOverRestarts) {
  for (uint64_t n = 1; n <= 3; ++n) {
    SegmentLog log = SegmentLog::open(folder()).value();
    ASSERT_TRUE(log.append("line " + std::to_string(n), n));
    EXPECT_TRUE(log.newest().value().ends_with("line " + std::to_string(n) + "\n"));
  }
  EXPECT_EQ(lines(), (std::vector<std::string>{"line 1", "line 2", "line 3"}));
  EXPECT_EQ(fs::status(folder()).permissions(), fs::perms::owner_all);
}

TEST_F(SegmentLogTest, BeginsANewSegment) {
  SegmentLog log = SegmentLog::open(folder(), 16).value();
  for (uint64_t n = 1; n <= 5; ++n) ASSERT_TRUE(log.append("line " + std::to_string(n), n));
  EXPECT_EQ(lines().size(), 5U);
  EXPECT_TRUE(fs::exists(folder() + "/00000000000000000003.jsonl"));
  EXPECT_EQ(log.newest().value(), "line 5\n");
}

TEST_F(SegmentLogTest, CutsOffWhatACrashLeft) {
  ASSERT_TRUE(SegmentLog::open(folder()).value().append("whole", 1));
  std::ofstream(folder() + "/00000000000000000001.jsonl", std::ios::app) << "hal";
  SegmentLog log = SegmentLog::open(folder()).value();
  ASSERT_TRUE(log.append("next", 2));
  EXPECT_EQ(lines(), (std::vector<std::string>{"whole", "next"}));
}

TEST_F(SegmentLogTest, BelongsToOneProcess) {
  const SegmentLog log = SegmentLog::open(folder()).value();
  const Result<SegmentLog> other = SegmentLog::open(folder());
  ASSERT_FALSE(other.has_value());
  EXPECT_EQ(other.error().code(), kLogInUse);
}

TEST_F(SegmentLogTest, TellsThatTheDiskFailed) {
  SegmentLog log = SegmentLog::open(folder()).value();
  fs::remove_all(folder());
  const Result<void> written = log.append("line", 1);
  ASSERT_FALSE(written.has_value());
  EXPECT_EQ(written.error().code(), kFileFailed);
}

}  // namespace
}  // namespace plumb
