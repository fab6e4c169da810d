#include "edge/git/object_store.h"

#include <git2/common.h>
#include <git2/errors.h>
#include <git2/global.h>
#include <git2/odb.h>
#include <git2/oid.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/text.h"
#include "edge/git/git_objects.h"
#include "edge/os/private_directory.h"

namespace plumb {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kMaxCommitBytes = 1 << 20;
constexpr ssize_t kObjectCacheBytes = 32 << 20;

Error corrupt(const std::string& id, const std::string& why) {
  return Error(kCorruptStore, "the local copy of object " + id + " is corrupt: " + why,
               Retry::transient)
      .with_help("nothing to do: the next fetch builds the store anew");
}

std::string last_git_error() {
  const git_error* error = git_error_last();
  return error != nullptr && error->message != nullptr ? escape_terminal(error->message)
                                                       : "unknown reason";
}

std::optional<ObjectKind> kind_of(git_object_t type) {
  if (type == GIT_OBJECT_COMMIT) return ObjectKind::commit;
  if (type == GIT_OBJECT_TREE) return ObjectKind::tree;
  if (type == GIT_OBJECT_BLOB) return ObjectKind::blob;
  if (type == GIT_OBJECT_TAG) return ObjectKind::tag;
  return std::nullopt;
}

// 0, GIT_ENOTFOUND or another libgit2 error. Reads the size first: what is too large is not
// unpacked.
struct ReadOutcome {
  int status = 0;
  uint64_t size = 0;
  std::optional<RawObject> object;
};

ReadOutcome read_object(git_odb* database, const git_oid& id, uint64_t max_bytes) {
  ReadOutcome out;
  size_t size = 0;
  git_object_t type = GIT_OBJECT_INVALID;
  out.status = git_odb_read_header(&size, &type, database, &id);
  out.size = size;
  if (out.status != 0 || size > max_bytes) return out;
  git_odb_object* raw = nullptr;
  out.status = git_odb_read(&raw, database, &id);
  if (out.status != 0) return out;
  if (const std::optional<ObjectKind> kind = kind_of(git_odb_object_type(raw))) {
    out.object = RawObject{*kind, std::string(static_cast<const char*>(git_odb_object_data(raw)),
                                              git_odb_object_size(raw))};
  }
  git_odb_object_free(raw);
  return out;
}

// A killed process leaves its quarantine and Git's temporary files.
void sweep(const std::string& directory) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(directory, ignored)) {
    if (entry.path().filename().string().starts_with("incoming-")) {
      fs::remove_all(entry.path(), ignored);
    }
  }
  for (const auto& entry : fs::directory_iterator(directory + "/objects/pack", ignored)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with("tmp_") || name.starts_with(".tmp-")) fs::remove(entry.path(), ignored);
  }
  fs::remove(directory + "/shallow.lock", ignored);
}

}  // namespace

// libgit2's own global state: begun with the first store, ended with the last.
class ObjectStore::Library {
 public:
  Library() {
    git_libgit2_init();
    git_libgit2_opts(GIT_OPT_ENABLE_STRICT_HASH_VERIFICATION, 1);
    git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0);
    git_libgit2_opts(GIT_OPT_SET_CACHE_MAX_SIZE, kObjectCacheBytes);
  }
  ~Library() { git_libgit2_shutdown(); }
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;

  [[nodiscard]] static std::shared_ptr<const Library> shared() {
    static const auto kLibrary = std::make_shared<const Library>();
    return kLibrary;
  }
};

Result<std::shared_ptr<ObjectStore>> ObjectStore::open(const std::string& directory) {
  TRY(make_bare_layout(directory));
  std::error_code error;
  fs::create_directories(directory + "/refs/plumb", error);
  if (error) return disk_failed("cannot make " + directory + "/refs/plumb", error);
  sweep(directory);
  std::shared_ptr<ObjectStore> store(new ObjectStore(directory, Library::shared()));
  TRY(store->reopen());
  const Boundary boundary = read_boundary(directory);
  // What cannot be read now is found broken by who needs it.
  Result<Boundary> right = store->trimmed(boundary, boundary);
  TRY(store->set_boundary(right ? *std::move(right) : boundary));
  return store;
}

ObjectStore::~ObjectStore() {
  std::error_code ignored;
  if (condemned_) fs::remove_all(directory_, ignored);
}

Result<ObjectStore::Database> ObjectStore::opened() const {
  git_odb* opened = nullptr;
  if (git_odb_open(&opened, objects().c_str()) != 0) {
    return Error(kStoreFailed, "cannot open the Git store: " + last_git_error(), Retry::transient);
  }
  return Database(opened, git_odb_free);
}

Result<void> ObjectStore::reopen() const {
  Database made = TRY(opened());
  MutexLock lock(mutex_);
  database_ = std::move(made);
  return {};
}

void ObjectStore::rest() const {
  Database closed;
  MutexLock lock(mutex_);
  closed.swap(database_);
}

Result<ObjectStore::Database> ObjectStore::database() const {
  MutexLock lock(mutex_);
  if (!database_) database_ = TRY(opened());
  return database_;
}

