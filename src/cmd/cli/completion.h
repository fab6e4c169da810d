// Completion on the command line. The shells' scripts only pass the words on: `plumb __complete
// WORD...` says what the last, perhaps empty word may become. All but the names in the cluster is
// pure.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cmd/cli/session.h"

namespace plumb::cli {

// The command line as data: what `plumb --help` says.
struct FlagWords {
  std::vector<std::string> names;  // "-o", "--output"
  std::string help;
  bool takes_value = false;
};
struct VerbWords {
  std::string name;
  std::string help;
  std::vector<FlagWords> flags;
};
struct Grammar {
  std::vector<FlagWords> flags;
  std::vector<VerbWords> verbs;
};

// What stands in the place of the last word. The names of the cluster are for the caller to find.
enum class CompletedNames { none, apps, apps_and_repositories, namespaces };

struct Candidate {
  std::string word;
  std::string help;
};

struct Completion {
  std::vector<Candidate> candidates;
  CompletedNames names = CompletedNames::none;
  bool files = false;     // the shell's own completion of paths
  std::string prefix;     // "--output=" where the value is in the same word
  std::string begun;      // what of the value is there; candidates begin with it
  GlobalOptions options;  // the flags given so far that say which cluster
};

[[nodiscard]] Completion complete(const Grammar& grammar, std::span<const std::string> words);

// "" for a shell that is not known.
[[nodiscard]] std::string completion_script(std::string_view shell);

}  // namespace plumb::cli
