#include "core/status/redacted.h"

namespace plumb {
namespace {

void redact(std::vector<Step>& steps, const Redaction& secrets) {
  for (Step& step : steps) {
    step.detail = secrets(step.detail);
    if (auto* refuse = std::get_if<RefuseAction>(&step.action)) {
      refuse->error = secrets(refuse->error);
    }
  }
}

}  // namespace

TurnRecord redacted(TurnRecord record, const Redaction& secrets) {
  if (secrets.empty()) return record;
  for (std::vector<Step>* steps : {&record.refused, &record.unhealed, &record.begun_fights}) {
    redact(*steps, secrets);
  }
  if (record.applied) {
    for (StepOutcome& step : record.applied->steps) {
      step.detail = secrets(step.detail);
      if (auto* failed = std::get_if<FailedOutcome>(&step.outcome)) {
        failed->error = secrets(failed->error);
      }
      if (auto* skipped = std::get_if<SkippedOutcome>(&step.outcome)) {
        skipped->why = secrets(skipped->why);
      }
    }
  }
  if (record.health) {
    for (ObjectHealth& object : record.health->objects) {
      object.health.message = secrets(object.health.message);
    }
  }
  for (Warning& warning : record.warnings) warning.message = secrets(warning.message);
  if (record.stopped) record.stopped->error = secrets(record.stopped->error);
  record.waiting_for = secrets(record.waiting_for);
  return record;
}

}  // namespace plumb