Result<std::optional<RawObject>> ObjectStore::read(const std::string& id,
                                                   uint64_t max_bytes) const {
  git_oid oid;
  if (id.size() != GIT_OID_HEXSZ || git_oid_fromstr(&oid, id.c_str()) != 0) {
    return std::optional<RawObject>();
  }
  ++reads_;
  for (int attempt = 0;; ++attempt) {
    const Database now = TRY(database());
    ReadOutcome got = read_object(now.get(), oid, max_bytes);
    if (got.status == GIT_ENOTFOUND) return std::optional<RawObject>();
    if (got.status == 0 && got.size > max_bytes) {
      return Error(kBudgetExceeded, "object " + id + " has " + std::to_string(got.size) +
                                        " bytes; the limit is " + std::to_string(max_bytes));
    }
    if (got.status == 0 && got.object) return std::move(got.object);
    const std::string why = last_git_error();
    if (attempt > 0) {
      condemn();
      return corrupt(id, why);
    }
    TRY(reopen());  // packs may have been merged while this read was under way
  }
}

Result<bool> ObjectStore::has(const std::string& id) const {
  git_oid oid;
  if (id.size() != GIT_OID_HEXSZ || git_oid_fromstr(&oid, id.c_str()) != 0) return false;
  const Database now = TRY(database());
  return git_odb_exists(now.get(), &oid) == 1;
}

Error ObjectStore::lacks(const std::string& id) const {
  condemn();
  return corrupt(id, "it is missing");
}

std::shared_ptr<const Boundary> ObjectStore::boundary() const {
  MutexLock lock(mutex_);
  return boundary_;
}

bool ObjectStore::is_boundary(const CommitId& commit) const {
  return boundary()->contains(commit);
}

Result<void> ObjectStore::set_boundary(Boundary boundary) {
  TRY(write_boundary(directory_, boundary));
  auto next = std::make_shared<const Boundary>(std::move(boundary));
  MutexLock lock(mutex_);
  boundary_ = std::move(next);
  return {};
}

// Without those of the doubtful ones whose parents are all here, or that are not here themselves.
Result<Boundary> ObjectStore::trimmed(Boundary boundary, const Boundary& doubtful) const {
  for (const CommitId& id : doubtful) {
    if (!boundary.contains(id)) continue;
    bool lacks_parents = false;
    if (TRY(has(id.str()))) {
      const CommitText commit = TRY(parse_commit(TRY(commit_bytes(*this, id))));
      for (const CommitId& parent : commit.parents) {
        if (!TRY(has(parent.str()))) lacks_parents = true;
      }
    }
    if (!lacks_parents) boundary.erase(id);
  }
  return boundary;
}

Result<uint64_t> ObjectStore::adopt(const Quarantine& quarantine) {
  const Boundary told = quarantine.told();
  const Boundary found = quarantine.boundary();
  Boundary all = *boundary();
  std::set_difference(found.begin(), found.end(), told.begin(), told.end(),
                      std::inserter(all, all.end()));
  // Entries come before the first commit without parents, and go after the last parent came.
  if (all != *boundary()) TRY(set_boundary(all));
  std::error_code error;
  std::vector<std::string> stems;
  uint64_t bytes = 0;
  for (const auto& entry : fs::directory_iterator(quarantine.packs(), error)) {
    if (entry.path().extension() != ".pack") continue;
    stems.push_back(entry.path().stem().string());
    bytes += entry.file_size(error);
  }
  for (const std::string& stem : stems) {
    // Readers look for .idx: it comes last, when all it speaks of is there.
    for (const char* extension : {".pack", ".rev", ".idx"}) {
      const std::string name = stem + extension;
      if (!fs::exists(quarantine.packs() + "/" + name, error)) continue;
      fs::rename(quarantine.packs() + "/" + name, objects() + "/pack/" + name, error);
      if (error) return disk_failed("cannot move a pack into the Git store", error);
    }
  }
  const Database now = TRY(database());
  if (git_odb_refresh(now.get()) != 0) TRY(reopen());
  Boundary changed;
  std::set_symmetric_difference(found.begin(), found.end(), told.begin(), told.end(),
                                std::inserter(changed, changed.end()));
  Boundary right = TRY(trimmed(std::move(all), changed));
  if (right != *boundary()) TRY(set_boundary(std::move(right)));
  return bytes;
}

Result<void> ObjectStore::keep(const RefName& ref, const CommitId& commit) {
  // By hash: a ref "a" that became "a/b" would be a file in the way of a directory.
  const std::string name = fingerprint(ref.str()).hex();
  return replace_file(directory_ + "/refs/plumb/" + name, commit.str() + "\n");
}

Boundary ObjectStore::kept() const {
  Boundary out;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(directory_ + "/refs/plumb", ignored)) {
    std::ifstream file(entry.path());
    std::string line;
    std::getline(file, line);
    if (Result<CommitId> id = parse_commit_id(line)) out.insert(*std::move(id));
  }
  return out;
}

size_t ObjectStore::packs() const {
  std::error_code ignored;
  size_t count = 0;
  for (const auto& entry : fs::directory_iterator(objects() + "/pack", ignored)) {
    if (entry.path().extension() == ".pack") ++count;
  }
  return count;
}

bool ObjectStore::empty() const {
  std::error_code ignored;
  return packs() == 0 && fs::is_empty(directory_ + "/refs/plumb", ignored);
}

Result<std::string> commit_bytes(const ObjectStore& store, const CommitId& commit) {
  std::optional<RawObject> object = TRY(store.read(commit.str(), kMaxCommitBytes));
  if (!object) {
    return Error(kCommitNotFound, "commit " + commit.str() + " is not in the local store",
                 Retry::transient);
  }
  if (object->kind != ObjectKind::commit) {
    return Error(kNotACommit, "object " + commit.str() + " is not a commit");
  }
  return std::move(object->bytes);
}

}  // namespace plumb
