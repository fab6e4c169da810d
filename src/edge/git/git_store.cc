#include "edge/git/git_store.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <unordered_set>

#include "base/digest.h"
#include "base/mutex.h"
#include "base/text.h"
#include "edge/git/ancestry.h"
#include "edge/git/git_objects.h"
#include "edge/git/git_tree.h"
#include "edge/git/git_url.h"
#include "edge/git/guarded_git.h"
#include "edge/git/history_fetch.h"
#include "edge/git/http_refs.h"
#include "edge/git/object_store.h"
#include "edge/git/ref_choice.h"

namespace plumb {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kMaxTagBytes = 1 << 20;
constexpr uint64_t kMaxRootBytes = 32 << 20;
constexpr size_t kMaxStatementRefs = 1000;  // fetched at a time; they stand on a command line
constexpr size_t kMaxPacks = 24;            // above, small ones are merged
// Above, the tips are told as the boundary instead of the whole of it: a line each in every
// request.
constexpr size_t kMostBoundaryTold = 1000;
constexpr size_t kMostKnownWhole = 64;

// The newest generation of a store: directories with a number as name. Older ones were replaced.
Result<int> newest_generation(const std::string& directory) {
  std::error_code error;
  fs::create_directories(directory, error);
  if (error) return disk_failed("cannot make " + directory, error);
  fs::permissions(directory, fs::perms::owner_all, error);
  std::vector<int> found;
  for (const auto& entry : fs::directory_iterator(directory, error)) {
    const std::string name = entry.path().filename().string();
    int number = 0;
    const auto [end, fault] = std::from_chars(name.data(), name.data() + name.size(), number);
    if (fault == std::errc() && end == name.data() + name.size()) found.push_back(number);
  }
  if (found.empty()) return 1;
  const int newest = *std::max_element(found.begin(), found.end());
  for (const int number : found) {
    if (number != newest) fs::remove_all(directory + "/" + std::to_string(number), error);
  }
  return newest;
}

Result<bool> has(const ObjectStore& store, const std::string& id, uint64_t max_bytes) {
  return TRY(store.read(id, max_bytes)).has_value();
}

// A commit and its root tree are there. Packs join whole, so that the rest is there too.
Result<bool> has_commit(const ObjectStore& store, const CommitId& commit) {
  const Result<std::string> bytes = commit_bytes(store, commit);
  if (!bytes && bytes.error().code() == kCommitNotFound) return false;
  const CommitText text = TRY(parse_commit(TRY(bytes)));
  return has(store, text.tree.str(), kMaxRootBytes);
}

Error rewound(const ChosenRef& chosen, const CommitId& from, const std::string& url) {
  const CommitId to(chosen.commit.str());
  return Error(kNonFastForward,
               "\"" + escape_terminal(chosen.ref.str()) + "\" of " + url + " went to " +
                   abbreviated(to) + ", which does not descend from " + abbreviated(from),
               Retry::denied)
      .with_help("push a commit on top of " + abbreviated(from) +
                 ", or set allowRewind of the Repository if history was rewritten on purpose");
}

Error unreachable_commit(const CommitId& commit, const std::string& from) {
  return Error(kCommitNotFound, "commit " + commit.str() + " is not reachable from " + from)
      .with_help("check spec.ref.commit, and push the branch that holds it");
}

}  // namespace

struct GitStore::State {
  State(GitOptions with, GitUrl at, std::string in)
      : options(std::move(with)), url(std::move(at)), directory(std::move(in)), http(url) {}

  const GitOptions options;
  const GitUrl url;
  const std::string directory;
  int generation = 1;                  // of the holder of the turn
  HttpRefs http;                       // of the holder of the turn
  std::unordered_set<CommitId> whole;  // tips with all ancestors; of the holder of the turn

  mutable Mutex mutex;
  CondVar turn_ended;
  bool busy GUARDED_BY(mutex) = false;
  std::shared_ptr<ObjectStore> objects GUARDED_BY(mutex);
  GitCounters counters GUARDED_BY(mutex);

  [[nodiscard]] std::shared_ptr<ObjectStore> current() const {
    MutexLock lock(mutex);
    return objects;
  }
  template <class F>
  void count(F&& change) {
    MutexLock lock(mutex);
    change(counters);
  }
};

