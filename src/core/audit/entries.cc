#include "core/audit/entries.h"

#include <algorithm>

#include "base/overloaded.h"

namespace plumb::audit {
namespace {

const Manifest* find(const Manifests* manifests, const ObjectKey& key) {
  if (manifests == nullptr) return nullptr;
  // The namespace of the app is not written yet in what is rendered.
  const ObjectKey without{key.group, key.kind, "", key.name};
  const auto found =
      std::find_if(manifests->objects.begin(), manifests->objects.end(),
                   [&](const Manifest& one) { return one.key == key || one.key == without; });
  return found == manifests->objects.end() ? nullptr : &*found;
}

bool is_heal(StepReason reason) {
  return reason == StepReason::drifted || reason == StepReason::deleted_live;
}

class TurnEntry {
 public:
  TurnEntry(const TurnRecord& turn, const AppStatus& before, const TurnManifests& manifests)
      : turn_(turn), before_(before), manifests_(manifests) {}

  std::optional<Entry> take() && {
    if (turn_.applied) {
      for (const StepOutcome& step : turn_.applied->steps) add_step(step);
    }
    for (const Step& step : turn_.refused) {
      const Error& error = std::get<RefuseAction>(step.action).error;
      add({step.key, "refuse", error.code().name, {}, error.message()});
      refused_ = true;
    }
    const bool stopped = turn_.stopped && (turn_.stopped->stage == Stage::render ||
                                           turn_.stopped->stage == Stage::plan);
    const bool moved = turn_.all_applied && turn_.revision &&
                       before_.last_applied_revision != turn_.revision->display();
    if (out_.objects.empty() && !stopped && !moved) return std::nullopt;
    if (stopped) {
      out_.reason = turn_.stopped->error.code().name;
      out_.message = turn_.stopped->error.message();
    }
    fill(stopped);
    return std::move(out_);
  }

 private:
  void add(ObjectRecord object) {
    if (out_.objects.size() < kMostObjects) return out_.objects.push_back(std::move(object));
    ++out_.more;
  }

  void add_step(const StepOutcome& step) {
    std::visit(overloaded{
                   [&](const AppliedOutcome& done) {
                     if (!done.changed && !done.recreated) return;
                     healed_ = healed_ || is_heal(step.reason);
                     rolled_out_ = rolled_out_ || !is_heal(step.reason);
                     add({step.key, done.recreated ? "recreate" : "apply", to_string(step.reason),
                          fields_of(step), step.detail});
                   },
                   [&](const DeletedOutcome&) { add_removal(step, "delete"); },
                   [&](const DeletingOutcome&) { add_removal(step, "delete"); },
                   [&](const ReleasedOutcome&) { add_removal(step, "release"); },
                   [&](const FailedOutcome& failed) {
                     failed_ = true;
                     add({step.key, "fail", failed.error.code().name, {}, failed.error.message()});
                   },
                   [](const SkippedOutcome&) {},
               },
               step.outcome);
  }

  void add_removal(const StepOutcome& step, const char* action) {
    rolled_out_ = true;
    add({step.key, action, to_string(step.reason), {}, step.detail});
  }

  std::vector<std::string> fields_of(const StepOutcome& step) const {
    if (step.reason != StepReason::changed) return {};
    const Manifest* was = find(manifests_.before, step.key);
    const Manifest* is = find(manifests_.now, step.key);
    if (was == nullptr || is == nullptr) return {};
    return changed_fields(was->body, is->body);
  }

  Verdict verdict(bool stopped) const {
    if (failed_) return Verdict::failed;
    if (stopped || refused_) return Verdict::refused;
    if (turn_.spec.deleting) return Verdict::deleted;
    return healed_ && !rolled_out_ ? Verdict::healed : Verdict::applied;
  }

  void fill(bool stopped) {
    out_.time = turn_.finished;
    out_.verdict = verdict(stopped);
    out_.app = turn_.spec.key.display();
    out_.repository = turn_.spec.repository.display();
    out_.policy = turn_.policy;
    out_.signer = turn_.signer;
    out_.grants = turn_.grants;
    if (turn_.revision) {
      out_.url = turn_.revision->url;
      out_.ref = turn_.revision->ref.str();
      out_.commit = turn_.revision->commit.str();
      out_.author = turn_.revision->author;
    }
    if (turn_.health) out_.health = to_string(turn_.health->overall);
  }

  const TurnRecord& turn_;
  const AppStatus& before_;
  const TurnManifests& manifests_;
  Entry out_;
  bool healed_ = false;
  bool rolled_out_ = false;
  bool failed_ = false;
  bool refused_ = false;
};

}  // namespace

bool wants_fields(const TurnRecord& turn) {
  if (!turn.applied) return false;
  return std::any_of(turn.applied->steps.begin(), turn.applied->steps.end(),
                     [](const StepOutcome& step) {
                       const auto* applied = std::get_if<AppliedOutcome>(&step.outcome);
                       return step.reason == StepReason::changed && applied && applied->changed;
                     });
}

std::optional<Entry> entry_of_turn(const TurnRecord& turn, const AppStatus& before,
                                   const TurnManifests& manifests) {
  return TurnEntry(turn, before, manifests).take();
}

Entry entry_of_revision(const JudgedRevision& judged) {
  Entry out;
  out.time = judged.now;
  out.verdict = judged.refusal == nullptr ? Verdict::accepted : Verdict::refused;
  out.repository = judged.repository.display();
  out.url = judged.revision.url;
  out.ref = judged.revision.ref.str();
  out.commit = judged.revision.commit.str();
  out.tag = judged.tag;
  out.from = judged.from;
  out.author = judged.revision.author;
  out.policy = judged.policy;
  if (judged.refusal != nullptr) {
    out.reason = judged.refusal->code().name;
    out.message = judged.refusal->message();
    return out;
  }
  if (judged.rewound) out.reason = "Rewound";
  if (judged.verdict == nullptr) return out;
  for (const trust::CommitVerdict& one : judged.verdict->commits) {
    CommitRecord record{one.commit, one.signer, trust::grants_of(one)};
    if (&one == &judged.verdict->commits.back()) {
      out.signer = one.signer;
      out.grants = record.grants;
    }
    if (out.commits.size() == kMostCommits) {
      ++out.more;
    } else {
      out.commits.push_back(std::move(record));
    }
  }
  if (judged.verdict->rewound) out.reason = "Rewound";
  if (!judged.verdict->trusted()) {  // the policy only audits
    out.reason = judged.verdict->refusal->code().name;
    out.message = judged.verdict->refusal->message();
  }
  return out;
}

Entry entry_of_doubt(const JudgedRevision& judged, const std::vector<CommitId>& doubtful) {
  Entry out;
  out.time = judged.now;
  out.verdict = Verdict::doubted;
  out.repository = judged.repository.display();
  out.url = judged.revision.url;
  out.ref = judged.revision.ref.str();
  out.commit = judged.revision.commit.str();
  out.policy = judged.policy;
  out.reason = trust::kKeyCompromised.name;
  for (const CommitId& id : doubtful) {
    if (out.commits.size() == kMostCommits) {
      ++out.more;
    } else {
      out.commits.push_back({id, "", {}});
    }
  }
  return out;
}

}  // namespace plumb::audit
