#include "core/trust/walk/statement_files.h"

namespace plumb::trust {

namespace {

constexpr uint64_t kMaxStatementBytes = 64 << 10;

}  // namespace

std::vector<std::string> statement_files(Objects& objects, const std::map<RefName, ObjectId>& refs,
                                         const RefName& ref, size_t& left) {
  std::vector<std::string> out;
  const auto at = refs.find(ref);
  if (at == refs.end()) return out;
  const Result<std::shared_ptr<const CommitObject>> commit =
      objects.commit(CommitId(at->second.str()));
  if (!commit) return out;
  const Result<std::shared_ptr<const Tree>> tree = objects.tree((*commit)->tree);
  if (!tree) return out;
  for (const TreeItem& item : **tree) {
    if (item.mode != kFileMode || left == 0) continue;
    --left;
    Result<std::string> text =
        objects.bytes(item.id.str(), GitObjectKind::blob, kMaxStatementBytes);
    if (text) out.push_back(*std::move(text));
  }
  return out;
}

}  // namespace plumb::trust