namespace {

// One fetch of one store: holds the turn while it lives.
template <class State>
class Fetch {
 public:
  Fetch(State& state, const FetchRequest& request, GitCredentials credentials, std::stop_token stop)
      : state_(state),
        request_(request),
        credentials_(std::move(credentials)),
        stop_(std::move(stop)) {}
  ~Fetch() {
    if (!has_turn_) return;
    MutexLock lock(state_.mutex);
    state_.busy = false;
    state_.turn_ended.notify_all();
  }
  Fetch(const Fetch&) = delete;
  Fetch& operator=(const Fetch&) = delete;

  Result<void> await_turn() {
    const std::stop_callback wake(stop_, [this] {
      MutexLock lock(state_.mutex);
      state_.turn_ended.notify_all();
    });
    MutexLock lock(state_.mutex);
    while (state_.busy) {
      if (stop_.stop_requested()) return Error(kCancelled, "cancelled", Retry::transient);
      if (request_.deadline.passed()) {
        return Error(kFetchTimeout, "another fetch of " + state_.url.text + " took too long",
                     Retry::transient);
      }
      state_.turn_ended.wait_until(state_.mutex, request_.deadline.at);
    }
    state_.busy = has_turn_ = true;
    return {};
  }

  Result<FetchResult> run() {
    const ChosenRef chosen = TRY(resolve());
    const std::shared_ptr<ObjectStore> store = state_.current();
    if (!store->condemned()) {
      Result<FetchResult> result = settle(*store, chosen);
      if (result || result.error().code() != kCorruptStore) return result;
      if (store->empty()) return incomplete(result.error());
      store->condemn();
    }
    return rebuild(chosen);
  }

 private:
  // Nothing local could be corrupt: the remote sent less than it should.
  Error incomplete(const Error& error) const {
    return Error(kCorruptPack, "the objects from " + state_.url.text + " are incomplete",
                 Retry::transient)
        .with_also({error});
  }

  // A store begun anew takes the place of the corrupt one only once it holds the revision.
  Result<FetchResult> rebuild(const ChosenRef& chosen) {
    state_.whole.clear();
    const int next = state_.generation + 1;
    const std::string path = state_.directory + "/" + std::to_string(next);
    std::error_code ignored;
    fs::remove_all(path, ignored);
    const std::shared_ptr<ObjectStore> fresh = TRY(ObjectStore::open(path));
    Result<FetchResult> result = settle(*fresh, chosen);
    if (!result) {
      fresh->condemn();
      return result.error().code() == kCorruptStore ? incomplete(result.error()) : result.error();
    }
    state_.generation = next;
    std::shared_ptr<ObjectStore> old = fresh;
    {
      MutexLock lock(state_.mutex);
      std::swap(state_.objects, old);
      ++state_.counters.rebuilds;
    }
    return result;
  }

  Result<std::vector<RemoteRef>> ask(const std::vector<std::string>& prefixes) {
    state_.count([](GitCounters& counters) { ++counters.ref_queries; });
    const bool over_http =
        state_.url.transport == GitTransport::https || state_.url.transport == GitTransport::http;
    if (over_http) return state_.http.query(prefixes, credentials_, request_.deadline, stop_);
    const GuardedGit git = TRY(guarded(*state_.current()));
    return parse_ls_remote(TRY(git.ls_remote(prefixes)));
  }

  Result<GuardedGit> guarded(const ObjectStore& store) const {
    return GuardedGit::make(state_.options.git_program, store.directory(), state_.url, credentials_,
                            request_.deadline, stop_);
  }

  Result<ChosenRef> resolve() {
    std::vector<std::string> prefixes = TRY(ref_prefixes(request_.ref));
    if (request_.with_heartbeat) prefixes.emplace_back(kHeartbeatRef);
    const std::vector<RemoteRef> found = TRY(ask(prefixes));
    for (const RemoteRef& ref : found) {
      if (ref.name.str() == kHeartbeatRef) heartbeat_ = ref.id;
    }
    Result<ChosenRef> chosen = choose_ref(request_.ref, found);
    if (chosen || chosen.error().code() != kRefNotFound) return chosen;
    const std::vector<RemoteRef> all = TRY(ask({"refs/heads/", "refs/tags/"}));
    return ref_not_found(request_.ref, state_.url.text, all);
  }

