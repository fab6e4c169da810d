#include "edge/git/local_repository.h"

#include <git2/common.h>
#include <git2/errors.h>
#include <git2/global.h>
#include <git2/odb.h>
#include <git2/oid.h>

#include <cstdlib>

#include "base/text.h"
#include "edge/os/process.h"

namespace plumb {
namespace {

constexpr const char* kGit = "/usr/bin/git";
constexpr uint64_t kMaxOutput = 64 << 20;

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::optional<GitObjectKind> kind_of(git_object_t type) {
  if (type == GIT_OBJECT_COMMIT) return GitObjectKind::commit;
  if (type == GIT_OBJECT_TREE) return GitObjectKind::tree;
  if (type == GIT_OBJECT_BLOB) return GitObjectKind::blob;
  if (type == GIT_OBJECT_TAG) return GitObjectKind::tag;
  return std::nullopt;
}

Error unreadable(const std::string& id) {
  const git_error* error = git_error_last();
  return Error(kStoreFailed,
               "object " + id + " cannot be read: " +
                   (error != nullptr && error->message != nullptr ? escape_terminal(error->message)
                                                                  : "unknown reason"),
               Retry::transient);
}

}  // namespace

LocalRepository::~LocalRepository() {
  database_.reset();
  git_libgit2_shutdown();
}

Result<std::unique_ptr<LocalRepository>> LocalRepository::open(const std::string& directory) {
  git_libgit2_init();  // ended by the destructor
  std::unique_ptr<LocalRepository> made(new LocalRepository(directory));
  git_libgit2_opts(GIT_OPT_ENABLE_STRICT_HASH_VERIFICATION, 1);
  Result<std::string> objects =
      made->run_git({"rev-parse", "--path-format=absolute", "--git-path", "objects"});
  if (!objects) {
    return Error(kNotARepository, "\"" + escape_terminal(shorten(directory)) +
                                      "\" is no Git repository: " + objects.error().message())
        .with_help("give a clone of the config repository: --repo DIR");
  }
  git_odb* opened = nullptr;
  if (git_odb_open(&opened, std::string(trim(*objects)).c_str()) != 0) {
    return unreadable("database");
  }
  made->database_ = std::shared_ptr<git_odb>(opened, git_odb_free);
  return made;
}

Result<std::optional<GitObject>> LocalRepository::read_object(const std::string& id,
                                                              uint64_t max_bytes) const {
  git_oid oid;
  if (id.size() != GIT_OID_HEXSZ || git_oid_fromstr(&oid, id.c_str()) != 0) {
    return std::optional<GitObject>();
  }
  size_t size = 0;
  git_object_t type = GIT_OBJECT_INVALID;
  const int found = git_odb_read_header(&size, &type, database_.get(), &oid);
  if (found == GIT_ENOTFOUND) return std::optional<GitObject>();
  if (found != 0) return unreadable(id);
  if (size > max_bytes) {
    return Error(kBudgetExceeded, "object " + id + " has " + std::to_string(size) +
                                      " bytes; the limit is " + std::to_string(max_bytes));
  }
  git_odb_object* raw = nullptr;
  if (git_odb_read(&raw, database_.get(), &oid) != 0) return unreadable(id);
  const std::optional<GitObjectKind> kind = kind_of(git_odb_object_type(raw));
  std::string bytes(static_cast<const char*>(git_odb_object_data(raw)), git_odb_object_size(raw));
  git_odb_object_free(raw);
  if (!kind) return std::optional<GitObject>();
  return std::optional(GitObject{*kind, std::move(bytes)});
}

Result<std::string> LocalRepository::run_git(std::vector<std::string> arguments,
                                             const std::string& input) const {
  arguments.insert(arguments.begin(), {"--no-replace-objects", "-C", directory_});
  ProcessRequest request{.program = kGit,
                         .arguments = std::move(arguments),
                         .environment = {"PATH=" + variable("PATH"), "HOME=" + variable("HOME"),
                                         "LC_ALL=C.UTF-8", "GIT_OPTIONAL_LOCKS=0"},
                         .deadline = Deadline::in(std::chrono::seconds(60)),
                         .input = input,
                         .max_output = kMaxOutput};
  for (const char* name : {"GIT_DIR", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_NOSYSTEM", "GNUPGHOME",
                           "SSH_AUTH_SOCK", "GPG_TTY"}) {
    const std::string value = variable(name);
    if (!value.empty()) request.environment.push_back(std::string(name) + "=" + value);
  }
  const ProcessResult done = TRY(run_process(request, {}));
  if (done.exit_code == 0) return done.output;
  return Error(kUnknownRevision, "git: " + escape_terminal(trim(shorten(done.errors, 400))));
}

Result<ObjectId> LocalRepository::resolve(const std::string& revision) const {
  const Result<std::string> id =
      run_git({"rev-parse", "--verify", "--quiet", "--end-of-options", revision});
  const Result<CommitId> parsed = id ? parse_commit_id(trim(*id)) : Result<CommitId>(id.error());
  if (parsed) return ObjectId(parsed->str());
  return Error(kUnknownRevision,
               "there is no revision \"" +
                   escape_terminal(shorten(revision.substr(0, revision.find("^{")))) + "\"")
      .with_help("give a branch, a tag or a commit of this repository");
}

Result<CommitId> LocalRepository::resolve_commit(const std::string& revision) const {
  return CommitId(TRY(resolve(revision + "^{commit}")).str());
}

Result<std::map<RefName, ObjectId>> LocalRepository::refs(const std::string& prefix) const {
  const std::string text =
      TRY(run_git({"for-each-ref", "--format=%(objectname) %(refname)", prefix}));
  std::map<RefName, ObjectId> out;
  for (const std::string& line : split(text, '\n')) {
    const size_t space = line.find(' ');
    if (space == std::string::npos) continue;
    const Result<RefName> name = parse_ref_name(line.substr(space + 1));
    if (name) out.emplace(*name, ObjectId(line.substr(0, space)));
  }
  return out;
}

}  // namespace plumb
