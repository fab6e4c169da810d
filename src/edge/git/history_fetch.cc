#include "edge/git/history_fetch.h"

#include "base/text.h"
#include "edge/git/ancestry.h"
#include "edge/git/git_objects.h"

namespace plumb {
namespace {

// Git and servers have no one word for "not so": what is refused for its depth looks as a server
// does that fails. Then the next way is tried, and its failure is told.
bool may_be_refusal(const Error& error) {
  return error.code() == kFetchFailed || error.code() == kRepositoryUnreachable;
}

}  // namespace

// How more of the past is brought while it is open whether a tip descends from a commit.
struct HistoryFetch::Step {
  enum class Kind { nothing, since, above_both, everything };
  Kind kind;
  int commits = 0;  // above_both: how far down
};

Result<bool> HistoryFetch::may_bring(const std::vector<std::string>& wants, FetchDepth depth) {
  const Result<void> brought = bring_(wants, depth);
  if (!brought && !may_be_refusal(brought.error())) return brought.error();
  return brought.has_value();
}

Result<void> HistoryFetch::bring_whole(const std::vector<std::string>& objects) {
  if (store_.boundary()->empty()) return bring_(objects, ToWhatIsHere{});
  return bring_(objects, kWholeHistory);
}

Result<void> HistoryFetch::bring_tip(const Tip& tip, const std::optional<CommitId>& before) {
  const bool is_whole = !store_.empty() && store_.boundary()->empty();
  if (is_whole) return bring_whole({tip.object.str()});
  if (before && TRY(store_.has(before->str())) && TRY(bring_since(tip, *before))) return {};
  if (TRY(may_bring({tip.object.str()}, CommitsDown{1}))) return {};
  return bring_whole({tip.object.str()});
}

Result<bool> HistoryFetch::bring_since(const Tip& tip, const CommitId& before) {
  since_was_tried_ = true;
  if (!TRY(store_.has(before.str())) && !TRY(may_bring({before.str()}, CommitsDown{1})))
    return false;
  const CommitText commit = TRY(parse_commit(TRY(commit_bytes(store_, before))));
  return may_bring({tip.object.str()}, SinceTime{commit.committed_at});
}

Result<void> HistoryFetch::take(const Step& step, const Tip& tip, const CommitId& before) {
  switch (step.kind) {
    case Step::Kind::nothing:
      return {};
    case Step::Kind::since:
      if (!since_was_tried_) (void)TRY(bring_since(tip, before));
      return {};
    case Step::Kind::above_both:
      (void)TRY(may_bring({tip.object.str(), before.str()}, CommitsDown{step.commits}));
      return {};
    case Step::Kind::everything:
      return bring_whole({tip.object.str()});
  }
  return {};
}

Result<bool> HistoryFetch::descends(const Tip& tip, const CommitId& before) {
  using enum Step::Kind;
  for (const Step& step : {Step{nothing}, Step{since}, Step{above_both, 64}, Step{above_both, 1024},
                           Step{everything}}) {
    TRY(take(step, tip, before));
    const Descent known = TRY(descent(store_, before, tip.commit, kMostCommits));
    if (known != Descent::unknown) return known == Descent::yes;
  }
  return Error(kFetchFailed,
               "the remote has not the whole history of " + abbreviated(tip.commit) +
                   ", so that it cannot be told whether it descends from " + abbreviated(before),
               Retry::transient)
      .with_help("the repository that is fetched from is a shallow one: give a whole one");
}

}  // namespace plumb
