#include "edge/git_push/config_repository.h"

#include <filesystem>

#include "edge/git/git_secrets.h"

namespace plumb {
namespace {

Result<void> check_identity(const CommitIdentity& identity) {
  for (const std::string& part : {identity.name, identity.email}) {
    if (part.empty() || part.find_first_of("<>\n\r") != std::string::npos) {
      return Error(kInvalidArgument, "a commit needs a name and a mail address of its author")
          .with_help("give both, without \"<\" and \">\"");
    }
  }
  return {};
}

std::vector<std::string> identity_of(const ConfigRepositoryOptions& options) {
  const CommitIdentity& who = options.identity;
  std::vector<std::string> out = {"GIT_AUTHOR_NAME=" + who.name, "GIT_AUTHOR_EMAIL=" + who.email,
                                  "GIT_COMMITTER_NAME=" + who.name,
                                  "GIT_COMMITTER_EMAIL=" + who.email};
  if (!options.signing.gpg_home.empty()) out.push_back("GNUPGHOME=" + options.signing.gpg_home);
  return out;
}

}  // namespace

Result<std::unique_ptr<ConfigRepository>> ConfigRepository::open(ConfigRepositoryOptions options,
                                                                 std::stop_token stop) {
  TRY(check_identity(options.identity));
  TRY(parse_ref_name("refs/heads/" + options.branch));
  GitUrl url = TRY(GitUrl::parse(options.url, options.git));
  options.credentials = TRY(checked(options.credentials, url));
  PrivateDirectory files =
      TRY(PrivateDirectory::make(std::filesystem::temp_directory_path().string(), "plumb-push-"));
  std::shared_ptr<GitStore> store = TRY(GitStore::open(files.path(), options.url, options.git));
  Settings settings{.branch = options.branch,
                    .remote = url.text,
                    .shown = url.text,
                    .index_file = files.path() + "/index",
                    .committing = identity_of(options),
                    .pushing = {"--no-verify"}};
  const SigningKey& key = options.signing;
  if (!key.ssh_private_key.empty()) {
    // ssh-keygen refuses a key file that does not end with a line break.
    const std::string text =
        key.ssh_private_key + (key.ssh_private_key.ends_with('\n') ? "" : "\n");
    const std::string file = TRY(files.write("signing-key", text));
    settings.signing = {"-c", "gpg.format=ssh", "-c", "user.signingKey=" + file};
  } else if (!key.openpgp_key.empty()) {
    settings.signing = {"-c", "gpg.format=openpgp", "-c", "user.signingKey=" + key.openpgp_key};
  }
  settings.sign = !settings.signing.empty();
  return std::unique_ptr<ConfigRepository>(
      new ConfigRepository(std::move(settings), std::move(options), std::move(url), std::move(stop),
                           std::move(files), std::move(store)));
}

Result<CommitId> ConfigRepository::fetch() {
  RefSelector branch;
  branch.branch = options_.branch;
  const FetchResult fetched = TRY(store_->fetch({.url = options_.url,
                                                 .ref = branch,
                                                 .credentials = options_.credentials,
                                                 .deadline = options_.deadline,
                                                 .allow_rewind = true},
                                                stop_));
  return fetched.revision.commit;
}

Result<std::shared_ptr<const SourceTree>> ConfigRepository::files(const CommitId& commit) const {
  return store_->open_tree(commit);
}

Result<bool> ConfigRepository::is_ancestor(const CommitId& ancestor, const CommitId& tip) const {
  return store_->is_ancestor(ancestor, tip);
}

Result<ProcessResult> ConfigRepository::run_git(const std::vector<std::string>& arguments,
                                                const std::vector<std::string>& environment,
                                                std::string input) const {
  const GuardedGit run = TRY(GuardedGit::make(options_.git.git_program, store_->directory(), url_,
                                              options_.credentials, options_.deadline, stop_));
  return run.run_guarded(arguments, environment, std::move(input));
}

Error ConfigRepository::failure(const std::string& errors) const {
  return git_failure(errors, url_, store_->directory());
}

}  // namespace plumb
