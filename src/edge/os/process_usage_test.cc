#include "edge/os/process_usage.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <ctime>

#include "edge/os/file_descriptor.h"

namespace plumb {
namespace {

TEST(ProcessUsage, is_of_this_process) {
  const std::optional<ProcessUsage> usage = process_usage();
  ASSERT_TRUE(usage);
  EXPECT_GT(usage->cpu_seconds, 0);
  EXPECT_GT(usage->resident_bytes, 1u << 20);
  EXPECT_LT(usage->resident_bytes, 1u << 30);
  const auto now = static_cast<double>(time(nullptr));
  EXPECT_LE(usage->start_time, now + 1);
  EXPECT_GT(usage->start_time, now - 600);
}

TEST(ProcessUsage, counts_open_files) {
  const uint64_t before = process_usage()->open_files;
  const FileDescriptor file(open("/dev/null", O_RDONLY | O_CLOEXEC));
  ASSERT_TRUE(file.is_open());
  EXPECT_EQ(process_usage()->open_files, before + 1);
}

}  // namespace
}  // namespace plumb