  // Makes the commit readable in the store and checks that it may follow the last one.
  Result<FetchResult> settle(ObjectStore& store, const ChosenRef& chosen) {
    FetchResult result;
    const bool pinned = !request_.ref.commit.empty();
    const CommitId commit(pinned ? request_.ref.commit : chosen.commit.str());
    HistoryFetch history = history_of(store);
    TRY(pinned ? pin(store, history, commit, chosen)
               : follow(store, history, chosen, request_.last_good));
    result.changed = !request_.last_good || *request_.last_good != commit;
    if (result.changed && request_.last_good && chosen.moves && !pinned) {
      const Result<bool> descends = history.descends(tip_of(chosen), *request_.last_good);
      const bool may_be_open =
          request_.allow_rewind && !descends && descends.error().code() == kBudgetExceeded;
      if (!descends && !may_be_open) return descends.error();
      result.rewound = descends && !*descends;
      if (result.rewound && !request_.allow_rewind) {
        return rewound(chosen, *request_.last_good, state_.url.text);
      }
    }
    result.queried_only = !fetched_;
    result.object = ObjectId(pinned ? commit.str() : chosen.object.str());
    if (request_.with_statements && result.changed) {
      result.statements = TRY(fetch_statements(store));
    }
    if (heartbeat_ && !TRY(has(store, heartbeat_->str(), kMaxTagBytes))) {
      TRY(fetch(store, {heartbeat_->str()}, ToWhatIsHere{}));
    }
    result.heartbeat = heartbeat_;
    const bool named = !pinned || !request_.ref.branch.empty();
    result.revision = TRY(revision_of(store, commit, named ? chosen.ref : RefName()));
    return result;
  }

  HistoryFetch history_of(ObjectStore& store) {
    return {store, [this, &store](const std::vector<std::string>& wants, FetchDepth depth) {
              return fetch(store, wants, depth);
            }};
  }

  static Tip tip_of(const ChosenRef& chosen) {
    return {chosen.object, CommitId(chosen.commit.str())};
  }

  // As much of its past as the request asks for is here.
  Result<bool> has_past(const ObjectStore& store, const CommitId& commit) {
    if (request_.shallow || store.boundary()->empty() || state_.whole.contains(commit)) return true;
    if (!TRY(has_all_ancestors(store, commit, kMostCommits))) return false;
    if (state_.whole.size() >= kMostKnownWhole) state_.whole.clear();
    state_.whole.insert(commit);
    return true;
  }

  // The tip of a branch, or a tag; and of its past what tells whether it descends from `before`.
  Result<void> follow(ObjectStore& store, HistoryFetch& history, const ChosenRef& chosen,
                      const std::optional<CommitId>& before) {
    const Tip tip = tip_of(chosen);
    if (TRY(has_commit(store, tip.commit)) && TRY(has(store, tip.object.str(), kMaxTagBytes)) &&
        TRY(has_past(store, tip.commit))) {
      return {};
    }
    if (request_.shallow) {
      TRY(history.bring_tip(tip, chosen.moves ? before : std::nullopt));
    } else {
      TRY(history.bring_whole({tip.object.str()}));
    }
    if (!TRY(has_commit(store, tip.commit))) {
      return Error(kCorruptPack, state_.url.text + " did not send commit " + tip.commit.str(),
                   Retry::transient);
    }
    return store.keep(chosen.ref, tip.commit);
  }

  Result<std::map<RefName, ObjectId>> fetch_statements(ObjectStore& store) {
    std::map<RefName, ObjectId> out;
    std::vector<std::string> wants;
    for (const RemoteRef& ref : TRY(ask({"refs/plumb/"}))) {
      if (!ref.name.str().starts_with("refs/plumb/")) continue;
      out.emplace(ref.name, ref.id);
      if (!TRY(has(store, ref.id.str(), kMaxTagBytes))) wants.push_back(ref.id.str());
    }
    std::sort(wants.begin(), wants.end());
    wants.erase(std::unique(wants.begin(), wants.end()), wants.end());
    if (wants.size() > kMaxStatementRefs) wants.resize(kMaxStatementRefs);
    if (!wants.empty()) TRY(fetch(store, wants, ToWhatIsHere{}));
    return out;
  }

