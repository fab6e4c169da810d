// The answer of `plumb why`: the first root cause of the state an app, an object or a repository is
// in, the facts about it and what to do next. Pure.
//
// Root causes are looked for in the order of the flow: suspended, the operator and its shards, the
// repository, the stage the last turn stopped at, the first object with a problem, what is waited
// for.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cmd/cli/text/app_view.h"
#include "cmd/text/output.h"
#include "model/health.h"
#include "model/observed.h"

namespace plumb::cli {

struct WhyQuestion {
  AppView app;
  std::optional<RepositoryView> repository = {};  // absent: not found
  bool repository_read = false;                   // false: it could not be looked up
  std::optional<ObjectKey> object = {};           // asked about one object of the app
  std::optional<Health> live = {};                // of `object`, or of the first problem's object
  // The object that a controller made for it and that keeps it from being current: a Pod.
  std::optional<ObjectHealth> behind = {};
  std::optional<DriftBlame> blame = {};
};

struct WhyAnswer {
  bool ready = false;
  std::string headline;
  std::vector<std::pair<std::string, std::string>> facts;  // in the order they are printed
  std::string next;                                        // one thing to do; "" if nothing
};

[[nodiscard]] WhyAnswer why(const WhyQuestion& question, WallTime now);
[[nodiscard]] WhyAnswer why_repository(const RepositoryView& repository, WallTime now);
[[nodiscard]] std::string why_text(const WhyAnswer& answer, const Style& style);
[[nodiscard]] Value why_value(const WhyAnswer& answer);

}  // namespace plumb::cli
