// The commands of `plumb`: what each is asked for and the function that does it. A function returns
// the exit code; an Error becomes exit code 2 (3 when a deadline passed). One file per command.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "cmd/cli/session.h"
#include "cmd/shared/verify.h"

namespace plumb::cli {

struct RenderCommand {
  std::string path;      // "": the one of the App in app_file
  std::string app_file;  // an App resource, whose images, patches, components and variables count
  std::vector<std::string> variables;          // "NAME=VALUE"
  std::vector<std::string> vars_files;         // of such lines
  bool strict = false;                         // every variable needs a value or a default
  std::vector<std::string> remote_bases = {};  // hosts that bases may be fetched from
};
struct DiffCommand {
  std::string target;  // a local path, or an app
  std::string app;     // whose inventory and target namespace count; "" for none
  std::vector<std::string> remote_bases = {};
};
struct StatusCommand {
  std::string app;  // "" for all
};
struct TreeCommand {
  std::string app;
};
struct WhyCommand {
  std::string subject;  // an app, or Kind/name
};
struct HistoryCommand {
  std::string app;
  std::string ledger;  // file of an exported ledger; "": what the app's status has
};
struct BlameCommand {
  std::string object;      // "Deployment/web"
  std::string path;        // of the app in the repository; "": the app that has it in the cluster
  std::string repository;  // clone; "": here if it has the commit, else it is fetched
  std::string revision;    // "": what is applied; without a cluster HEAD
  std::vector<std::string> remote_bases = {};
};
struct SyncCommand {
  std::string target;  // an app, or repo/NAME
  bool wait = false;
  Duration timeout = std::chrono::minutes(5);
};
// What becomes of files outside of the app's path that it is made from, and that changed since.
enum class SharedSources { refuse, keep, revert };

struct RollbackCommand {
  std::string app;
  std::string to;                // a commit; "": the last that the app was well on
  std::string repository = ".";  // the person's clone
  std::string remote;            // "": the one that is the app's repository
  SharedSources shared = SharedSources::refuse;
  Duration timeout = std::chrono::minutes(5);
};
struct SuspendCommand {
  std::string target;
  bool suspend = true;  // false: resume
};
using VerifyCommand = VerifyRequest;
struct ApproveCommand {
  std::string range;  // "A..B" or "B": from its first parent
  std::string policy;
  std::string repository = ".";
  std::string ref;
  std::string key;  // private key file (SSH) or OpenPGP key; "": git's user.signingKey
  Duration valid_for = std::chrono::hours(24 * 30);
};
struct TrustCommand {
  std::string action;  // "init", "lint", "explain", "heartbeat"
  std::string path;    // explain; of heartbeat the commit, "" for HEAD
  std::string policy;
  std::string repository = ".";
  std::string ref;
  std::string key;  // heartbeat: as of approve
};
struct AuditCommand {
  std::string action;              // "verify", "head"
  std::vector<std::string> files;  // verify: of one ledger, in any order
  std::string repository;          // clone whose commits are looked at; "" for none
  std::string policy;
  std::string head;                            // that the ledger must have, "41:9f86…"
  uint64_t first = 1;                          // record that the files begin with
  std::string lease;                           // head
  std::vector<std::string> remote_bases = {};  // hosts that bases may be fetched from
};
struct VersionCommand {};
struct CompletionCommand {
  std::string shell;
};
struct CompleteCommand {           // called by the completion scripts
  std::vector<std::string> words;  // of the command line; the last is being typed
};
struct HelpCommand {
  std::string text;
};

using Command =
    std::variant<RenderCommand, DiffCommand, StatusCommand, TreeCommand, WhyCommand, HistoryCommand,
                 BlameCommand, SyncCommand, RollbackCommand, SuspendCommand, VerifyCommand,
                 ApproveCommand, TrustCommand, AuditCommand, VersionCommand, CompletionCommand,
                 CompleteCommand, HelpCommand>;

[[nodiscard]] Result<int> run(const Session& session, const RenderCommand& command);
[[nodiscard]] Result<int> run(const Session& session, const DiffCommand& command);
[[nodiscard]] Result<int> run(const Session& session, const StatusCommand& command);
[[nodiscard]] Result<int> run(const Session& session, const TreeCommand& command);
[[nodiscard]] Result<int> run(const Session& session, const WhyCommand& command);
[[nodiscard]] Result<int> run(const Session& session, const HistoryCommand& command);
[[nodiscard]] Result<int> run(const Session& session, const BlameCommand& command);
[[nodiscard]] Result<int> run(const Session& session, const SyncCommand& command);
[[nodiscard]] Result<int> run(const Session& session, const RollbackCommand& command);
[[nodiscard]] Result<int> run(const Session& session, const SuspendCommand& command);
[[nodiscard]] Result<int> run(const Session& session, const VerifyCommand& command);
[[nodiscard]] Result<int> run(const Session& session, const ApproveCommand& command);
[[nodiscard]] Result<int> run(const Session& session, const TrustCommand& command);
[[nodiscard]] Result<int> sign_heartbeat(const Session& session, const TrustCommand& command);
[[nodiscard]] Result<int> run(const Session& session, const AuditCommand& command);
[[nodiscard]] Result<int> run(const Session& session, const VersionCommand& command);
[[nodiscard]] Result<int> run(const Session& session, const CompletionCommand& command);
[[nodiscard]] Result<int> run(const Session& session, const CompleteCommand& command);
[[nodiscard]] Result<int> run(const Session& session, const HelpCommand& command);

}  // namespace plumb::cli
