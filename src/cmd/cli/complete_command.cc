// `plumb __complete WORD...`, which the completion scripts call: one candidate a line, with a tab
// and a few words about it; the line ":files" asks the shell for paths. It says nothing rather than
// an error: it runs while somebody types.
#include <set>

#include "cmd/cli/arguments.h"
#include "cmd/cli/cluster_access.h"
#include "cmd/cli/completion.h"

namespace plumb::cli {

namespace {

constexpr Duration kPatience = std::chrono::milliseconds(300);

// "prod/we" asks for another namespace's, as find_app() understands it.
std::vector<std::string> names_of(const std::vector<Value>& objects, const std::string& begun) {
  const bool qualified = begun.find('/') != std::string::npos;
  std::vector<std::string> out;
  for (const Value& object : objects) {
    const std::string name = object.string_at({"metadata", "name"});
    out.push_back(qualified ? object.string_at({"metadata", "namespace"}) + "/" + name : name);
  }
  return out;
}

std::vector<std::string> found_in_cluster(const Completion& completion) {
  const Result<std::unique_ptr<ClusterClient>> client = connect(completion.options, kPatience);
  if (!client) return {};
  GlobalOptions options = completion.options;
  const std::string& begun = completion.begun;
  const size_t slash = begun.find('/');
  const bool repository = begun.starts_with("repo/");
  if (completion.names == CompletedNames::namespaces) {
    options.all_namespaces = true;
  } else if (slash != std::string::npos && !repository) {
    options.namespace_ = begun.substr(0, slash);
    options.all_namespaces = false;
  }
  std::vector<std::string> out;
  const Result<std::vector<Value>> apps = list_apps(**client, options);
  if (!apps) return {};
  if (completion.names == CompletedNames::namespaces) {
    std::set<std::string> namespaces;
    for (const Value& app : *apps) namespaces.insert(app.string_at({"metadata", "namespace"}));
    return {namespaces.begin(), namespaces.end()};
  }
  if (!repository) out = names_of(*apps, begun);
  if (completion.names == CompletedNames::apps_and_repositories &&
      (slash == std::string::npos || repository)) {
    if (const auto repositories = list_repositories(**client, options)) {
      for (const std::string& name : names_of(*repositories, "")) out.push_back("repo/" + name);
    }
  }
  return out;
}

}  // namespace

Result<int> run(const Session& session, const CompleteCommand& command) {
  const Completion completion = complete(grammar(), command.words);
  std::string out;
  for (const Candidate& candidate : completion.candidates) {
    out += candidate.word + (candidate.help.empty() ? "" : "\t" + candidate.help) + "\n";
  }
  if (completion.names != CompletedNames::none) {
    for (const std::string& name : found_in_cluster(completion)) {
      if (name.starts_with(completion.begun)) out += completion.prefix + safe(name) + "\n";
    }
  }
  if (completion.files) out += ":files\n";
  TRY(session.print(out));
  return kExitOk;
}

}  // namespace plumb::cli
