#include "core/status/redacted.h"

#include <gtest/gtest.h>

namespace plumb {
namespace {

constexpr ErrorCode kAnError{1, "AnError"};

Error telling() {
  return Error(kAnError, "a hunter22")
      .with_help("b hunter22")
      .while_doing("c hunter22")
      .with_also({Error(kAnError, "d hunter22").with_help("e hunter22")});
}

TEST(Redacted, NothingOfARecordTellsASecret) {
  Redaction secrets;
  secrets.add("hunter22");
  TurnRecord record;
  Step refused;
  refused.action = RefuseAction{telling()};
  refused.detail = "hunter22";
  record.refused = {refused};
  record.unhealed = {refused};
  record.begun_fights = {refused};
  record.applied = Applied{{{{}, StepReason::changed, FailedOutcome{telling()}, {}, "hunter22"},
                            {{}, StepReason::changed, SkippedOutcome{"hunter22"}, {}}}};
  record.health = HealthReport{HealthStatus::failed, {{{}, {HealthStatus::failed, "hunter22"}}}};
  record.warnings = {{"hunter22", {}}};
  record.stopped = StageError{Stage::render, telling()};
  record.waiting_for = "hunter22";
  const TurnRecord out = redacted(record, secrets);
  const auto told = [](const Step& step) {
    return std::get<RefuseAction>(step.action).error.render() + step.detail;
  };
  std::string text = out.stopped->error.render() + out.waiting_for + out.warnings[0].message +
                     out.health->objects[0].health.message;
  for (const auto* steps : {&out.refused, &out.unhealed, &out.begun_fights}) {
    text += told(steps->front());
  }
  const std::vector<StepOutcome>& applied = out.applied->steps;
  text += std::get<FailedOutcome>(applied[0].outcome).error.render() + applied[0].detail +
          std::get<SkippedOutcome>(applied[1].outcome).why;
  EXPECT_EQ(text.find("hunter22"), std::string::npos) << text;
  EXPECT_EQ(out.stopped->error.message(), "a ***");
  EXPECT_EQ(out.stopped->error.also().front().help(), "e ***");
}

}  // namespace
}  // namespace plumb
