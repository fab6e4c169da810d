#include "cmd/shared/trust_parts.h"

#include <fstream>
#include <iterator>

#include "base/text.h"
#include "core/trust/policy/read_policy.h"

namespace plumb {

Result<std::string> read_text_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  if (file) return text;
  return Error(kUsage, "\"" + safe(path) + "\" cannot be read")
      .with_help("give the file of a TrustPolicy: --policy policy.yaml");
}

Result<trust::TrustPolicy> load_policy(const std::string& path) {
  if (path.empty()) {
    return Error(kUsage, "no policy is given").with_help("add --policy FILE");
  }
  const std::string text = TRY(read_text_file(path));
  Budget budget;
  return trust::read_trust_policy(text, path, budget);
}

Result<trust::PolicySource> choose_source(const trust::TrustPolicy& policy,
                                          const std::string& ref) {
  std::vector<std::string> refs;
  for (const trust::PolicySource& source : policy.sources) {
    if (source.ref.str() == ref || (ref.empty() && policy.sources.size() == 1)) return source;
    refs.push_back(source.ref.str());
  }
  return Error(kUsage, ref.empty() ? "the policy has several sources"
                                   : "the policy has no source with the ref " + safe(ref))
      .with_help("choose one with --ref: " + join(refs, ", "));
}

Result<CommitRange> read_range(const LocalRepository& repository, const std::string& text,
                               const trust::PolicySource& source) {
  const size_t dots = text.find("..");
  CommitRange out;
  std::string tip = text;
  if (dots != std::string::npos) {
    const std::string from = text.substr(0, dots);
    tip = text.substr(dots + 2);
    if (!from.empty()) out.from = TRY(repository.resolve_commit(from));
  }
  if (tip.empty()) tip = source.ref.str();
  if (source.ref.str().starts_with("refs/tags/")) {
    out.tip = TRY(repository.resolve(tip));
  } else {
    out.tip = ObjectId(TRY(repository.resolve_commit(tip)).str());
  }
  return out;
}

}  // namespace plumb
