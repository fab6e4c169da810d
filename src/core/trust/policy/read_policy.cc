#include "core/trust/policy/read_policy.h"

#include "lang/yaml/yaml.h"

namespace plumb::trust {
namespace {

class Lines final : public FieldLines {
 public:
  explicit Lines(const yaml::Document& document) : document_(document) {}
  int line_of(const std::vector<std::string>& path) const override {
    return document_.line_of(path);
  }

 private:
  const yaml::Document& document_;
};

Result<yaml::Document> one_document(std::string_view text, const std::string& file,
                                    Budget& budget) {
  std::vector<yaml::Document> documents = TRY(yaml::parse_all(text, file, budget));
  if (documents.size() == 1) return std::move(documents.front());
  return Error(kInvalidPolicy,
               documents.empty() ? "the file is empty" : "the file has more than one document",
               Retry::denied)
      .at({file, documents.size() < 2 ? 0 : documents[1].line})
      .with_help("one file is one policy");
}

}  // namespace

Result<TrustPolicy> read_trust_policy(std::string_view text, const std::string& file,
                                      Budget& budget) {
  const yaml::Document document = TRY(one_document(text, file, budget));
  const Lines lines(document);
  return decode_trust_policy(document.value, {file, &lines});
}

Result<std::vector<Rule>> read_trust_rules(std::string_view text, const std::string& file,
                                           const TrustPolicy& policy, Budget& budget) {
  const yaml::Document document = TRY(one_document(text, file, budget));
  const Lines lines(document);
  return decode_trust_rules(document.value, policy, {file, &lines});
}

}  // namespace plumb::trust
