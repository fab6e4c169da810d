#include "edge/os/segment_log.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <vector>

#include "edge/os/private_directory.h"

namespace plumb {
namespace {

namespace fs = std::filesystem;

constexpr size_t kDigits = 20;
constexpr std::string_view kSuffix = ".jsonl";

Error failed(const std::string& what, int error) {
  return Error(kFileFailed, what + ": " + std::strerror(error), Retry::transient);
}

std::string segment_name(uint64_t first) {
  const std::string number = std::to_string(first);
  return std::string(kDigits - number.size(), '0') + number + std::string(kSuffix);
}

bool is_segment(const std::string& name) {
  return name.size() == kDigits + kSuffix.size() && name.ends_with(kSuffix) &&
         std::all_of(name.begin(), name.begin() + kDigits,
                     [](char one) { return one >= '0' && one <= '9'; });
}

// Paths, oldest first: the names sort as their numbers do.
Result<std::vector<std::string>> segments_in(const std::string& directory) {
  std::vector<std::string> out;
  std::error_code error;
  for (fs::directory_iterator at(directory, error), end; !error && at != end; at.increment(error)) {
    if (is_segment(at->path().filename().string())) out.push_back(at->path().string());
  }
  if (error) return failed("cannot list " + directory, error.value());
  std::sort(out.begin(), out.end());
  return out;
}

Result<void> read_file(const std::string& path,
                       const std::function<bool(std::string_view)>& take_bytes) {
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!file.is_open()) return failed("cannot open " + path, errno);
  std::string buffer(64 << 10, '\0');
  while (true) {
    const ssize_t got = ::read(file.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failed("cannot read " + path, errno);
    if (got == 0) return {};
    if (!take_bytes({buffer.data(), static_cast<size_t>(got)})) return {};
  }
}

Result<std::string> whole_file(const std::string& path) {
  std::string out;
  TRY(read_file(path, [&](std::string_view bytes) {
    out += bytes;
    return true;
  }));
  return out;
}

Result<void> sync_directory(const std::string& path) {
  const FileDescriptor directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory.is_open() || fsync(directory.get()) != 0) {
    return failed("cannot sync " + path, errno);
  }
  return {};
}

}  // namespace

Result<SegmentLog> SegmentLog::open(const std::string& directory, uint64_t most_bytes_a_segment) {
  std::error_code error;
  const bool made = fs::create_directories(directory, error);
  if (error) return failed("cannot make " + directory, error.value());
  if (made) fs::permissions(directory, fs::perms::owner_all, error);
  FileDescriptor lock(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!lock.is_open()) return failed("cannot open " + directory, errno);
  if (flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    return Error(kLogInUse, "another process writes the ledger in " + directory, Retry::transient)
        .with_help("give each replica a folder of its own, or one that is theirs in turn");
  }
  SegmentLog log(directory, std::move(lock), most_bytes_a_segment);
  const std::vector<std::string> segments = TRY(segments_in(directory));
  if (segments.empty()) return log;
  log.newest_ = segments.back();
  log.file_ =
      FileDescriptor(::open(log.newest_.c_str(), O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW));
  if (!log.file_.is_open()) return failed("cannot open " + log.newest_, errno);
  const std::string text = TRY(whole_file(log.newest_));
  const size_t end = text.rfind('\n');
  log.bytes_ = end == std::string::npos ? 0 : end + 1;
  if (log.bytes_ < text.size() && ftruncate(log.file_.get(), static_cast<off_t>(log.bytes_)) != 0) {
    return failed("cannot cut off an unfinished line of " + log.newest_, errno);
  }
  return log;
}

Result<std::string> SegmentLog::newest() const {
  if (newest_.empty()) return std::string();
  return whole_file(newest_);
}

Result<void> SegmentLog::begin_segment(uint64_t number) {
  const std::string path = directory_ + "/" + segment_name(number);
  FileDescriptor file(::open(path.c_str(),
                             O_RDWR | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC | O_NOFOLLOW,
                             S_IRUSR | S_IWUSR));
  if (!file.is_open()) return failed("cannot make " + path, errno);
  TRY(sync_directory(directory_));
  newest_ = path;
  file_ = std::move(file);
  bytes_ = 0;
  return {};
}

Result<void> SegmentLog::append(std::string_view line, uint64_t number) {
  if (!file_.is_open() || (bytes_ > 0 && bytes_ + line.size() + 1 > most_bytes_)) {
    TRY(begin_segment(number));
  }
  std::string text(line);
  text += '\n';
  std::string_view rest = text;
  int error = 0;
  while (!rest.empty() && error == 0) {
    const ssize_t written = ::write(file_.get(), rest.data(), rest.size());
    if (written >= 0) {
      rest.remove_prefix(static_cast<size_t>(written));
    } else if (errno != EINTR) {
      error = errno;
    }
  }
  if (error == 0 && fdatasync(file_.get()) != 0) error = errno;
  if (error == 0) {
    bytes_ += text.size();
    return {};
  }
  // Half a line would spoil the next one.
  if (ftruncate(file_.get(), static_cast<off_t>(bytes_)) != 0) file_.close();
  return failed("cannot write " + newest_, error);
}

Result<void> read_segments(const std::string& directory,
                           const std::function<bool(std::string_view)>& take) {
  for (const std::string& path : TRY(segments_in(directory))) {
    std::string line;
    bool more = true;
    TRY(read_file(path, [&](std::string_view bytes) {
      while (more && !bytes.empty()) {
        const size_t end = bytes.find('\n');
        line += bytes.substr(0, end);
        if (end == std::string_view::npos) break;
        more = take(line);
        line.clear();
        bytes.remove_prefix(end + 1);
      }
      return more;
    }));
    if (!more) break;
  }
  return {};
}

}  // namespace plumb
