#include "cmd/cli/statement_signer.h"

#include <cstdlib>
#include <set>

#include "base/text.h"
#include "cmd/shared/terminal.h"
#include "edge/os/process.h"

namespace plumb::cli {

namespace {

std::string setting(const LocalRepository& repository, const std::string& name) {
  const Result<std::string> value = repository.run_git({"config", "--get", name});
  return value ? std::string(trim(*value)) : "";
}

}  // namespace

Result<StatementSigner> statement_signer(const LocalRepository& repository,
                                         const std::string& key) {
  StatementSigner out{setting(repository, "gpg.format") == "ssh", key};
  if (!key.empty()) out.ssh = key.find('/') != std::string::npos || out.ssh;
  if (key.empty()) out.key = setting(repository, "user.signingKey");
  if (out.key.starts_with("~/")) {
    const char* home = std::getenv("HOME");
    out.key = std::string(home == nullptr ? "" : home) + out.key.substr(1);
  }
  if (!out.key.empty()) return out;
  return Error(kUsage, "there is no key to sign with")
      .with_help("give --key FILE, or set git's user.signingKey (and gpg.format ssh)");
}

Result<std::string> StatementSigner::sign(const std::string& text, const std::string& type) const {
  ProcessRequest request;
  request.deadline = Deadline::in(std::chrono::minutes(5));
  request.input = text;
  for (const char* name : {"PATH", "HOME", "SSH_AUTH_SOCK", "GNUPGHOME", "GPG_TTY", "TERM"}) {
    const char* value = std::getenv(name);
    if (value != nullptr) request.environment.push_back(std::string(name) + "=" + value);
  }
  request.program = ssh ? "/usr/bin/ssh-keygen" : "/usr/bin/gpg";
  request.arguments =
      ssh ? std::vector<std::string>{"-Y", "sign", "-q", "-n", type, "-f", key}
          : std::vector<std::string>{"--batch",  "--armor", "--detach-sign", "--local-user", key,
                                     "--output", "-"};
  const ProcessResult done = TRY(run_process(request, {}));
  if (done.exit_code == 0) return done.output;
  return Error(kUsage, "the key did not sign: " + safe(trim(shorten(done.errors, 400))))
      .with_help("is --key right, and an agent running if it has a passphrase?");
}

Result<void> keep_statements(const LocalRepository& repository, const std::string& ref,
                             const std::vector<std::string>& statements,
                             const std::function<bool(const std::string& statement)>& keeps) {
  std::set<std::string> blobs;
  const Result<std::string> listed = repository.run_git({"ls-tree", "--object-only", ref});
  for (const std::string& blob : split(listed ? *listed : "", '\n')) {
    if (blob.empty()) continue;
    if (keeps(TRY(repository.run_git({"cat-file", "blob", blob})))) blobs.insert(blob);
  }
  for (const std::string& statement : statements) {
    blobs.emplace(trim(TRY(repository.run_git({"hash-object", "-w", "--stdin"}, statement))));
  }
  std::string tree;
  for (const std::string& blob : blobs) tree += "100644 blob " + blob + "\t" + blob + "\n";
  const std::string id(trim(TRY(repository.run_git({"mktree"}, tree))));
  std::vector<std::string> commit{"commit-tree", "--no-gpg-sign", id};
  // A job has no name; who made the commit says nothing, who signed the statements does.
  if (setting(repository, "user.email").empty()) {
    commit.insert(commit.begin(), {"-c", "user.name=plumb", "-c", "user.email=plumb@localhost"});
  }
  TRY(repository.run_git(
      {"update-ref", ref, std::string(trim(TRY(repository.run_git(commit, "statements\n"))))}));
  return {};
}

}  // namespace plumb::cli