  // A commit given by its id.
  Result<void> pin(ObjectStore& store, HistoryFetch& history, const CommitId& commit,
                   const ChosenRef& chosen) {
    if (!request_.ref.branch.empty()) return pin_on_branch(store, history, commit, chosen);
    if (TRY(has_commit(store, commit)) && TRY(has_past(store, commit))) return {};
    const Result<void> direct = bring_pinned(store, history, commit);
    // Servers may refuse commits that no ref names; then every branch and tag is fetched.
    if (!direct && direct.error().code() != kFetchFailed &&
        direct.error().code() != kRepositoryUnreachable) {
      return direct.error();
    }
    if (!direct) {
      std::vector<std::string> tips;
      for (const RemoteRef& ref : TRY(ask({"refs/heads/", "refs/tags/"}))) {
        if (ref.name.str() != "HEAD") tips.push_back(ref.id.str());
      }
      std::sort(tips.begin(), tips.end());
      tips.erase(std::unique(tips.begin(), tips.end()), tips.end());
      TRY(history.bring_whole(tips));
    }
    if (!TRY(has_commit(store, commit))) return unreachable_commit(commit, "any branch or tag");
    return store.keep(RefName("commit " + commit.str()), commit);
  }

  Result<void> bring_pinned(ObjectStore& store, HistoryFetch& history, const CommitId& commit) {
    const bool alone = request_.shallow && (store.empty() || !store.boundary()->empty());
    if (alone) return fetch(store, {commit.str()}, CommitsDown{1});
    return history.bring_whole({commit.str()});
  }

  Result<void> pin_on_branch(ObjectStore& store, HistoryFetch& history, const CommitId& commit,
                             const ChosenRef& chosen) {
    const Error elsewhere = unreachable_commit(commit, "branch \"" + request_.ref.branch + "\"");
    TRY(follow(store, history, chosen, commit));
    if (!TRY(history.descends(tip_of(chosen), commit))) return elsewhere;
    if (TRY(has_commit(store, commit))) return {};
    // Its child names it, and only the child is here.
    const Result<void> direct = bring_pinned(store, history, commit);
    if (!direct) TRY(history.bring_whole({chosen.object.str()}));
    if (!TRY(has_commit(store, commit))) return elsewhere;
    return {};
  }

  // What git is told to be without its parents here.
  static Boundary told(const ObjectStore& store, const FetchDepth& depth) {
    Boundary boundary = *store.boundary();
    const CommitsDown* down = std::get_if<CommitsDown>(&depth);
    const bool needs_all = std::holds_alternative<ToWhatIsHere>(depth) ||
                           (down != nullptr && down->count == kWholeHistory.count);
    return needs_all || boundary.size() <= kMostBoundaryTold ? boundary : store.kept();
  }

  Result<void> fetch(ObjectStore& store, const std::vector<std::string>& wants,
                     const FetchDepth& depth) {
    const Quarantine quarantine = TRY(Quarantine::make(store.directory(), told(store, depth)));
    const GuardedGit git = TRY(guarded(store));
    state_.count([](GitCounters& counters) { ++counters.object_fetches; });
    const bool over_http =
        state_.url.transport == GitTransport::https || state_.url.transport == GitTransport::http;
    TRY(git.fetch(over_http ? state_.http.base() : state_.url.text, wants, depth, quarantine));
    const uint64_t bytes = TRY(store.adopt(quarantine));
    fetched_ = true;
    state_.count([bytes](GitCounters& counters) { counters.fetched_bytes += bytes; });
    // Housekeeping: a failure leaves more packs than there might be, and no more than that.
    if (store.packs() > kMaxPacks && git.merge_packs()) TRY(store.reopen());
    return {};
  }

  Result<Revision> revision_of(const ObjectStore& store, const CommitId& commit, RefName ref) {
    return revision(store, state_.url.text, commit, std::move(ref));
  }

 public:
  static Result<Revision> revision(const ObjectStore& store, const std::string& url,
                                   const CommitId& commit, RefName ref) {
    CommitText text = TRY(parse_commit(TRY(commit_bytes(store, commit))));
    return Revision{.url = url,
                    .ref = std::move(ref),
                    .commit = commit,
                    .committed_at = text.committed_at,
                    .author = std::move(text.author),
                    .subject = std::move(text.subject)};
  }

