// GuardedGit: the `git` program for the transport of objects, in a child that can do nothing else:
// no shell of ours, an environment of our making, no system or user configuration, no prompt, no
// hook, no protocol but the URL's own, received objects checked. Credentials never stand on a
// command line: headers go by environment, keys and certificates by private files that live as long
// as this object. Belongs to one fetch; not thread safe.
#pragma once

#include <stop_token>
#include <string>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "edge/git/git_secrets.h"
#include "edge/git/quarantine.h"
#include "edge/os/private_directory.h"
#include "edge/os/process.h"

namespace plumb {

// How far down from the wanted commits a fetch goes.
struct ToWhatIsHere {};  // all that is new, with its whole history
struct CommitsDown {
  int count = 1;  // 1: the wanted commits themselves
};
struct SinceTime {
  WallTime oldest{};  // no commit is brought that was made before
};
using FetchDepth = std::variant<ToWhatIsHere, CommitsDown, SinceTime>;
inline constexpr CommitsDown kWholeHistory{2147483647};  // Git's own number for it

class GuardedGit {
 public:
  // `directory` is the bare store; private files are made inside of it.
  [[nodiscard]] static Result<GuardedGit> make(std::string program, std::string directory,
                                               GitUrl url, GitCredentials credentials,
                                               Deadline deadline, std::stop_token stop);

  [[nodiscard]] Result<std::string> ls_remote(const std::vector<std::string>& patterns) const;
  // Fetches the objects into a quarantine; the store stays untouched. `from` is the URL the server
  // answered at.
  [[nodiscard]] Result<void> fetch(const std::string& from, const std::vector<std::string>& wants,
                                   const FetchDepth& depth, const Quarantine& quarantine) const;
  // One run of git in the store with all guards, whatever its exit status; the texts are scrubbed
  // of credentials. For edge/git_push.
  [[nodiscard]] Result<ProcessResult> run_guarded(const std::vector<std::string>& arguments,
                                                  const std::vector<std::string>& environment,
                                                  std::string input) const;
  // Merges small packs.
  [[nodiscard]] Result<void> merge_packs() const;

 private:
  GuardedGit(std::string program, std::string directory, GitUrl url, GitCredentials credentials,
             Deadline deadline, std::stop_token stop, PrivateDirectory files)
      : program_(std::move(program)),
        directory_(std::move(directory)),
        url_(std::move(url)),
        credentials_(std::move(credentials)),
        deadline_(deadline),
        stop_(std::move(stop)),
        files_(std::move(files)) {}
  [[nodiscard]] Result<void> prepare();
  [[nodiscard]] Result<ProcessResult> run_in(const std::string& directory,
                                             const std::vector<std::string>& arguments,
                                             const std::vector<std::string>& environment,
                                             std::string input) const;
  // What it prints.
  [[nodiscard]] Result<std::string> printed(Result<ProcessResult> ended) const;

  std::string program_;
  std::string directory_;
  GitUrl url_;
  GitCredentials credentials_;
  Deadline deadline_;
  std::stop_token stop_;
  PrivateDirectory files_;
  std::vector<std::string> environment_;
};

// What git's (scrubbed) words on standard error mean. Only for messages and for the choice of a
// reason: whether a commit arrived is read from the store.
// `directory` is the local store: an object of its own that git cannot read is kCorruptStore.
[[nodiscard]] Error git_failure(const std::string& text, const GitUrl& url,
                                const std::string& directory);

}  // namespace plumb