 private:
  State& state_;
  const FetchRequest& request_;
  const GitCredentials credentials_;
  const std::stop_token stop_;
  std::optional<ObjectId> heartbeat_;
  bool fetched_ = false;
  bool has_turn_ = false;
};

}  // namespace

GitStore::GitStore(std::unique_ptr<State> state) : state_(std::move(state)) {}
GitStore::~GitStore() = default;

Result<std::shared_ptr<GitStore>> GitStore::open(const std::string& cache_directory,
                                                 const std::string& url, GitOptions options) {
  GitUrl parsed = TRY(GitUrl::parse(url, options));
  std::error_code error;
  const std::string directory =
      fs::absolute(cache_directory, error).string() + "/" + fingerprint(parsed.text).hex();
  auto state = std::make_unique<State>(std::move(options), std::move(parsed), directory);
  state->generation = TRY(newest_generation(directory));
  std::shared_ptr<ObjectStore> objects =
      TRY(ObjectStore::open(directory + "/" + std::to_string(state->generation)));
  {
    MutexLock lock(state->mutex);
    state->objects = std::move(objects);
  }
  return std::shared_ptr<GitStore>(new GitStore(std::move(state)));
}

Result<FetchResult> GitStore::fetch(const FetchRequest& request, std::stop_token stop) {
  const GitUrl url = TRY(GitUrl::parse(request.url, state_->options));
  if (url.text != state_->url.text) {
    return Error(kInvalidArgument,
                 "the store of " + state_->url.text + " cannot fetch " + url.text);
  }
  Fetch<State> fetch(*state_, request, TRY(checked(request.credentials, url)), std::move(stop));
  TRY(fetch.await_turn());
  return fetch.run();
}

Result<std::shared_ptr<const SourceTree>> GitStore::open_tree(const CommitId& commit) const {
  return open_git_tree(state_->current(), commit);
}

Result<std::optional<GitObject>> GitStore::read_object(const std::string& id,
                                                       uint64_t max_bytes) const {
  std::optional<RawObject> found = TRY(state_->current()->read(id, max_bytes));
  if (!found) return std::optional<GitObject>();
  const auto kind = [&] {
    switch (found->kind) {
      case ObjectKind::commit:
        return GitObjectKind::commit;
      case ObjectKind::tree:
        return GitObjectKind::tree;
      case ObjectKind::tag:
        return GitObjectKind::tag;
      case ObjectKind::blob:
        break;
    }
    return GitObjectKind::blob;
  };
  return std::optional(GitObject{kind(), std::move(found->bytes)});
}

Result<std::string> GitStore::read_commit(const CommitId& commit) const {
  return commit_bytes(*state_->current(), commit);
}

Result<Revision> GitStore::describe(const CommitId& commit, RefName ref) const {
  return Fetch<State>::revision(*state_->current(), state_->url.text, commit, std::move(ref));
}

Result<bool> GitStore::is_ancestor(const CommitId& ancestor, const CommitId& descendant) const {
  const Descent known = TRY(descent(*state_->current(), ancestor, descendant, kMostCommits));
  if (known != Descent::unknown) return known == Descent::yes;
  return Error(kCommitNotFound,
               "the history of " + abbreviated(descendant) +
                   " is not all in the local store: it cannot be told whether it descends from " +
                   abbreviated(ancestor),
               Retry::transient);
}

const std::string& GitStore::url() const {
  return state_->url.text;
}

std::string GitStore::directory() const {
  return state_->current()->directory();
}

GitCounters& GitCounters::operator+=(const GitCounters& other) {
  ref_queries += other.ref_queries;
  object_fetches += other.object_fetches;
  fetched_bytes += other.fetched_bytes;
  rebuilds += other.rebuilds;
  objects_read += other.objects_read;
  return *this;
}

void GitStore::rest() const {
  state_->current()->rest();
}

bool GitStore::condemned() const {
  return state_->current()->condemned();
}

GitCounters GitStore::counters() const {
  MutexLock lock(state_->mutex);
  GitCounters out = state_->counters;
  out.objects_read = state_->objects->reads();
  return out;
}

}  // namespace plumb
